// Collections, memory that grows, and calls that go through tables.

#include "guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

struct text {
    char digits[20];
    uint32_t at;
};

static int by_length(const void *a, const void *b) {
    const struct text *x = a, *y = b;
    int shorter = (int)strlen(x->digits) - (int)strlen(y->digits), order = strcmp(y->digits, x->digits);
    return shorter ? shorter : order ? order : (int)x->at - (int)y->at;
}

// sift lets the number at the top of a heap sink.
static void sift(uint64_t *heap, uint32_t at, uint32_t length) {
    for (uint32_t child; (child = 2 * at + 1) < length; at = child) {
        if (child + 1 < length && heap[child + 1] > heap[child]) child++;
        if (heap[at] >= heap[child]) return;
        uint64_t x = heap[at];
        heap[at] = heap[child], heap[child] = x;
    }
}

EXPORT(sorts) {
    uint32_t length = n % 700;
    uint64_t random = chance(n), sum = 0, wanted = n;
    uint64_t *numbers = malloc(length * sizeof *numbers), *heap = malloc(length * sizeof *heap);
    struct text *texts = malloc(length * sizeof *texts);
    for (uint32_t i = 0; i < length; i++) {
        heap[i] = numbers[i] = next(&random) >> 50;
        snprintf(texts[i].digits, sizeof texts[i].digits, "%llx", (unsigned long long)numbers[i]);
        texts[i].at = i;
    }
    qsort(numbers, length, sizeof *numbers, by_number);
    qsort(texts, length, sizeof *texts, by_length);
    for (uint32_t i = length / 2; i-- > 0;) sift(heap, i, length);
    for (uint32_t end = length; end > 1; end--) {
        uint64_t x = heap[0];
        heap[0] = heap[end - 1], heap[end - 1] = x;
        sift(heap, 0, end - 1);
    }
    if (memcmp(heap, numbers, length * sizeof *heap)) abort();
    for (uint32_t i = 0; i < length; i++) sum = mix(mix(sum, numbers[i]), strlen(texts[i].digits) * 1000 + texts[i].at);
    uint64_t *found = bsearch(&wanted, numbers, length, sizeof *numbers, by_number);
    sum = mix(sum, found ? (uint64_t)(found - numbers) : length + 1);
    free(texts), free(heap), free(numbers);
    return sum;
}

// entry is in a list of a map, and in a tree.
struct entry {
    char *key;
    uint64_t count;
    struct entry *chain, *left, *right;
};

enum { buckets = 64 };

static struct entry *find(struct entry **map, const char *key) {
    uint64_t at = 0;
    for (const char *c = key; *c; c++) at = mix(at, (unsigned char)*c);
    struct entry **e = map + at % buckets;
    while (*e && strcmp((*e)->key, key)) e = &(*e)->chain;
    if (!*e) {
        *e = calloc(1, sizeof **e);
        (*e)->key = strdup(key);
    }
    return *e;
}

static void insert(struct entry **tree, struct entry *e) {
    while (*tree) tree = strcmp(e->key, (*tree)->key) < 0 ? &(*tree)->left : &(*tree)->right;
    *tree = e;
}

static uint64_t in_order(const struct entry *tree, uint64_t sum) {
    if (!tree) return sum;
    sum = in_order(tree->left, sum);
    return in_order(tree->right, mix(sum, strlen(tree->key) ^ tree->count << 8));
}

EXPORT(maps) {
    struct entry *map[buckets] = {0}, *tree = NULL;
    uint64_t random = chance(n);
    for (uint32_t i = 0; i < n % 400; i++) {
        char key[32];
        sprintf(key, "key %u", (unsigned)(next(&random) % 90));
        find(map, key)->count += i;
    }
    for (int i = 0; i < buckets; i++)
        for (struct entry *e = map[i]; e; e = e->chain) insert(&tree, e);
    uint64_t sum = in_order(tree, n);
    for (int i = 0; i < buckets; i++) {
        for (struct entry *e = map[i], *after; e; e = after) {
            after = e->chain;
            free(e->key), free(e);
        }
    }
    return sum;
}

// shape is one of several kinds, which bring their functions along.
struct shape {
    double (*area)(const struct shape *);
    int (*name)(const struct shape *, char *, size_t);
    double size;
};

static double square(const struct shape *s) { return s->size * s->size; }
static double circle(const struct shape *s) { return 3.141592653589793 * s->size * s->size; }
static double both(const struct shape *s) { return square(s) + circle(s) / 4; }
static int plain(const struct shape *s, char *to, size_t room) { return (void)s, snprintf(to, room, "a shape"); }
static int round_one(const struct shape *s, char *to, size_t room) { return snprintf(to, room, "a circle of %g", s->size); }

// pair is what functions return in two results, where the compiler has several.
struct pair {
    uint64_t value;
    uint32_t carry;
};

static struct pair swapped(uint64_t x) { return (struct pair){__builtin_bswap64(x), (uint32_t)x & 1}; }
static struct pair third(uint64_t x) { return (struct pair){x / 3, (uint32_t)(x % 3)}; }

// thirds calls itself, so that it is not made part of another.
static struct pair thirds(uint64_t x) {
    struct pair p = x < 1000 ? third(x) : thirds(x / 3);
    return (struct pair){mix(p.value, x), p.carry + 1};
}

static struct pair zeros(uint64_t x) { return (struct pair){(uint64_t)__builtin_popcountll(~x), (uint32_t)(x >> 63)}; }

// machine runs a program of as many kinds of steps as there are numbers of three bits.
static uint64_t machine(uint64_t program, uint64_t x) {
    for (uint64_t y = 1; program; program >>= 3) {
        switch (program & 7) {
        case 0: x += y; break;
        case 1: x ^= rotate(y, 11); break;
        case 2: y = x * 3; break;
        case 3: x = x >> 7 ^ program; break;
        case 4: if (x & 1) y--; else x++; break;
        case 5: x = mix(x, y); break;
        case 6: if (y > x) program >>= 3; break;
        case 7: y = (uint64_t)-(int64_t)y; break;
        }
    }
    return x;
}

EXPORT(tables) {
    static struct pair (*const steps[])(uint64_t) = {swapped, thirds, zeros};
    uint64_t random = chance(n), x = n, names = 0;
    double area = 0;
    for (uint32_t i = 0; i < n % 60; i++) {
        char name[40];
        struct shape s = {i % 3 == 0 ? square : i % 3 == 1 ? circle : both, i % 3 == 1 ? round_one : plain, i + 0.25};
        names += (uint64_t)s.name(&s, name, sizeof name);
        area += s.area(&s);
    }
    for (uint32_t i = 0; i < n % 50; i++) {
        struct pair p = steps[(x + i) % 3](x);
        x = machine(next(&random), p.value) + p.carry;
    }
    memcpy(&random, &area, sizeof random);
    return mix(mix(x, names), random);
}

struct node {
    uint64_t value;
    struct node *parent, *children[3];
};

static struct node *grow(struct node *parent, unsigned depth, uint64_t value) {
    struct node *node = calloc(1, sizeof *node);
    node->value = value, node->parent = parent;
    for (unsigned i = 0; depth && i <= value % 3; i++) node->children[i] = grow(node, depth - 1, mix(value, i));
    return node;
}

// walk frees what it has walked.
static uint64_t walk(struct node *node) {
    uint64_t sum = mix(node->parent ? node->parent->value : 0, node->value);
    for (int i = 0; i < 3; i++)
        if (node->children[i]) sum = mix(sum, walk(node->children[i]));
    free(node);
    return sum;
}

static uint64_t ackermann(uint64_t m, uint64_t n) {
    if (m == 0) return n + 1;
    return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

EXPORT(recursion) { return walk(grow(NULL, n % 7, n)) ^ ackermann(2, n % 20) << 50; }

// growth has memory that grows, moves and is filled, in pieces of every size.
EXPORT(growth) {
    struct {
        unsigned char *at;
        size_t size;
    } kept[64];
    uint64_t random = chance(n), sum = 0;
    uint32_t held = 0;
    for (uint32_t i = 0; i < n % 64; i++) {
        size_t size = next(&random) % (1u << i % 17), before = held ? kept[held - 1].size / 2 : 0;
        unsigned char *piece = malloc(size + 1);
        memset(piece, (int)i, size + 1);
        piece = realloc(piece, size * 2 + 2 + before);
        memset(piece + size + 1, 7, size + 1);
        memmove(piece + size + 1, piece + size / 2, size - size / 2);
        if (before) memcpy(piece + size * 2 + 2, kept[held - 1].at, before);
        size = size * 2 + 2 + before;
        if (i % 3 == 0 && held) {
            uint32_t gone = (uint32_t)(next(&random) % held);
            free(kept[gone].at);
            kept[gone] = kept[--held];
        }
        if (size > 100000) piece = realloc(piece, size = 100000);
        kept[held].at = piece, kept[held++].size = size;
    }
    while (held-- > 0) {
        uint64_t bytes = kept[held].size;
        for (size_t i = 0; i < kept[held].size; i++) bytes += kept[held].at[i];
        sum = mix(sum, bytes);
        free(kept[held].at);
    }
    return sum;
}

// Text: a parser, UTF-8, formats.

#include "guest.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix_text(uint64_t sum, const char *text) {
    while (*text) sum = mix(sum, (unsigned char)*text++);
    return sum;
}

// read_value reads a value of JSON, adds it to the sum and moves on behind it. It
// returns 0 if it is none.
static int read_value(const char **at, uint64_t *sum);

static int read_text(const char **at, uint64_t *sum) {
    for ((*at)++;; (*at)++) {
        char hex[5] = {0}, *end;
        switch (**at) {
        case '\0': return 0;
        case '"': return (*at)++, 1;
        case '\\':
            switch (*++*at) {
            case 'n': *sum = mix(*sum, '\n'); break;
            case '"': case '\\': case '/': *sum = mix(*sum, (unsigned char)**at); break;
            case 'u':
                strncpy(hex, *at + 1, 4);
                *sum = mix(*sum, strtoul(hex, &end, 16));
                if (end != hex + 4) return 0;
                *at += 4;
                break;
            default: return 0;
            }
            break;
        default: *sum = mix(*sum, (unsigned char)**at);
        }
    }
}

static int read_word(const char **at, uint64_t *sum, const char *word) {
    size_t length = strlen(word);
    *sum = mix(*sum, length);
    if (strncmp(*at, word, length)) return 0;
    *at += length;
    return 1;
}

static int read_many(const char **at, uint64_t *sum, char end) {
    *sum = mix(*sum, (unsigned char)end);
    for ((*at)++; **at != end; *at += **at == ',') {
        if (end == '}' && (**at != '"' || !read_text(at, sum) || *(*at)++ != ':')) return 0;
        if (!read_value(at, sum)) return 0;
    }
    return (*at)++, 1;
}

static int read_value(const char **at, uint64_t *sum) {
    double number;
    uint64_t bits;
    char *end;
    switch (**at) {
    case 'n': return read_word(at, sum, "null");
    case 't': return read_word(at, sum, "true");
    case 'f': return read_word(at, sum, "false");
    case '"': return read_text(at, sum);
    case '[': return read_many(at, sum, ']');
    case '{': return read_many(at, sum, '}');
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        number = strtod(*at, &end);
        memcpy(&bits, &number, sizeof bits);
        *sum = mix(*sum, bits);
        *at = end;
        return 1;
    }
    return 0;
}

// json writes JSON and reads it again, whole and cut off.
EXPORT(json) {
    uint64_t random = chance(n), sum = 0;
    size_t room = 200 * (n % 50) + 3, used = 1;
    char *text = malloc(room);
    strcpy(text, "[");
    for (uint32_t i = 0; i < n % 50; i++) {
        uint64_t x = next(&random);
        used += (size_t)snprintf(text + used, room - used, "{\"id\":%u,\"name\":\"M\\u00fcller \\\"%u\\\" 漢字\",\"ratio\":%.17e,\"tags\":[true,null,false,[%u]],\"sub\":{\"k%u\":\"v\"}},",
            i, i * 7, (double)x / 3e9, (unsigned)(x >> 40), (unsigned)(x % 7));
    }
    strcat(text, "]");
    sum = strlen(text);
    for (size_t part = 1; part <= 3; part++) {
        text[strlen(text) / part] = 0;
        const char *at = text;
        sum = mix(sum, (uint64_t)read_value(&at, &sum) + (uint64_t)(at - text));
    }
    free(text);
    return sum;
}

static char *encode(char *to, uint32_t c) {
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char marks[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(marks[more] | c >> 6 * more);
    while (more-- > 0) *to++ = (char)(0x80 | (c >> 6 * more & 0x3f));
    return to;
}

static uint32_t decode(const char **from) {
    uint32_t c = (unsigned char)*(*from)++;
    int more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    c &= more ? 0x3fu >> more : 0x7f;
    while (more-- > 0) c = c << 6 | (*(*from)++ & 0x3f);
    return c;
}

// utf8 builds, cuts, compares and changes text of one to four bytes a character.
EXPORT(utf8) {
    static const uint32_t alphabet[] = {'a', 'Z', '0', '9', ' ', 0xdf, 0xe9, 0xc5, 0x6f22, 0x5b57, 0x1c5, 0xfb01, 0x1f600, 0x1d11e};
    enum { letters = sizeof alphabet / sizeof *alphabet };
    char text[801], back[801], *end = text, *to = back;
    uint32_t all[200], count = n % 200;
    uint64_t random = chance(n), sum = 7;
    for (uint32_t i = 0; i < count; i++) end = encode(end, alphabet[next(&random) % letters]);
    *end = 0;
    const char *from = text;
    for (uint32_t i = 0; i < count; i++) all[i] = decode(&from);
    for (uint32_t i = count; i-- > 0;) to = encode(to, all[i] < 0x80 ? (uint32_t)toupper((int)all[i]) : all[i]);
    *to = 0;
    for (uint32_t i = 0; i < count; i++) // as UTF-16
        sum = all[i] < 0x10000 ? mix(sum, all[i]) : mix(mix(sum, 0xd800 + ((all[i] - 0x10000) >> 10)), 0xdc00 + (all[i] & 0x3ff));
    const char *found = strstr(text, "字");
    sum = mix(mix_text(sum, back), (uint64_t)(strcmp(text, back) < 0) + (found ? (uint64_t)(found - text) : 999));
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) sum = mix(sum, strlen(word));
    return sum;
}

// formats is numbers to text and back, as people and as machines write them.
EXPORT(formats) {
    uint64_t random = chance(n), sum = 0;
    for (uint32_t i = 0; i < n % 60; i++) {
        char text[600];
        uint64_t bits = next(&random), again;
        double x, y = (double)(int64_t)bits / 1e6;
        memcpy(&x, &bits, sizeof x);
        snprintf(text, sizeof text, "%g %.3f %+09.2e %20lld %-#20llx %08o %5s %c %a", x, y, y, (long long)bits, (unsigned long long)bits,
            (unsigned)bits & 0xffff, "é", 'a' + (int)(bits % 26), y);
        sum = mix_text(sum, text);
        snprintf(text, sizeof text, "%.17g %lld 12x", y, (long long)bits);
        char *rest;
        double back = strtod(text, &rest);
        sum = mix(sum, (uint64_t)(back == y));
        again = (uint64_t)strtoll(rest, &rest, 10);
        sum = mix(sum, again ^ bits ^ strtoul(rest, &rest, 10) ^ (uint64_t)*rest);
        float narrow = strtof(text, NULL);
        int a = 0, b = 0;
        sum = mix(sum, (uint64_t)(int64_t)narrow + (uint64_t)sscanf("7,-9 z", "%d,%d %*c", &a, &b) + (uint64_t)(a * b));
    }
    return sum;
}

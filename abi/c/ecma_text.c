/* The texts of ecma.h. Nothing in this file is of WebAssembly. */
#include "ecma_internal.h"

static size_t string_length(const char *s) {
    size_t n = 0;
    while (s[n] != 0) n++;
    return n;
}

ecma_text ecma_bytes(const char *at, size_t length) { return (ecma_text){at, length, false}; }

ecma_text ecma_string(const char *zero_ended) { return ecma_bytes(zero_ended, string_length(zero_ended)); }

static unsigned hex_digit(char c) {
    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return (unsigned)(c - 'A' + 10);
    return 16;
}

/* hex4 reads the \uXXXX at s, of which n bytes are there; more than 0xffff if it
 * is none. */
static uint32_t hex4(const char *s, size_t n) {
    if (n < 6 || s[0] != '\\' || s[1] != 'u') return UINT32_MAX;
    uint32_t c = 0;
    for (int i = 2; i < 6; i++) {
        unsigned d = hex_digit(s[i]);
        if (d > 15) return UINT32_MAX;
        c = c << 4 | d;
    }
    return c;
}

size_t ecma_escape(const char *s, size_t n, uint32_t *c) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (n < 2) return 0;
    if (s[1] != 'u') {
        for (int i = 0; letters[i] != 0; i++) {
            if (s[1] == letters[i]) {
                *c = (uint32_t)meant[i];
                return 2;
            }
        }
        return 0;
    }
    *c = hex4(s, n);
    if (*c > 0xffff) return 0;
    if (*c < 0xd800 || *c > 0xdfff) return 6;
    uint32_t low = hex4(s + 6, n - 6);
    if (*c > 0xdbff || low < 0xdc00 || low > 0xdfff) return 0;
    *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
    return 12;
}

int ecma_utf8(uint32_t c, unsigned char b[4]) {
    if (c < 0x80) {
        b[0] = (unsigned char)c;
        return 1;
    }
    int n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = n - 1; i > 0; i--, c >>= 6) b[i] = (unsigned char)(0x80 | (c & 0x3f));
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    b[0] = (unsigned char)(lead[n] | c);
    return n;
}

size_t ecma_utf8_length(const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    if (n == 0) return 0;
    if (s[0] < 0x80) return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
    size_t length = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (n < length) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
    }
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)) return 0;
    if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) return 0;
    return length;
}

int ecma_next_byte(ecma_plain *p) {
    if (p->first < p->count) return p->left[p->first++];
    if (p->i >= p->text.length) return -1;
    unsigned char c = (unsigned char)p->text.at[p->i];
    if (!p->text.escaped || c != '\\') {
        p->i++;
        return c;
    }
    uint32_t meant = 0;
    size_t n = ecma_escape(p->text.at + p->i, p->text.length - p->i, &meant);
    if (n == 0) { /* not out of ecma_check */
        p->i = p->text.length;
        return -1;
    }
    p->i += n;
    p->count = ecma_utf8(meant, p->left);
    p->first = 1;
    return p->left[0];
}

size_t ecma_copy(ecma_text text, char *to, size_t capacity) {
    ecma_plain p = {.text = text};
    size_t n = 0;
    for (int c; (c = ecma_next_byte(&p)) >= 0; n++) {
        if (n < capacity) to[n] = (char)c;
    }
    return n;
}

size_t ecma_size(ecma_text text) { return text.escaped ? ecma_copy(text, NULL, 0) : text.length; }

bool ecma_same(ecma_text a, ecma_text b) {
    ecma_plain p = {.text = a}, q = {.text = b};
    for (;;) {
        int c = ecma_next_byte(&p);
        if (c != ecma_next_byte(&q)) return false;
        if (c < 0) return true;
    }
}

bool ecma_is(ecma_text text, const char *zero_ended) { return ecma_same(text, ecma_string(zero_ended)); }

ecma_text ecma_cut(ecma_text text, size_t limit) {
    ecma_plain p = {.text = text};
    size_t n = 0, start = 0; /* start: of the last character */
    for (;; n++) {
        size_t i = p.i;
        int c = ecma_next_byte(&p);
        if (c < 0) return text;
        size_t length = 1; /* inside a character that fits, or in what is no UTF-8 */
        if ((c & 0xc0) != 0x80) {
            start = i;
            length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        }
        if (n + length > limit) break;
    }
    text.length = start;
    return text;
}

bool ecma_integer(ecma_text text, int64_t *number) {
    char digits[20];
    size_t n = ecma_copy(text, digits, sizeof digits);
    bool minus = n > 0 && digits[0] == '-';
    size_t i = minus;
    if (n > sizeof digits || i == n || (digits[i] == '0' && n > 1)) return false;
    uint64_t sum = 0, most = (uint64_t)INT64_MAX + minus;
    for (; i < n; i++) {
        uint64_t d = (uint64_t)(unsigned char)digits[i] - '0';
        if (d > 9 || sum > (most - d) / 10) return false;
        sum = sum * 10 + d;
    }
    *number = minus ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

static int sextet(int c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

ptrdiff_t ecma_base64(ecma_text text, char *to, size_t capacity) {
    ecma_plain p = {.text = text};
    uint32_t bits = 0;
    size_t count = 0, n = 0, padding = 0;
    for (int c; (c = ecma_next_byte(&p)) >= 0; count++) {
        if (c == '=') {
            padding++;
            continue;
        }
        int six = sextet(c);
        if (six < 0 || padding > 0) return -1;
        bits = bits << 6 | (uint32_t)six;
        if (count % 4 == 0) continue;
        if (n == capacity) return -1;
        to[n++] = (char)(bits >> (6 - 2 * (count % 4)));
    }
    static const uint32_t left_over[] = {0, 3, 15};
    if (count % 4 != 0 || padding > 2 || (bits & left_over[padding]) != 0) return -1;
    return (ptrdiff_t)n;
}

const char *ecma_name(const ecma_word *words, int number) {
    for (; words->name != NULL; words++) {
        if (words->number == number) return words->name;
    }
    return NULL;
}

int ecma_number(const ecma_word *words, ecma_text name) {
    for (; words->name != NULL; words++) {
        if (ecma_is(name, words->name)) return words->number;
    }
    return -1;
}

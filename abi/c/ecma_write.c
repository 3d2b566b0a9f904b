/* Canonical JSON, and the buffers that grow with it. */
#include "ecma_internal.h"

#if __STDC_HOSTED__
#include <stdlib.h>
static void *resize(void *old, size_t have, size_t want) {
    (void)have;
    return realloc(old, want);
}
#else
/* Without a C library a buffer that grows moves to new pages. What it leaves
 * behind is lost, at most as much as it holds then, since it doubles. */
static void *resize(void *old, size_t have, size_t want) {
    size_t page = __builtin_wasm_memory_grow(0, (want + 0xffff) >> 16);
    if (page == (size_t)-1) return NULL;
    if (have > 0) __builtin_memcpy((void *)(page << 16), old, have);
    return (void *)(page << 16);
}
#endif

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ecma_reset(ecma_writer *w) {
    w->length = 0;
    w->comma = false;
    w->failure = ECMA_WRITTEN;
}

bool ecma_room(ecma_writer *w, size_t more) {
    if (w->failure == ECMA_NO_MEMORY) return false;
    if (more <= w->capacity - w->length) return true;
    size_t want = w->capacity < 4096 ? 4096 : w->capacity;
    /* Twice the largest message is enough for any, and no size can overflow. */
    while (want - w->length < more && want <= ECMA_MAX_MESSAGE) want *= 2;
    char *at = want - w->length < more ? NULL : resize(w->at, w->length, want);
    if (at == NULL) {
        w->failure = ECMA_NO_MEMORY;
        return false;
    }
    w->at = at;
    w->capacity = want;
    return true;
}

void ecma_append(ecma_writer *w, const char *at, size_t length) {
    if (length == 0 || !ecma_room(w, length)) return;
    __builtin_memcpy(w->at + w->length, at, length);
    w->length += length;
}

static void append_char(ecma_writer *w, char c) {
    if (ecma_room(w, 1)) w->at[w->length++] = c;
}

void ecma_append_text(ecma_writer *w, ecma_text text) {
    if (!text.escaped) {
        ecma_append(w, text.at, text.length);
        return;
    }
    ecma_plain p = {.text = text};
    for (int c; (c = ecma_next_byte(&p)) >= 0;) append_char(w, (char)c);
}

void ecma_append_int(ecma_writer *w, int64_t value) {
    char digits[20];
    size_t i = sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do digits[--i] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0) digits[--i] = '-';
    ecma_append(w, digits + i, sizeof digits - i);
}

void ecma_append_base64(ecma_writer *w, ecma_text base64) {
    if (base64.length == 0 || !ecma_room(w, base64.length)) return;
    ptrdiff_t n = ecma_base64(base64, w->at + w->length, w->capacity - w->length);
    if (n > 0) w->length += (size_t)n;
}

ecma_text ecma_written(const ecma_writer *w) { return (ecma_text){w->at == NULL ? "" : w->at, w->length, false}; }

static void append_escape(ecma_writer *w, unsigned char c) {
    static const char hex[] = "0123456789abcdef", letters[] = "btn?fr";
    char e[6] = {'\\', (char)c, '0', '0', hex[c >> 4], hex[c & 15]};
    size_t length = 2;
    if (c >= '\b' && c <= '\r' && c != '\v') {
        e[1] = letters[c - '\b'];
    } else if (c < 0x20) {
        e[1] = 'u';
        length = 6;
    }
    ecma_append(w, e, length);
}

static bool must_escape(uint32_t c) { return c < 0x20 || c == '"' || c == '\\'; }

/* quote_escape writes the escape at the start of text in its one spelling, most
 * often the character itself, and returns how many bytes it takes there. */
static size_t quote_escape(ecma_writer *w, const char *at, size_t rest) {
    unsigned char b[4];
    uint32_t c = 0;
    size_t length = ecma_escape(at, rest, &c);
    if (length == 0) { /* not out of ecma_check */
        if (w->failure == ECMA_WRITTEN) w->failure = ECMA_NOT_UTF8;
        return 1;
    }
    if (must_escape(c)) append_escape(w, (unsigned char)c);
    else ecma_append(w, (const char *)b, (size_t)ecma_utf8(c, b));
    return length;
}

/* quote writes text as JSON: runs of plain characters whole, what must be escaped
 * in its one spelling. */
static void quote(ecma_writer *w, ecma_text text) {
    append_char(w, '"');
    size_t start = 0, i = 0;
    while (i < text.length) {
        unsigned char c = (unsigned char)text.at[i];
        if (must_escape(c)) {
            ecma_append(w, text.at + start, i - start);
            if (text.escaped && c == '\\') {
                i += quote_escape(w, text.at + i, text.length - i);
            } else {
                append_escape(w, c);
                i++;
            }
            start = i;
            continue;
        }
        size_t length = ecma_utf8_length(text.at + i, text.length - i);
        if (length == 0 && w->failure == ECMA_WRITTEN) w->failure = ECMA_NOT_UTF8;
        i += length == 0 ? 1 : length;
    }
    ecma_append(w, text.at + start, i - start);
    append_char(w, '"');
}

static void before(ecma_writer *w) {
    if (w->comma) append_char(w, ',');
    w->comma = true;
}

static void open_with(ecma_writer *w, char c) {
    before(w);
    append_char(w, c);
    w->comma = false;
}

static void close_with(ecma_writer *w, char c) {
    append_char(w, c);
    w->comma = true;
}

void ecma_put_object(ecma_writer *w) { open_with(w, '{'); }
void ecma_put_end_object(ecma_writer *w) { close_with(w, '}'); }
void ecma_put_array(ecma_writer *w) { open_with(w, '['); }
void ecma_put_end_array(ecma_writer *w) { close_with(w, ']'); }

void ecma_put_key_text(ecma_writer *w, ecma_text key) {
    before(w);
    quote(w, key);
    append_char(w, ':');
    w->comma = false;
}

void ecma_put_key(ecma_writer *w, const char *key) { ecma_put_key_text(w, ecma_string(key)); }

void ecma_put_text(ecma_writer *w, ecma_text text) {
    before(w);
    quote(w, text);
}

void ecma_put_string(ecma_writer *w, const char *zero_ended) { ecma_put_text(w, ecma_string(zero_ended)); }

void ecma_put_raw(ecma_writer *w, const char *json, size_t length) {
    before(w);
    ecma_append(w, json, length);
}

void ecma_put_bool(ecma_writer *w, bool value) { ecma_put_raw(w, value ? "true" : "false", value ? 4 : 5); }
void ecma_put_null(ecma_writer *w) { ecma_put_raw(w, "null", 4); }

void ecma_put_int(ecma_writer *w, int64_t value) {
    before(w);
    ecma_append_int(w, value);
}

void ecma_put_integer(ecma_writer *w, int64_t value) {
    open_with(w, '"');
    ecma_append_int(w, value);
    close_with(w, '"');
}

void ecma_put_base64(ecma_writer *w, const char *data, size_t length) {
    const unsigned char *s = (const unsigned char *)data;
    open_with(w, '"');
    for (size_t i = 0; i < length; i += 3) {
        size_t there = length - i < 3 ? length - i : 3;
        uint32_t bits = (uint32_t)s[i] << 16;
        if (there > 1) bits |= (uint32_t)s[i + 1] << 8;
        if (there > 2) bits |= s[i + 2];
        char four[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63], alphabet[bits >> 6 & 63], alphabet[bits & 63]};
        if (there < 3) four[3] = '=';
        if (there < 2) four[2] = '=';
        ecma_append(w, four, 4);
    }
    close_with(w, '"');
}

void ecma_put_value(ecma_writer *w, ecma_value v) {
    ecma_text key;
    ecma_value item;
    if (v.at == NULL) return;
    switch (*v.at) {
    case '"': ecma_put_text(w, ecma_string_of(v)); break;
    case '[':
        ecma_put_array(w);
        for (ecma_cursor c = ecma_items(v); ecma_next(&c, &item);) ecma_put_value(w, item);
        ecma_put_end_array(w);
        break;
    case '{':
        ecma_put_object(w);
        for (ecma_cursor c = ecma_members(v); ecma_next_member(&c, &key, &item);) {
            ecma_put_key_text(w, key);
            ecma_put_value(w, item);
        }
        ecma_put_end_object(w);
        break;
    default: ecma_put_raw(w, v.at, (size_t)(v.end - v.at));
    }
}

void ecma_put_member(ecma_writer *w, const char *key, ecma_text text) {
    if (text.length == 0) return;
    ecma_put_key(w, key);
    ecma_put_text(w, text);
}

void ecma_put_flag(ecma_writer *w, const char *key, bool value) {
    if (!value) return;
    ecma_put_key(w, key);
    ecma_put_bool(w, true);
}

void ecma_put_number(ecma_writer *w, const char *key, int64_t value) {
    if (value == 0) return;
    ecma_put_key(w, key);
    ecma_put_int(w, value);
}

void ecma_put_word(ecma_writer *w, const char *key, const ecma_word *words, int number) {
    if (number == 0) return;
    ecma_put_key(w, key);
    const char *name = ecma_name(words, number);
    ecma_put_string(w, name == NULL ? "" : name);
}

void ecma_put_field(ecma_writer *w, ecma_text name, ecma_text value) {
    ecma_put_array(w);
    ecma_put_text(w, name);
    ecma_put_text(w, value);
    ecma_put_end_array(w);
}

/* Strict JSON, read where it lies. Nothing in this file is of WebAssembly. */
#include "ecma_internal.h"

/* Checking. It goes through the message once; afterwards the readers below may
 * trust it. They stay inside the message all the same. */

typedef struct checker {
    const char *s;
    size_t n, i;
    const char *wrong;
    unsigned depth;
    size_t keys;
} checker;

/* The keys of the objects that are open. One message is checked at a time. */
static struct {
    ecma_text key;
    uint32_t hash;
} open_keys[ECMA_MAX_KEYS];

static bool refuse(checker *c, const char *wrong) {
    if (c->wrong == NULL) c->wrong = wrong;
    return false;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static char peek(checker *c) {
    while (c->i < c->n && is_space(c->s[c->i])) c->i++;
    return c->i < c->n ? c->s[c->i] : 0;
}

static bool check_string(checker *c, ecma_text *text) {
    size_t start = ++c->i;
    text->escaped = false;
    while (c->i < c->n) {
        const char *s = c->s + c->i;
        size_t rest = c->n - c->i, length;
        uint32_t meant;
        if (*s == '"') {
            text->at = c->s + start;
            text->length = c->i++ - start;
            return true;
        }
        if ((unsigned char)*s < 0x20) return refuse(c, "a control character in a string must be escaped");
        if (*s == '\\') {
            text->escaped = true;
            length = ecma_escape(s, rest, &meant);
            if (length == 0) return refuse(c, "a wrong escape or a lone surrogate in a string");
        } else {
            length = ecma_utf8_length(s, rest);
            if (length == 0) return refuse(c, "a string is not UTF-8");
        }
        c->i += length;
    }
    return refuse(c, "the message ends inside a string");
}

static size_t check_digits(checker *c) {
    size_t start = c->i;
    while (c->i < c->n && c->s[c->i] >= '0' && c->s[c->i] <= '9') c->i++;
    return c->i - start;
}

static bool check_number(checker *c) {
    if (c->s[c->i] == '-') c->i++;
    size_t whole = check_digits(c);
    bool right = whole == 1 || (whole > 1 && c->s[c->i - whole] != '0');
    if (c->i < c->n && c->s[c->i] == '.') {
        c->i++;
        right = check_digits(c) > 0 && right;
    }
    if (c->i < c->n && (c->s[c->i] == 'e' || c->s[c->i] == 'E')) {
        c->i++;
        if (c->i < c->n && (c->s[c->i] == '+' || c->s[c->i] == '-')) c->i++;
        right = check_digits(c) > 0 && right;
    }
    return right || refuse(c, "this is no JSON number");
}

static bool check_word(checker *c, const char *word) {
    for (; *word != 0; word++, c->i++) {
        if (c->i == c->n || c->s[c->i] != *word) return refuse(c, "this is no JSON value");
    }
    return true;
}

/* check_key reads a key and its colon, and refuses one that this object, whose
 * keys begin at first, has already. */
static bool check_key(checker *c, size_t first) {
    ecma_text key;
    if (peek(c) != '"') return refuse(c, "a key in quotes was expected");
    if (!check_string(c, &key)) return false;
    uint32_t hash = 2166136261u;
    ecma_plain p = {.text = key};
    for (int b; (b = ecma_next_byte(&p)) >= 0;) hash = (hash ^ (uint32_t)b) * 16777619u;
    for (size_t i = first; i < c->keys; i++) {
        if (open_keys[i].hash == hash && ecma_same(open_keys[i].key, key)) return refuse(c, "the same key twice in one object");
    }
    if (c->keys == ECMA_MAX_KEYS) return refuse(c, "more keys than this binding can hold");
    open_keys[c->keys].key = key;
    open_keys[c->keys++].hash = hash;
    if (peek(c) != ':') return refuse(c, "a colon was expected after a key");
    c->i++;
    return true;
}

static bool check_value(checker *c);

static bool check_list(checker *c, char closing) {
    size_t first = c->keys;
    if (c->depth == ECMA_MAX_DEPTH) return refuse(c, "too many arrays and objects inside one another");
    c->depth++;
    c->i++;
    bool empty = peek(c) == closing;
    for (bool more = !empty; more;) {
        if (closing == '}' && !check_key(c, first)) return false;
        if (!check_value(c)) return false;
        char next = peek(c);
        if (next != closing && next != ',') return refuse(c, c->i < c->n ? "a comma or the end was expected" : "the message ends early");
        more = next == ',';
        if (more) c->i++;
    }
    c->i++;
    c->depth--;
    c->keys = first;
    return true;
}

static bool check_value(checker *c) {
    ecma_text ignored;
    char next = peek(c);
    switch (next) {
    case '{': return check_list(c, '}');
    case '[': return check_list(c, ']');
    case '"': return check_string(c, &ignored);
    case 't': return check_word(c, "true");
    case 'f': return check_word(c, "false");
    case 'n': return check_word(c, "null");
    }
    if (next == '-' || (next >= '0' && next <= '9')) return check_number(c);
    return refuse(c, c->i < c->n ? "a value was expected" : "the message ends early");
}

const char *ecma_check(const char *message, size_t length, ecma_value *value) {
    checker c = {.s = message, .n = length};
    *value = (ecma_value){NULL, NULL};
    if (length > ECMA_MAX_MESSAGE) return "the message is too long";
    peek(&c);
    size_t start = c.i;
    if (!check_value(&c)) return c.wrong;
    size_t end = c.i;
    peek(&c);
    if (c.i < c.n) return "data after the end of the message";
    *value = (ecma_value){message + start, message + end};
    return NULL;
}

/* Reading */

static bool wrong_kind;

bool ecma_wrong(void) { return wrong_kind; }
void ecma_clear_wrong(void) { wrong_kind = false; }

static const char *after_space(const char *at, const char *end) {
    while (at < end && is_space(*at)) at++;
    return at;
}

/* string_end returns where the closing quote of the string at at is; end without one. */
static const char *string_end(const char *at, const char *end, bool *escaped) {
    *escaped = false;
    for (at++; at < end && *at != '"'; at++) {
        if (*at == '\\') {
            *escaped = true;
            at++;
        }
    }
    return at < end ? at : end;
}

/* after_value returns where the value at at ends. */
static const char *after_value(const char *at, const char *end) {
    size_t depth = 0;
    bool ignored;
    while (at < end) {
        char c = *at;
        if (c == '"') {
            at = string_end(at, end, &ignored);
            if (at < end) at++;
        } else {
            if (depth == 0 && (c == ',' || c == ']' || c == '}' || is_space(c))) return at;
            if (c == '[' || c == '{') depth++;
            if (c == ']' || c == '}') depth--;
            at++;
        }
        if (depth == 0 && (c == '"' || c == ']' || c == '}')) return at;
    }
    return end;
}

/* is_kind says whether the value is there and begins as it should. */
static bool is_kind(ecma_value v, const char *first) {
    if (v.at == NULL || v.at >= v.end) return false;
    for (; *first != 0; first++) {
        if (*v.at == *first) return true;
    }
    wrong_kind = true;
    return false;
}

bool ecma_null(ecma_value v) { return v.at != NULL && v.at < v.end && *v.at == 'n'; }

bool ecma_true(ecma_value v) { return is_kind(v, "tf") && *v.at == 't'; }

int64_t ecma_int(ecma_value v) {
    int64_t n = 0;
    ecma_text text = {v.at, v.at == NULL ? 0 : (size_t)(v.end - v.at), false};
    if (!is_kind(v, "-0123456789")) return 0;
    if (text.length == 2 && v.at[0] == '-' && v.at[1] == '0') return 0;
    if (!ecma_integer(text, &n)) wrong_kind = true;
    return n;
}

ecma_text ecma_string_of(ecma_value v) {
    ecma_text text = {"", 0, false};
    if (!is_kind(v, "\"")) return text;
    text.at = v.at + 1;
    text.length = (size_t)(string_end(v.at, v.end, &text.escaped) - text.at);
    return text;
}

static ecma_cursor enter(ecma_value v, const char *opening) {
    if (!is_kind(v, opening)) return (ecma_cursor){NULL, NULL};
    return (ecma_cursor){v.at + 1, v.end - 1};
}

ecma_cursor ecma_items(ecma_value array) { return enter(array, "["); }
ecma_cursor ecma_members(ecma_value object) { return enter(object, "{"); }

ecma_cursor ecma_values(ecma_value v) {
    if (v.at == NULL || *v.at == '[') return ecma_items(v);
    return (ecma_cursor){v.at, v.end};
}

bool ecma_next(ecma_cursor *c, ecma_value *item) {
    c->at = after_space(c->at, c->end);
    if (c->at < c->end && *c->at == ',') c->at = after_space(c->at + 1, c->end);
    if (c->at >= c->end) return false;
    item->at = c->at;
    item->end = c->at = after_value(c->at, c->end);
    return item->end > item->at;
}

bool ecma_next_member(ecma_cursor *c, ecma_text *key, ecma_value *value) {
    ecma_value name;
    if (!ecma_next(c, &name)) return false;
    *key = ecma_string_of(name);
    c->at = after_space(c->at, c->end);
    if (c->at < c->end && *c->at == ':') c->at++;
    return ecma_next(c, value);
}

size_t ecma_count(ecma_value array) {
    size_t n = 0;
    ecma_value item;
    for (ecma_cursor c = ecma_items(array); ecma_next(&c, &item);) n++;
    return n;
}

ecma_value ecma_member(ecma_value object, const char *key) {
    ecma_text have;
    ecma_value value;
    for (ecma_cursor c = ecma_members(object); ecma_next_member(&c, &have, &value);) {
        if (ecma_is(have, key)) return value;
    }
    return (ecma_value){NULL, NULL};
}

ecma_text ecma_text_member(ecma_value object, const char *key) { return ecma_string_of(ecma_member(object, key)); }

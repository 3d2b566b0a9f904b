/*
 * The fuzz target of the binding, all of it that is no WebAssembly: whatever the bytes are, nothing is
 * read or written outside of them; what is accepted is written canonically, the
 * canonical form is accepted again and is its own canonical form; and every
 * reading function bears every kind of value.
 */
#include <stdlib.h>
#include <string.h>

#include "../ecma.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool right) {
    if (!right) abort();
}

/* touch asks one value for everything. */
static void touch(ecma_value v, int depth) {
    static ecma_writer w;
    char buffer[64];
    int64_t n;
    ecma_value item;
    ecma_text key, text = ecma_string_of(v);
    size_t size = ecma_size(text);
    must(ecma_copy(text, buffer, sizeof buffer) == size && ecma_same(text, text));
    must(ecma_size(ecma_cut(text, 7)) <= 7);
    must(ecma_base64(text, buffer, sizeof buffer) <= (ptrdiff_t)sizeof buffer);
    ecma_integer(text, &n);
    ecma_reset(&w);
    ecma_append_base64(&w, text);
    ecma_append_text(&w, text);
    ecma_put_text(&w, ecma_cut(text, 3));
    ecma_int(v), ecma_true(v), ecma_null(v);
    ecma_member(v, "a");
    if (depth > 4) return; /* each level is gone through again */
    for (ecma_cursor c = ecma_values(v); v.at != NULL && ecma_next(&c, &item);) {
        if (*v.at == '[') touch(item, depth + 1);
    }
    for (ecma_cursor c = ecma_members(v); ecma_next_member(&c, &key, &item);) touch(item, depth + 1);
}

/* messages reads the value as whatever travels. */
static void messages(ecma_value v) {
    static ecma_writer w;
    ecma_value item, parsed;
    ecma_text name;
    bool there;
    ecma_error error;
    ecma_entry entry = ecma_entry_of(v);
    for (ecma_cursor c = ecma_members(entry.attributes); ecma_next_member(&c, &name, &item);) {
        ecma_change change = ecma_change_of(item);
        for (ecma_cursor d = ecma_values(change.values); ecma_next(&d, &item);) touch(item, 3);
        for (ecma_cursor d = ecma_values(change.deletes); ecma_next(&d, &item);) touch(item, 3);
    }
    ecma_answer answer = ecma_answer_of(v);
    ecma_reset(&w);
    ecma_append_body(&w, &answer);
    ecma_header(&answer, "Content-Type");
    ecma_parameter(v, "Server", &there);
    ecma_get_error(v, &error);
    ecma_reset(&w);
    ecma_put_error(&w, &error);
    must(w.failure == ECMA_NOT_UTF8 || ecma_check(w.at, w.length, &parsed) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static ecma_writer once, twice;
    ecma_value value;
    if (ecma_check((const char *)data, size, &value) != NULL) {
        /* Not for use then; it must bear it all the same. */
        value = (ecma_value){(const char *)data, (const char *)data + size};
        touch(value, 0);
        messages(value);
        return 0;
    }
    touch(value, 0);
    messages(value);
    ecma_reset(&once);
    ecma_put_value(&once, value);
    must(once.failure == ECMA_WRITTEN);
    must(ecma_check(once.at, once.length, &value) == NULL);
    ecma_reset(&twice);
    ecma_put_value(&twice, value);
    must(once.length == twice.length && memcmp(once.at, twice.at, once.length) == 0);
    return 0;
}

/* Host calls, and what all parts write. See vectors.h. */
#include "vectors.h"

void put_end(ecma_writer *w, int objects) {
    while (objects-- > 0) ecma_put_end_object(w);
}

void put_list(ecma_writer *w, const char *key) {
    ecma_put_key(w, key);
    ecma_put_array(w);
}

ecma_writer *log_begin(const char *level, const char *message) {
    ecma_writer *q = ecma_request();
    ecma_put_object(q);
    ecma_put_key(q, "level");
    ecma_put_string(q, level);
    ecma_put_key(q, "message");
    ecma_put_string(q, message);
    put_list(q, "fields");
    return q;
}

bool log_end(ecma_writer *q, ecma_error *error) {
    ecma_value result;
    ecma_put_end_array(q);
    ecma_put_end_object(q);
    return ecma_log(&result, error);
}

bool log_one(const char *level, const char *message, const char *field, ecma_text value, ecma_error *error) {
    ecma_writer *q = log_begin(level, message);
    ecma_put_field(q, ecma_string(field), value);
    return log_end(q, error);
}

bool put_nothing(ecma_writer *reply) {
    ecma_put_object(reply);
    ecma_put_end_object(reply);
    return true;
}

void http_begin(ecma_writer *q, const char *method, ecma_text path) {
    ecma_put_object(q);
    ecma_put_member(q, "target", ECMA_TEXT("hr"));
    ecma_put_member(q, "method", ecma_string(method));
    ecma_put_member(q, "path", path);
}

ecma_writer *http_list(void) {
    ecma_writer *q = ecma_request();
    ecma_put_object(q);
    put_list(q, "requests");
    return q;
}

bool http_send(ecma_writer *q, ecma_answer *answers, size_t count, ecma_text wrong_count, ecma_error *error) {
    ecma_value result, item;
    ecma_put_end_object(q);
    if (!ecma_http(&result, error)) return false;
    ecma_value list = ecma_member(result, "answers");
    if (ecma_count(list) != count) return ecma_fail(error, ECMA_Code_UnexpectedData, wrong_count);
    for (ecma_cursor c = ecma_items(list); ecma_next(&c, &item);) *answers++ = ecma_answer_of(item);
    return true;
}

bool http_one(const char *method, ecma_text path, ecma_text body, const char *safety, ecma_text key, ecma_answer *answer, ecma_error *error) {
    ecma_writer *q = http_list();
    http_begin(q, method, path);
    ecma_put_member(q, "body", body);
    ecma_put_member(q, "safety", ecma_string(safety));
    ecma_put_member(q, "idempotency_key", key);
    ecma_put_end_object(q);
    ecma_put_end_array(q);
    return http_send(q, answer, 1, ECMA_TEXT("one answer was expected"), error);
}

/*
 * The connector of connectors-wasm/vectors in C. It uses every call, role,
 * attribute type and host function, and has to say the same, byte for byte, as the
 * one in Go (testdata/abi/conversation).
 * Build it of all files in this folder.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include "ecma.h"

/* Text with everything that JSON writes in a special way, and some that it does not. */
#define ODD "zoë \"z\" <z@hr.example>\\/\b\f\n\r\t\x01\x1f\x7f\xe2\x80\xa8😀"
#define PERSON_1 "CN=u-1,OBJECT=person"

void put_end(ecma_writer *w, int objects);
void put_list(ecma_writer *w, const char *key); /* a key and the start of its array */
bool put_nothing(ecma_writer *reply);           /* an empty object */

/* A log entry: log_begin, fields, log_end; or all at once with one field. */
ecma_writer *log_begin(const char *level, const char *message);
bool log_end(ecma_writer *q, ecma_error *error);
bool log_one(const char *level, const char *message, const char *field, ecma_text value, ecma_error *error);

/* A list of HTTP requests: http_list; for each http_begin, what else it has and the
 * end of its object; the end of the array; http_send, to which so many answers must
 * come. http_one does it all for one request. */
ecma_writer *http_list(void);
void http_begin(ecma_writer *q, const char *method, ecma_text path);
bool http_send(ecma_writer *q, ecma_answer *answers, size_t count, ecma_text wrong_count, ecma_error *error);
bool http_one(const char *method, ecma_text path, ecma_text body, const char *safety, ecma_text key, ecma_answer *answer, ecma_error *error);

/* type_of: the type of an attribute of this connector's own schema. */
int type_of(ecma_text name);

#endif

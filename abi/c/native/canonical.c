/*
 * canonical reads messages and writes each back in canonical form: the reader and
 * writer of this binding as a native program, for tests that compare it with
 * other bindings.
 *
 * Standard input is frames: a length in four bytes, least first, and so many
 * bytes. Each is answered with a frame that has one byte more in front: 0 and the
 * canonical message, or 1 and why it was refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ecma.h"

static void answer(char refused, const char *at, size_t length) {
    uint32_t n = (uint32_t)length + 1;
    for (int i = 0; i < 4; i++) putchar((int)(n >> 8 * i & 0xff));
    putchar(refused);
    fwrite(at, 1, length, stdout);
}

int main(void) {
    static ecma_writer w;
    unsigned char head[4];
    while (fread(head, 1, 4, stdin) == 4) {
        size_t n = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
        char *message = malloc(n + 1); /* no terminator: one byte for malloc(0) */
        if (message == NULL || fread(message, 1, n, stdin) != n) return 2;
        ecma_value value;
        const char *wrong = ecma_check(message, n, &value);
        if (wrong != NULL) {
            answer(1, wrong, strlen(wrong));
        } else {
            ecma_reset(&w);
            ecma_put_value(&w, value);
            answer(0, w.at, w.length);
        }
        free(message);
    }
    return 0;
}

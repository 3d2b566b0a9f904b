/* What the files of this binding share, and connectors need not know. */
#ifndef ECMA_INTERNAL_H
#define ECMA_INTERNAL_H

#include "ecma.h"

/* ecma_plain goes through a text byte by byte, without its escapes. */
typedef struct ecma_plain {
    ecma_text text;
    size_t i;
    unsigned char left[4];
    int first, count;
} ecma_plain;

/* ecma_next_byte returns the next byte, -1 at the end. */
int ecma_next_byte(ecma_plain *p);

/* ecma_escape reads the escape at s, of which n bytes are there, and returns how
 * many bytes it takes, both halves of a surrogate pair included; 0 if it is wrong. */
size_t ecma_escape(const char *s, size_t n, uint32_t *c);

/* ecma_utf8 writes a character and returns how many bytes it takes. */
int ecma_utf8(uint32_t c, unsigned char b[4]);

/* ecma_utf8_length returns how many bytes the character at s takes, 0 if it is no
 * UTF-8: cut short, overlong, a surrogate, or over U+10FFFF. */
size_t ecma_utf8_length(const char *s, size_t n);

/* ecma_room makes room for more bytes in w; false if there is no memory. */
bool ecma_room(ecma_writer *w, size_t more);

#endif

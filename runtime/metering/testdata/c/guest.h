// A guest in C that computes, for the tests of package metering: each export of one
// uint32_t and a uint64_t does work that hangs on its argument and returns a number that
// hangs on all of it.
//
// The tests build it as abi/c/build builds a connector:
//
//     CFLAGS=-O2 abi/c/build guest.wasm runtime/metering/testdata/c/*.c

#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(#name))) uint64_t name(uint32_t n)

static inline uint64_t rotate(uint64_t x, unsigned by) { return x << (by & 63) | x >> (-by & 63); }

// mix adds to a checksum (FNV-1a by words).
static inline uint64_t mix(uint64_t sum, uint64_t x) { return rotate((sum ^ x) * 0x100000001b3u, 29); }

static inline uint64_t chance(uint32_t n) { return 0x9e3779b97f4a7c15u ^ n; }

// next is a sequence that looks like chance and is the same every time.
static inline uint64_t next(uint64_t *random) {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

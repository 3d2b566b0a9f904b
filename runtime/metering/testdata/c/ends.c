// What does not end, and what ends badly. Volatile reads keep the compiler from knowing
// how it goes on.

#include "guest.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static volatile int zero;
static volatile uintptr_t far = 0xfffffff8;

typedef uint64_t (*function)(uint32_t);
typedef uint64_t (*other_function)(double, double);

static const char name[] = "a place in memory";

static uint64_t itself(uint32_t n) { return n; }

// fills_stack goes down until there is no more stack.
static uint64_t fills_stack(uint32_t n) {
    volatile unsigned char room[1024];
    room[n % sizeof room] = 1;
    return n == 0 ? 0 : fills_stack(n + 1) + room[(n + 1) % sizeof room];
}

// traps traps in the way of the number, or returns it.
EXPORT(traps) {
    volatile uintptr_t place = (uintptr_t)itself;
    switch (n) {
    case 1: abort();
    case 2: __builtin_trap();
    case 3: return *(volatile uint64_t *)far;
    case 4: *(volatile unsigned char *)far = 1; return n;
    case 5: return (uint64_t)((int)n / zero);
    case 6: return (uint64_t)(INT_MIN / (zero - 1));
    case 7: return (uint64_t)n % (uint64_t)zero;
    case 8: place = 0xffff; return ((function)place)(n);
    case 9: return ((other_function)place)(n, 1);
    case 10: place = (uintptr_t)zero; return ((function)place)(n);
    case 11: memcpy((void *)far, name, n + (unsigned)zero); return n;
    case 12: memset((void *)far, 1, n + (unsigned)zero); return n;
    case 13: return (uint64_t)__builtin_wasm_trunc_s_i32_f64(1e300 + zero);
    case 14: assert(zero == 1); return n;
    case 15: return fills_stack(n);
    // There is not as much memory.
    case 16: return malloc((size_t)(1 << 30) + (size_t)zero) == NULL;
    }
    return n;
}

EXPORT(spins) {
    volatile uint32_t x = n;
    while (++x != 0 || n != 1) {}
    return x;
}

// fans_out is a million million calls, never deep.
EXPORT(fans_out) {
    volatile uint32_t left = n;
    uint64_t sum = n;
    for (int i = 0; i < 3 && left > 0; i++) sum = rotate(sum, 1) ^ fans_out(left - 1);
    return sum;
}

EXPORT(descends) { return n == 0 ? 1 : rotate(descends(n - 1), 5) ^ n; }

static uint64_t left(uint32_t n);
static uint64_t right(uint32_t n);
static const volatile function ways[] = {left, right};
static uint64_t left(uint32_t n) { return n == 0 ? 1 : rotate(ways[1](n - 1), 3) ^ n; }
static uint64_t right(uint32_t n) { return n == 0 ? 2 : rotate(ways[0](n - 1), 7) ^ n; }

EXPORT(descends_through_table) { return ways[0](n); }

// Numbers: hashes, integers of up to 128 bits, floating point.

#include "guest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t right(uint32_t x, unsigned by) { return x >> by | x << (32 - by); }

static void block(uint32_t state[8], uint32_t at) {
    uint32_t w[64], s[8];
    for (uint32_t i = 0; i < 16; i++) w[i] = __builtin_bswap32((at * 16 + i) * 0x9e3779b9u);
    for (int i = 16; i < 64; i++) {
        uint32_t a = right(w[i - 15], 7) ^ right(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t b = right(w[i - 2], 17) ^ right(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t a = right(s[4], 6) ^ right(s[4], 11) ^ right(s[4], 25);
        uint32_t t = s[7] + a + ((s[4] & s[5]) ^ (~s[4] & s[6])) + w[i];
        uint32_t b = right(s[0], 2) ^ right(s[0], 13) ^ right(s[0], 22);
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t;
        s[0] = t + b + ((s[1] & s[2]) ^ (s[1] & s[3]) ^ (s[2] & s[3]));
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
}

// hash is the rounds of SHA-256, with constants of its own, and a checksum by table.
EXPORT(hash) {
    uint32_t state[8], table[256], crc = ~0u;
    memcpy(state, first, sizeof state);
    for (uint32_t at = 0; at < n % 20 + 1; at++) block(state, at);
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++) table[i] = table[i] & 1 ? table[i] >> 1 ^ 0xedb88320u : table[i] >> 1;
    }
    const unsigned char *bytes = (const unsigned char *)state;
    for (unsigned i = 0; i < sizeof state; i++) crc = table[(crc ^ bytes[i]) & 255] ^ crc >> 8;
    uint64_t sum = crc;
    for (int i = 0; i < 8; i++) sum = mix(sum, state[i]);
    return sum;
}

// The functions that clang calls for 128 bits are not built to return several results.
#ifdef SEVERAL_RESULTS
typedef uint64_t wide;
typedef int64_t signed_wide;
#else
typedef unsigned __int128 wide;
typedef __int128 signed_wide;
#endif

// integers has 64 and 128 bits: what a machine has, and what the compiler calls
// functions for.
EXPORT(integers) {
    uint64_t random = chance(n), sum = 1;
    for (uint32_t i = 0; i < n % 100; i++) {
        uint64_t a = next(&random), b = next(&random) | 1;
        wide product = ((wide)a << 4 * sizeof(wide) | b) * (a ^ b);
        wide quotient = product / (b >> a % 63 | 1);
        sum = mix(sum, (uint64_t)(quotient >> 17) ^ (uint64_t)(product - quotient * b));
        sum = mix(sum, (uint64_t)((signed_wide)product >> b % 63) ^ (uint64_t)(product >> (4 * sizeof(wide) + b % 9)));
        sum = mix(sum, (uint64_t)((int64_t)a / (int64_t)(b >> 1 | 1)) ^ a % b ^ (uint64_t)((int64_t)a >> b % 64));
        sum = mix(sum, (uint64_t)(__builtin_clzll(a | 1) + __builtin_ctzll(b) * 64 + __builtin_popcountll(a & b)) ^ rotate(a, (unsigned)b));
        int32_t low;
        sum = mix(sum, (a + b) ^ (a > b ? a - b : 0) ^ (uint64_t)__builtin_mul_overflow((int32_t)a >> b % 32, (int32_t)b >> a % 32, &low));
        sum = mix(sum, (uint64_t)((int64_t)(int8_t)a ^ (int16_t)a ^ (int32_t)a) ^ (uint64_t)((int8_t)b + (int16_t)b) ^ (uint64_t)low);
        sum = mix(sum, (uint32_t)a / ((uint32_t)b | 1) ^ (uint64_t)((int32_t)a % ((int32_t)(b >> 40) | 1)));
    }
    return sum;
}

static uint64_t bits(double x) {
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

// whole is a number without its fraction, if an integer of 64 bits has it.
static int64_t whole(double x) { return x > -9e18 && x < 9e18 ? (int64_t)x : 3; }

// floats has functions, rounding, comparison, and integers.
EXPORT(floats) {
    uint64_t random = chance(n), sum = 2;
    for (uint32_t i = 0; i < n % 100; i++) {
        uint64_t chosen = next(&random);
        double any, small = (int32_t)chosen / 1e5;
        memcpy(&any, &chosen, sizeof any);
        double y = sin(small) * sqrt(fabs(small)) + log1p(fmin(exp2(small), 1e9)) + fma(tanh(small), 0.5, cbrt(small));
        sum = mix(sum, bits(y) ^ bits(floor(small) + ceil(small) * 3 + copysign(trunc(small), y) + rint(small)));
        sum = mix(sum, (uint64_t)whole(any) ^ (uint64_t)whole(small) ^ (uint32_t)whole(fabs(y)) ^ bits((double)(float)small));
        sum = mix(sum, bits((double)(int64_t)chosen) ^ bits((float)chosen) ^ bits((double)chosen));
        sum = mix(sum, (uint64_t)((any < small) + 2 * (any > small)) ^ (uint64_t)__builtin_popcountll(bits(fmax(any, small))));
        int exponent;
        sum = mix(sum, bits(frexp(small, &exponent)) + (uint64_t)exponent + bits(fmod(y, 0.37)) + (uint64_t)lrint(pow(fabs(y), 0.7)));
    }
    return sum;
}

// arrays is loops over arrays, which compilers turn into vectors where they may.
EXPORT(arrays) {
    enum { most = 503 };
    unsigned char bytes[most], upper[most];
    float a[most], b[most], c[most];
    int32_t rounded[most], largest = INT32_MIN;
    uint32_t length = n % 500 + 3, ones = 0;
    uint16_t shorts = 0;
    int64_t total = 0;
    uint64_t random = chance(n), sum;
    for (uint32_t i = 0; i < length; i++) bytes[i] = (unsigned char)next(&random);
    for (uint32_t i = 0; i < length; i++) a[i] = bytes[i] / 7.0f;
    for (uint32_t i = 0; i < length; i++) b[i] = bytes[length - 1 - i] - 100.0f;
    for (uint32_t i = 0; i < length; i++) c[i] = a[i] * b[i] + 0.5f;
    for (uint32_t i = 0; i < length; i++) rounded[i] = (int32_t)c[i];
    for (uint32_t i = 0; i < length; i++) largest = rounded[i] > largest ? rounded[i] : largest;
    for (uint32_t i = 0; i < length; i++) total += llabs(rounded[i]);
    for (uint32_t i = 0; i < length; i++) ones += (uint32_t)__builtin_popcount(bytes[i]);
    for (uint32_t i = 0; i < length; i++) upper[i] = bytes[i] >= 'a' && bytes[i] <= 'z' ? bytes[i] - 32 : bytes[i];
    for (uint32_t i = 0; i < length; i++) shorts += (uint16_t)((bytes[i] ^ upper[i]) << 3);
    sum = ones;
    for (uint32_t i = 0; i < length; i++) sum = mix(sum, bits(c[i]));
    return mix(mix(sum, (uint64_t)largest), (uint64_t)total ^ (uint64_t)shorts << 40);
}

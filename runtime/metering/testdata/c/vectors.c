// Vectors, by instructions.

#ifdef __wasm_simd128__

#include "guest.h"

#include <wasm_simd128.h>

EXPORT(vectors) {
    uint64_t random = chance(n);
    v128_t sum = wasm_i64x2_make(1, 2);
    for (uint32_t i = 0; i < n % 200; i++) {
        uint64_t a = next(&random), b = next(&random);
        v128_t x = wasm_u64x2_make(a, b);
        v128_t y = wasm_i8x16_shuffle(x, sum, 3, 18, 1, 7, 31, 0, 0, 9, 22, 4, 5, 6, 30, 2, 13, 15);
        v128_t bytes = wasm_i8x16_add_sat(wasm_u8x16_avgr(x, y), wasm_i8x16_swizzle(y, wasm_u8x16_shr(x, (uint32_t)a)));
        v128_t shorts = wasm_i16x8_mul(wasm_i16x8_extend_low_i8x16(bytes), wasm_i16x8_q15mulr_sat(x, y));
        v128_t words = wasm_i32x4_dot_i16x8(shorts, wasm_i16x8_narrow_i32x4(x, y));
        v128_t floats = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(words), wasm_f32x4_splat(0.37f));
        v128_t doubles = wasm_f64x2_add(wasm_f64x2_convert_low_i32x4(words), wasm_f64x2_promote_low_f32x4(floats));
        v128_t chosen = wasm_v128_bitselect(wasm_i32x4_trunc_sat_f32x4(floats), wasm_f64x2_sqrt(wasm_f64x2_abs(doubles)), wasm_i64x2_lt(x, y));
        v128_t kept[] = {chosen, wasm_v128_load8_splat(&a), wasm_f32x4_nearest(floats), wasm_v128_xor(words, wasm_u64x2_extmul_high_u32x4(x, y))};
        for (int k = 0; k < 4; k++) sum = wasm_i64x2_add(wasm_i64x2_shl(sum, 1), wasm_v128_andnot(kept[k], wasm_i16x8_splat((int16_t)wasm_i8x16_bitmask(y))));
        v128_t ones = wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(wasm_i8x16_popcnt(x)));
        sum = wasm_i64x2_replace_lane(sum, 0, wasm_i64x2_extract_lane(sum, 0) ^ wasm_v128_any_true(words) ^ wasm_i32x4_extract_lane(ones, 3));
    }
    return mix((uint64_t)wasm_i64x2_extract_lane(sum, 0), (uint64_t)wasm_i64x2_extract_lane(sum, 1));
}

#endif

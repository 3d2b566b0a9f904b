//! Vectors, by instructions.

use crate::{chance, mix};
use core::arch::wasm32::*;

#[no_mangle]
pub extern "C" fn vectors(n: u32) -> u64 {
    let mut random = chance(n);
    let mut sum = i64x2(1, 2);
    for _ in 0..n % 200 {
        let (a, b) = (random.next(), random.next());
        let x = u64x2(a, b);
        let y = i8x16_shuffle::<3, 18, 1, 7, 31, 0, 0, 9, 22, 4, 5, 6, 30, 2, 13, 15>(x, sum);
        let bytes = i8x16_add_sat(u8x16_avgr(x, y), i8x16_swizzle(y, u8x16_shr(x, a as u32)));
        let shorts = i16x8_mul(i16x8_extend_low_i8x16(bytes), i16x8_q15mulr_sat(x, y));
        let words = i32x4_dot_i16x8(shorts, i16x8_narrow_i32x4(x, y));
        let floats = f32x4_mul(f32x4_convert_i32x4(words), f32x4_splat(0.37));
        let doubles = f64x2_sqrt(f64x2_abs(f64x2_add(f64x2_convert_low_i32x4(words), f64x2_promote_low_f32x4(floats))));
        let chosen = v128_bitselect(i32x4_trunc_sat_f32x4(floats), doubles, i64x2_lt(x, y));
        let kept = [chosen, v128_load8_splat_of(&a), f32x4_nearest(floats), v128_xor(words, i64x2_extmul_high_u32x4(x, y))];
        for v in kept {
            sum = i64x2_add(i64x2_shl(sum, 1), v128_andnot(v, i16x8_splat(i8x16_bitmask(y) as i16)));
        }
        sum = i64x2_replace_lane::<0>(sum, i64x2_extract_lane::<0>(sum) ^ i64::from(v128_any_true(words)) ^ i64::from(u8x16_popcnt_sum(x)));
    }
    mix(i64x2_extract_lane::<0>(sum) as u64, i64x2_extract_lane::<1>(sum) as u64)
}

fn v128_load8_splat_of(x: &u64) -> v128 {
    unsafe { v128_load8_splat((x as *const u64).cast()) }
}

fn u8x16_popcnt_sum(x: v128) -> u32 {
    let pairs = u32x4_extadd_pairwise_u16x8(u16x8_extadd_pairwise_u8x16(u8x16_popcnt(x)));
    u32x4_extract_lane::<0>(pairs) + u32x4_extract_lane::<3>(pairs)
}

fn i8x16_add_sat(x: v128, y: v128) -> v128 {
    core::arch::wasm32::i8x16_add_sat(x, y)
}

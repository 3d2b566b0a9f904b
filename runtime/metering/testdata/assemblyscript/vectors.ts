import { Chance, mix } from "./chance";

// vectors computes with vectors where the build has them.
export function vectors(n: u32): u64 {
  if (!ASC_FEATURE_SIMD) return n;
  const random = new Chance(n);
  let sum = i64x2(1, 2);
  for (let i: u32 = 0; i < n % 200; i++) {
    const a = random.next(), b = random.next();
    const x = i64x2(a, b);
    const y = v128.shuffle<i8>(x, sum, 3, 18, 1, 7, 31, 0, 0, 9, 22, 4, 5, 6, 30, 2, 13, 15);
    const bytes = i8x16.add_sat_s(i8x16.avgr_u(x, y), i8x16.swizzle(y, i8x16.shr_u(x, <i32>a)));
    const shorts = i16x8.mul(i16x8.extend_low_i8x16_s(bytes), i16x8.q15mulr_sat_s(x, y));
    const words = i32x4.dot_i16x8_s(shorts, i16x8.narrow_i32x4_s(x, y));
    const floats = f32x4.mul(f32x4.convert_i32x4_s(words), f32x4.splat(0.37));
    const doubles = f64x2.sqrt(f64x2.abs(f64x2.add(f64x2.convert_low_i32x4_s(words), f64x2.promote_low_f32x4(floats))));
    const chosen = v128.bitselect(i32x4.trunc_sat_f32x4_s(floats), doubles, i64x2.lt_s(x, y));
    sum = i64x2.add(i64x2.shl(sum, 1), v128.andnot(chosen, i16x8.splat(<i16>i8x16.bitmask(y))));
    sum = i64x2.add(i64x2.shl(sum, 1), v128.xor(f32x4.nearest(floats), i64x2.extmul_high_i32x4_u(x, y)));
    sum = i64x2.replace_lane(sum, 0, i64x2.extract_lane(sum, 0) ^ <i64>v128.any_true(words) ^ <i64>i32x4.extract_lane(i8x16.popcnt(x), 3));
  }
  return mix(i64x2.extract_lane(sum, 0), i64x2.extract_lane(sum, 1));
}

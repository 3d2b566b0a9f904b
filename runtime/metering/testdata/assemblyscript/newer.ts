// What is newer than what the sandbox takes: built with one feature at a time, the
// module is refused by that feature's name.

export function shares(n: i32): i32 {
  return ASC_FEATURE_THREADS ? atomic.add<i32>(8, n) : n;
}

export function relaxes(n: i32): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return n;
  return i32x4.extract_lane(i8x16.relaxed_swizzle(i32x4.splat(n), i32x4.splat(n + 1)), 0);
}

export function collects(n: i32): i32 {
  return ASC_FEATURE_GC ? i31.get(i31.new(n)) : n;
}

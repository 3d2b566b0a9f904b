import { Chance, mix } from "./chance";

const K: StaticArray<u32> = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

// hash does the rounds of SHA-256, with constants of its own, and a checksum by table.
export function hash(n: u32): u64 {
  const state = StaticArray.fromArray<u32>([K[0], K[1], K[2], K[3], K[4], K[5], K[6], K[7]]);
  const w = new StaticArray<u32>(64);
  for (let block: u32 = 0; block < (n % 20) + 1; block++) {
    for (let i: u32 = 0; i < 16; i++) w[i] = bswap<u32>((block * 16 + i) * 0x9e3779b9);
    for (let i = 16; i < 64; i++) {
      const a = rotr<u32>(w[i - 15], 7) ^ rotr<u32>(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const b = rotr<u32>(w[i - 2], 17) ^ rotr<u32>(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    const s = state.slice<StaticArray<u32>>();
    for (let i = 0; i < 64; i++) {
      const t = s[7] + (rotr<u32>(s[4], 6) ^ rotr<u32>(s[4], 11) ^ rotr<u32>(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + w[i];
      const u = (rotr<u32>(s[0], 2) ^ rotr<u32>(s[0], 13) ^ rotr<u32>(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
      s.copyWithin(1, 0, 7);
      s[4] += t;
      s[0] = t + u;
    }
    for (let i = 0; i < 8; i++) state[i] += s[i];
  }
  const table = new Uint32Array(256);
  for (let i: u32 = 0; i < 256; i++) {
    let c = i;
    for (let j = 0; j < 8; j++) c = c & 1 ? (c >> 1) ^ 0xedb88320 : c >> 1;
    table[i] = c;
  }
  let crc: u32 = ~0;
  for (let i = 0; i < 32; i++) {
    const b = load<u8>(changetype<usize>(state) + i);
    crc = table[<u8>crc ^ b] ^ (crc >> 8);
  }
  let sum: u64 = crc;
  for (let i = 0; i < 8; i++) sum = mix(sum, state[i]);
  return sum;
}

// integers are of 8 to 64 bits, with and without signs.
export function integers(n: u32): u64 {
  const random = new Chance(n);
  let sum: u64 = 1;
  for (let i: u32 = 0; i < n % 100; i++) {
    const a = random.next(), b = random.next() | 1;
    sum = mix(sum, (<i64>a / <i64>b) ^ (a % b) ^ (a / (b >> (a % 63) | 1)) ^ (<i64>a >> b % 64) ^ (<i64>a % <i64>b));
    sum = mix(sum, clz<u64>(a) + ctz<u64>(b) * 64 + popcnt<u64>(a & b) ^ rotl<u64>(a, b));
    // Signs that are extended from 8, 16 and 32 bits.
    sum = mix(sum, <u64>((<i64>(<i8>a)) ^ (<i64>(<i16>a)) ^ (<i64>(<i32>a))) ^ (<i32>(<i8>b) + <i32>(<i16>b)));
    sum = mix(sum, <u64>max<i16>(<i16>a, <i16>b) + <u64>abs<i8>(<i8>a) + <u64>(<u16>a * <u16>b) + <u64>(<i8>a >> 3));
    sum = mix(sum, <u64>((<i32>a) ** 3) + <u64>i32(<u32>a >>> 5) + <u64>(<i32>a / (<i32>(b & 0xff) + 1)));
  }
  return sum;
}

// floats are functions, rounding, comparison, and integers of them.
export function floats(n: u32): u64 {
  const random = new Chance(n);
  let sum: u64 = 2;
  for (let i: u32 = 0; i < n % 100; i++) {
    const bits = random.next();
    const any = reinterpret<f64>(bits), small = <f64>(<i32>bits) / 1e5;
    const y = Math.sin(small) * Math.sqrt(Math.abs(small)) + Math.log1p(Math.min(Math.exp(small), 1e9)) + Math.tanh(small) + Math.cbrt(small) + (<f64>2.5) ** (small % 7);
    sum = mix(sum, reinterpret<u64>(y) ^ reinterpret<u64>(floor(small) + ceil(small) * 3 + trunc(small) + copysign(small, y) + nearest(small) + Math.round(small)));
    // Without the feature these trap where the number does not fit.
    if (ASC_FEATURE_NONTRAPPING_F2I) sum = mix(sum, <u64>(<i64>any) ^ <u64>(<u32>any) ^ <u64>(<i32>(<f32>any)) ^ <u64>(<u64>small));
    sum = mix(sum, <u64>(<i16>small) ^ <u64>(<i64>(small * 1e3)) ^ reinterpret<u32>(<f32>bits) ^ reinterpret<u64>(<f64>(<i64>bits)) ^ reinterpret<u32>(Mathf.cos(<f32>small) + Mathf.pow(<f32>1.5, <f32>(small % 9))));
    sum = mix(sum, <u64>(any < small) + <u64>(any >= y) * 2 + <u64>isNaN(any) * 4 + <u64>isFinite(<f32>any) * 8);
  }
  return sum;
}

// arrays loops over arrays of numbers.
export function arrays(n: u32): u64 {
  const length = (n % 500) + 3;
  const random = new Chance(n);
  const bytes = new Uint8Array(length);
  for (let i: u32 = 0; i < length; i++) bytes[i] = <u8>random.next();
  const a = new Float32Array(length), b = new Array<f32>(length);
  for (let i: u32 = 0; i < length; i++) {
    a[i] = <f32>bytes[i] / 7;
    b[i] = <f32>bytes[length - 1 - i] - 100;
  }
  const c = a.map((x, i) => x * <f32>(i % 5) + 0.5).sort((x, y) => <i32>(y - x)).subarray(1);
  const most = b.reduce((m, x) => Mathf.max(m, x), <f32>-1e9);
  const odd = b.filter((x) => x != <f32>0).slice(2).reverse();
  let sum: u64 = reinterpret<u32>(most) + odd.length;
  for (let i = 0; i < c.length; i++) sum = mix(sum, reinterpret<u32>(c[i]) + <u64>(<i32>b[i]));
  bytes.copyWithin(1, length / 2).fill(9, length - 3);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i + 8 <= bytes.length; i += 3) sum = mix(sum, view.getUint64(i, i % 2 == 0) ^ view.getInt16(i));
  return sum;
}

//! Numbers: hashes, integers of up to 128 bits, floating point.

use crate::{chance, mix};

const K: [u32; 8] = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// The rounds of SHA-256, with constants of their own, and a checksum by table.
#[no_mangle]
pub extern "C" fn hash(n: u32) -> u64 {
    let mut state = K;
    for block in 0..n % 20 + 1 {
        let mut w = [0u32; 64];
        for (i, x) in w.iter_mut().take(16).enumerate() {
            *x = (block * 16 + i as u32).wrapping_mul(0x9e3779b9).swap_bytes();
        }
        for i in 16..64 {
            let a = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ w[i - 15] >> 3;
            let b = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ w[i - 2] >> 10;
            w[i] = w[i - 16].wrapping_add(a).wrapping_add(w[i - 7]).wrapping_add(b);
        }
        let mut s = state;
        for x in w {
            let a = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let t = s[7].wrapping_add(a).wrapping_add(s[4] & s[5] ^ !s[4] & s[6]).wrapping_add(x);
            let b = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            s.rotate_right(1);
            s[4] = s[4].wrapping_add(t);
            s[0] = t.wrapping_add(b).wrapping_add(s[1] & s[2] ^ s[1] & s[3] ^ s[2] & s[3]);
        }
        for (a, b) in state.iter_mut().zip(s) {
            *a = a.wrapping_add(b);
        }
    }
    let table: Vec<u32> = (0..256).map(|i| (0..8).fold(i, |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb88320 } else { c >> 1 })).collect();
    let crc = state.iter().flat_map(|x| x.to_be_bytes()).fold(!0u32, |c, b| table[(c as u8 ^ b) as usize] ^ c >> 8);
    state.iter().fold(crc.into(), |sum, x| mix(sum, (*x).into()))
}

/// 64 and 128 bits: what a machine has, and what the compiler calls functions for.
#[no_mangle]
pub extern "C" fn integers(n: u32) -> u64 {
    let mut random = chance(n);
    let mut sum = 1;
    for _ in 0..n % 100 {
        let (a, b) = (random.next(), random.next() | 1);
        let wide = (u128::from(a) << 64 | u128::from(b)).wrapping_mul(u128::from(a ^ b));
        let signed = wide as i128;
        sum = mix(sum, (wide / u128::from(b >> (a % 63) | 1) >> 17) as u64);
        sum = mix(sum, (signed.wrapping_rem(i128::from(a as i64 | 1)) >> (b % 99)) as u64);
        sum = mix(sum, (a as i64).wrapping_div(b as i64) as u64 ^ a % b ^ (a as i64 >> (b % 64)) as u64);
        sum = mix(sum, u64::from(a.leading_zeros() + b.trailing_zeros() * 64 + (a & b).count_ones()) ^ a.rotate_left(b as u32));
        sum = mix(sum, a.checked_add(b).unwrap_or(3) ^ a.saturating_sub(b) ^ (a as i64).overflowing_mul(b as i64).1 as u64);
        // Signs that are extended from 8, 16 and 32 bits.
        sum = mix(sum, (a as i8 as i64 ^ a as i16 as i64 ^ a as i32 as i64) as u64 ^ (b as i8 as i32 + (b as i16 as i32)) as u64);
    }
    sum
}

/// Floating point: functions, rounding, comparison, and to integers, which must
/// not trap.
#[no_mangle]
pub extern "C" fn floats(n: u32) -> u64 {
    let mut random = chance(n);
    let mut sum = 2;
    for _ in 0..n % 100 {
        let bits = random.next();
        let (any, small) = (f64::from_bits(bits), (bits as i32) as f64 / 1e5);
        let y = small.sin() * small.abs().sqrt() + small.exp2().min(1e9).ln_1p() + small.tanh().mul_add(0.5, small.cbrt());
        sum = mix(sum, y.to_bits() ^ (small.floor() + small.ceil() * 3.0 + small.trunc().copysign(y) + small.round()).to_bits());
        sum = mix(sum, any as i64 as u64 ^ u64::from(any as u32) ^ (any as i32 as u64) ^ u64::from(any as f32 as u8) ^ (any as f32 as i64) as u64);
        sum = mix(sum, (y as i16 as u64) ^ (small as u64) ^ (bits as f32).to_bits() as u64 ^ ((bits as i64) as f64).to_bits());
        sum = mix(sum, any.partial_cmp(&small).map_or(9, |o| o as i8 as u64) ^ any.max(small).to_bits().count_ones() as u64);
    }
    sum
}

/// Loops over arrays, which compilers turn into vectors where they may.
#[no_mangle]
pub extern "C" fn arrays(n: u32) -> u64 {
    let len = n as usize % 500 + 3;
    let mut random = chance(n);
    let bytes: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
    let a: Vec<f32> = bytes.iter().map(|b| f32::from(*b) / 7.0).collect();
    let b: Vec<f32> = bytes.iter().rev().map(|b| f32::from(*b) - 100.0).collect();
    let c: Vec<f32> = a.iter().zip(&b).map(|(x, y)| x * y + 0.5).collect();
    let i: Vec<i32> = c.iter().map(|x| *x as i32).collect();
    let most = i.iter().fold(i32::MIN, |m, x| m.max(*x));
    let total: i64 = i.iter().map(|x| i64::from(*x).abs()).sum();
    let ones: u32 = bytes.iter().map(|b| b.count_ones()).sum();
    let upper: Vec<u8> = bytes.iter().map(u8::to_ascii_uppercase).collect();
    let shorts = bytes.iter().zip(&upper).fold(0u16, |s, (x, y)| s.wrapping_add(u16::from(x ^ y) << 3));
    let sum = c.iter().fold(u64::from(ones), |sum, x| mix(sum, x.to_bits().into()));
    mix(mix(sum, most as u64), total as u64 ^ u64::from(shorts) << 40)
}

//! A guest in Rust that computes, for the tests of package metering: each export
//! of one u32 and a u64 does work that hangs on its argument and returns a number
//! that hangs on all of it.
//!
//! The tests build it as internal/wasmbuild does:
//!
//!     rustc --edition 2021 --crate-type cdylib --target wasm32-wasi -C opt-level=3 -o guest.wasm lib.rs

mod collections;
mod ends;
mod numbers;
mod text;
#[cfg(target_feature = "simd128")]
mod vectors;

/// Adds to a checksum (FNV-1a by words).
pub fn mix(sum: u64, x: u64) -> u64 {
    (sum ^ x).wrapping_mul(0x100_0000_01b3).rotate_left(29)
}

/// A sequence that looks like chance and is the same every time.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

pub fn chance(n: u32) -> Chance {
    Chance(0x9e37_79b9_7f4a_7c15 ^ u64::from(n))
}

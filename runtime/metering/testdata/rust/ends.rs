//! What does not end, and what ends badly. Volatile reads keep the compiler from knowing
//! how it goes on.

use std::cell::RefCell;
use std::ptr;

/// Traps in the way of the number, or returns it.
#[no_mangle]
pub extern "C" fn traps(n: u32) -> u64 {
    let list = vec![1u32, 2, 3];
    let none: Option<u64> = if n > 100 { Some(1) } else { None };
    let zero = unsafe { ptr::read_volatile(&0i32) };
    match n {
        1 => panic!("the number is {}", n),
        2 => none.unwrap(),
        3 => list[n as usize].into(),
        4 => list[zero as usize + 2..1].len() as u64,
        5 => (n as i32 / zero) as u64,
        6 => (i32::MIN / (zero - 1)) as u64,
        7 => core::arch::wasm32::unreachable(),
        8 => std::process::abort(),
        9 => {
            let cell = RefCell::new(1u64);
            let _held = cell.borrow_mut();
            let other = *cell.borrow();
            other
        }
        10 => unsafe { ptr::read_volatile(0xffff_fff8u32 as *const u64) },
        11 => {
            let at = unsafe { ptr::read_volatile(&0xffff_u32) };
            let function: fn() -> u64 = unsafe { core::mem::transmute(at as usize) };
            function()
        }
        12 => unsafe { ptr::read_volatile(vec![1u8; 1 << 30].as_ptr()) }.into(),
        13 => "é".split_at(1).0.len() as u64,
        // With checks of overflow only.
        14 => (n as u8 + unsafe { ptr::read_volatile(&250u8) }).into(),
        // Integers of floats that the language makes sure of, one past and far.
        15 => (f64::from(zero) + 1e300) as u32 as u64 + (f32::NAN * zero as f32) as i64 as u64,
        _ => n.into(),
    }
}

#[no_mangle]
pub extern "C" fn spins(n: u32) -> u64 {
    let mut x = n;
    loop {
        x = unsafe { ptr::read_volatile(&x) }.wrapping_add(1);
        if x == 0 && n == 1 {
            return 0;
        }
    }
}

/// A million million calls, never deep.
#[no_mangle]
pub extern "C" fn fans_out(n: u32) -> u64 {
    let n = unsafe { ptr::read_volatile(&n) };
    (0..3).fold(n.into(), |sum: u64, _| if n == 0 { sum } else { sum.rotate_left(1) ^ fans_out(n - 1) })
}

#[no_mangle]
pub extern "C" fn descends(n: u32) -> u64 {
    if n == 0 {
        return 1;
    }
    descends(n - 1).rotate_left(5) ^ u64::from(n)
}

struct Nest(Option<Box<Nest>>);

trait Down {
    fn down(&self, n: u32) -> u64;
}

impl Down for Nest {
    fn down(&self, n: u32) -> u64 {
        if n == 0 {
            return self.0.is_none().into();
        }
        let next: Box<dyn Down> = Box::new(Nest(None));
        next.down(n - 1).rotate_left(3) ^ u64::from(n)
    }
}

/// The same through a table.
#[no_mangle]
pub extern "C" fn descends_through_table(n: u32) -> u64 {
    let first: Box<dyn Down> = Box::new(Nest(None));
    first.down(n)
}

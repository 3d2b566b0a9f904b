// What does not end, and what ends badly.

class Box {
  constructor(public value: u64) {}
}

const list: u32[] = [1, 2, 3];
let zero: i32 = 0;
let nothing: Box | null = null;

// traps traps in the way of the number, or returns it.
export function traps(n: u32): u64 {
  const held = n > 100 ? new Box(1) : nothing;
  switch (n) {
    case 1:
      throw new Error(`the number is ${n}`);
    case 2:
      return held!.value;
    case 3:
      return list[n];
    case 4:
      assert(zero == 1, "it is not");
      return 0;
    case 5:
      return <i32>n / zero;
    case 6:
      return i32.MIN_VALUE / (zero - 1);
    case 7:
      unreachable();
    case 8:
      return new Array<u32>(-1 - zero).length;
    case 9:
      return new Map<string, u64>().get("not there");
    case 10:
      return load<u64>(<usize>0xfffffff8);
    case 11:
      return call_indirect<u64>(0xffff + zero, n);
    case 12:
      return new Uint8Array(<i32>(1 << 30) - 100).length;
    case 13:
      return "é".codePointAt(7);
    case 14:
      return <u64>(<i32>(<f64>zero + 1e300));
    case 15:
      return <u64>"x".repeat(-1 - zero).length;
    default:
      return n;
  }
}

export function spins(n: u32): u64 {
  let x = n;
  while (x++ != 0 || n != 1) {}
  return x;
}

// fans_out is a million million calls, never deep.
export function fans_out(n: u32): u64 {
  let sum: u64 = n;
  for (let i = 0; i < 3 && n > 0; i++) sum = rotl<u64>(sum, 1) ^ fans_out(n - 1);
  return sum;
}

export function descends(n: u32): u64 {
  return n == 0 ? 1 : rotl<u64>(descends(n - 1), 5) ^ n;
}

type Down = (n: u32) => u64;
const ways: Down[] = [];
ways.push((n) => (n == 0 ? 1 : rotl<u64>(ways[1](n - 1), 3) ^ n));
ways.push((n) => (n == 0 ? 2 : rotl<u64>(ways[0](n - 1), 7) ^ n));

export function descends_through_table(n: u32): u64 {
  return ways[0](n);
}

// mix adds to a checksum.
export function mix(sum: u64, x: u64): u64 {
  return rotl<u64>((sum ^ x) * 0x100000001b3, 29);
}

// Chance is a sequence that looks like chance and is the same every time.
export class Chance {
  private state: u64;

  constructor(n: u32) {
    this.state = 0x9e3779b97f4a7c15 ^ <u64>n;
  }

  next(): u64 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 7;
    this.state ^= this.state << 17;
    return this.state;
  }
}

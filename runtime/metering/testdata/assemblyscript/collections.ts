import { Chance, mix } from "./chance";

class Pair {
  constructor(public text: string, public number: i32) {}
}

export function sorts(n: u32): u64 {
  const random = new Chance(n);
  const numbers: u64[] = [], pairs: Pair[] = [];
  for (let i: u32 = 0; i < n % 500; i++) {
    numbers.push(random.next() >> 50);
    pairs.push(new Pair(numbers[i].toString(16), i));
  }
  numbers.sort();
  pairs.sort((a, b) => (a.text.length != b.text.length ? a.text.length - b.text.length : a.text > b.text ? -1 : a.text < b.text ? 1 : a.number - b.number));
  let sum: u64 = numbers.indexOf(n);
  for (let i = 0; i < numbers.length; i++) {
    if (i > 0) assert(numbers[i - 1] <= numbers[i]);
    sum = mix(mix(sum, numbers[i]), <u64>pairs[i].text.length * 1000 + pairs[i].number);
  }
  return sum;
}

export function maps(n: u32): u64 {
  const random = new Chance(n);
  const counts = new Map<string, u64>(), seen = new Set<i32>();
  for (let i: u32 = 0; i < n % 300; i++) {
    const key = "key " + (random.next() % 90).toString();
    counts.set(key, (counts.has(key) ? counts.get(key) : 0) + i);
    seen.add(<i32>random.next() % 50);
    if (i % 7 == 0) counts.delete(key);
  }
  const keys = counts.keys(), numbers = seen.values();
  let sum: u64 = keys.length;
  for (let i = 0; i < keys.length; i++) sum = mix(sum, <u64>keys[i].length * 1000 + counts.get(keys[i]));
  for (let i = 0; i < numbers.length; i++) sum = mix(sum, numbers[i]);
  return sum;
}

interface Named {
  name(): string;
}

abstract class Shape implements Named {
  abstract area(): f64;
  name(): string {
    return "a shape";
  }
}

class Square extends Shape {
  constructor(private side: f64) {
    super();
  }
  area(): f64 {
    return this.side * this.side;
  }
}

class Circle extends Shape {
  constructor(protected radius: f64) {
    super();
  }
  area(): f64 {
    return Math.PI * this.radius ** 2;
  }
  name(): string {
    return `a circle of ${this.radius}`;
  }
}

class Ring extends Circle {
  area(): f64 {
    return super.area() / 2;
  }
}

const functions: ((x: u64) => u64)[] = [(x) => bswap(x), (x) => x / 3, (x) => popcnt(x), (x) => rotl<u64>(x, 9)];

// tables calls methods and functions through a table.
export function tables(n: u32): u64 {
  const shapes: Shape[] = [];
  for (let i: u32 = 0; i < n % 60; i++) {
    const x = <f64>i + 0.25;
    shapes.push(i % 3 == 0 ? new Square(x) : i % 3 == 1 ? new Circle(x) : new Ring(x));
  }
  let area: f64 = 0, names = 0;
  for (let i = 0; i < shapes.length; i++) {
    const named: Named = shapes[i];
    area += shapes[i].area();
    names += named.name().length;
    if (shapes[i] instanceof Circle) names += 3;
  }
  let x = reinterpret<u64>(area) ^ names;
  for (let i: u32 = 0; i < n % 50; i++) x += functions[<i32>((x ^ i) % 4)](x + i);
  return x;
}

class Node {
  parent: Node | null = null;
  children: Node[] = [];
  constructor(public value: u64) {}

  walk(): u64 {
    const parent = this.parent;
    let sum = mix(parent ? parent.value : 0, this.value);
    for (let i = 0; i < this.children.length; i++) sum = mix(sum, this.children[i].walk());
    return sum;
  }
}

function tree(depth: u32, value: u64): Node {
  const node = new Node(value);
  for (let i: u64 = 0; depth > 0 && i < (value % 3) + 1; i++) {
    const child = tree(depth - 1, mix(value, i));
    child.parent = node;
    node.children.push(child);
  }
  return node;
}

function ackermann(m: u64, n: u64): u64 {
  if (m == 0) return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

export function recursion(n: u32): u64 {
  return tree(n % 7, n).walk() ^ (ackermann(2, n % 20) << 50);
}

// growth takes memory that grows, is moved, filled, and collected.
export function growth(n: u32): u64 {
  const random = new Chance(n);
  const kept: Uint8Array[] = [];
  let sum: u64 = 0;
  for (let i: u32 = 0; i < n % 64; i++) {
    const size = <i32>(random.next() % (1 << (i % 17)));
    const piece = new Uint8Array(size * 2 + 1);
    piece.fill(<u8>i).copyWithin(size + 1, size / 2, size);
    memory.copy(piece.dataStart, piece.dataStart + size / 2, size / 3);
    if (i % 3 == 0 && kept.length > 0) kept.splice(<i32>(random.next() % kept.length), 1);
    kept.push(piece);
  }
  for (let i = 0; i < kept.length; i++) {
    sum = mix(sum, kept[i].length);
    for (let j = 0; j < kept[i].length; j++) sum += kept[i][j];
  }
  return sum;
}

import { Chance, mix } from "./chance";

abstract class Value {
  abstract sum(sum: u64): u64;
}

class Null extends Value {
  sum(sum: u64): u64 {
    return mix(sum, 1);
  }
}

class Bool extends Value {
  constructor(private value: bool) {
    super();
  }
  sum(sum: u64): u64 {
    return mix(sum, <u64>this.value + 2);
  }
}

class Num extends Value {
  constructor(private value: f64) {
    super();
  }
  sum(sum: u64): u64 {
    return mix(sum, reinterpret<u64>(this.value));
  }
}

class Text extends Value {
  constructor(private value: string) {
    super();
  }
  sum(sum: u64): u64 {
    return mixText(sum, this.value);
  }
}

class List extends Value {
  items: Value[] = [];
  sum(sum: u64): u64 {
    sum = mix(sum, 5);
    for (let i = 0; i < this.items.length; i++) sum = this.items[i].sum(sum);
    return sum;
  }
}

class Dictionary extends Value {
  members: Map<string, Value> = new Map();
  sum(sum: u64): u64 {
    const keys = this.members.keys().sort();
    for (let i = 0; i < keys.length; i++) sum = this.members.get(keys[i]).sum(mixText(sum, keys[i]));
    return sum;
  }
}

function mixText(sum: u64, s: string): u64 {
  for (let i = 0; i < s.length; i++) sum = mix(sum, s.charCodeAt(i));
  return sum;
}

// Exceptions are traps here, so what is wrong is kept.
class Reader {
  at: i32 = 0;
  wrong: string = "";

  constructor(private text: string) {}

  private peek(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  private fail(why: string): Value {
    if (this.wrong == "") this.wrong = `${why} at ${this.at}`;
    this.at = this.text.length;
    return new Null();
  }

  private expect(word: string): bool {
    if (this.text.substr(this.at, word.length) != word) {
      this.fail("want " + word);
      return false;
    }
    this.at += word.length;
    return true;
  }

  value(): Value {
    switch (this.peek()) {
      case 0x6e: // n
        this.expect("null");
        return new Null();
      case 0x74: // t
        return new Bool(this.expect("true"));
      case 0x66: // f
        return new Bool(!this.expect("false"));
      case 0x22: // "
        return new Text(this.string());
      case 0x5b: // [
        return this.list();
      case 0x7b: // {
        return this.object();
      default:
        return this.number();
    }
  }

  private string(): string {
    let s = "";
    if (!this.expect('"')) return s;
    while (this.at < this.text.length) {
      const c = this.text.charAt(this.at++);
      if (c == '"') return s;
      if (c != "\\") {
        s += c;
      } else if (this.peek() == 0x75) {
        const code = parseInt(this.text.substr(this.at + 1, 4), 16);
        s += String.fromCharCode(isNaN(code) ? 0xfffd : <i32>code);
        this.at += 5;
      } else {
        s += this.text.charAt(this.at++);
      }
    }
    this.fail("the text does not end");
    return s;
  }

  private number(): Value {
    const from = this.at;
    while ("0123456789+-.eE".includes(this.text.charAt(this.at)) && this.at < this.text.length) this.at++;
    if (this.at == from) return this.fail("unexpected " + this.text.charAt(from));
    return new Num(parseFloat(this.text.substring(from, this.at)));
  }

  private list(): Value {
    const l = new List();
    this.at++;
    while (this.at < this.text.length && this.peek() != 0x5d) {
      l.items.push(this.value());
      if (this.peek() == 0x2c) this.at++;
    }
    this.expect("]");
    return l;
  }

  private object(): Value {
    const o = new Dictionary();
    this.at++;
    while (this.at < this.text.length && this.peek() != 0x7d) {
      const key = this.string();
      if (!this.expect(":")) break;
      o.members.set(key, this.value());
      if (this.peek() == 0x2c) this.at++;
    }
    this.expect("}");
    return o;
  }
}

// json writes JSON and reads it again, whole and cut off.
export function json(n: u32): u64 {
  const random = new Chance(n);
  let s = "[";
  for (let i: u32 = 0; i < n % 30; i++) {
    const x = random.next();
    s += `{"id":${i},"name":"M\\u00fcller \\"${i * 7}\\" 漢字","ratio":${<f64>x / 3e9},"tags":[true,null,false,[${x >> 40}]],"sub":{"k${x % 7}":"v"}},`;
  }
  s += "]";
  let sum: u64 = s.length;
  for (let part = 1; part < 4; part++) {
    const reader = new Reader(s.substr(0, s.length / part));
    sum = mixText(reader.value().sum(sum), reader.wrong);
  }
  return sum;
}

// utf8 builds, cuts, compares and changes text, and makes UTF-8 of it and back.
export function utf8(n: u32): u64 {
  const alphabet = "aZ09 ßéÅ漢字ǅ😀𝄞";
  const random = new Chance(n);
  let s = "";
  for (let i: u32 = 0; i < n % 150; i++) s += alphabet.charAt(<i32>(random.next() % alphabet.length));
  const words = s.split(" ");
  const joined = words.join("-").toUpperCase() + s.toLowerCase() + s.replaceAll("é", "e\u0301").trim();
  const bytes = Uint8Array.wrap(String.UTF8.encode(joined));
  let sum: u64 = 7;
  for (let i = 0; i < bytes.length; i++) sum = mix(sum, bytes[i]);
  const back = String.UTF8.decode(bytes.buffer);
  sum = mix(sum, <u64>(back == joined) + <u64>(s < back) * 2 + <u64>joined.indexOf("字"));
  for (let i = 0; i < joined.length; i++) sum = mix(sum, joined.codePointAt(i));
  return mix(sum, s.padStart(20, "ab").slice(-7).length + s.repeat(2).lastIndexOf("a"));
}

// formats makes text of numbers and numbers of it.
export function formats(n: u32): u64 {
  const random = new Chance(n);
  let sum: u64 = 0;
  for (let i: u32 = 0; i < n % 60; i++) {
    const bits = random.next();
    const x = reinterpret<f64>(bits);
    const s = `${x} ${<f64>(<i64>bits) / 1e6} ${bits} ${<i64>bits} ${<i32>bits} ` + bits.toString(16) + (<u32>bits).toString(2) + (<i16>bits).toString();
    sum = mixText(sum, s);
    sum = mix(sum, <u64>(parseFloat(x.toString()) == x) + <u64>(<i64>parseInt((<i32>bits).toString(36), 36)));
    sum = mix(sum, reinterpret<u32>(F32.parseFloat((<f32>x).toString())) + I64.parseInt("-" + (bits >> 1).toString()));
  }
  return sum;
}

// Value is a JSON value. What is not there reads as empty.
export class Value {
  // text is that of a string, or a number, true, false or null as it is written.
  text: string = "";
  items: Value[] = [];
  private members: Map<string, Value> = new Map();

  has(key: string): bool {
    return this.members.has(key);
  }

  member(key: string): Value {
    return this.members.has(key) ? this.members.get(key) : new Value();
  }

  set(key: string, value: Value): void {
    this.members.set(key, value);
  }
}

// parse reads JSON that is well-formed: a host's is.
export function parse(json: string): Value {
  return new Reader(json).value();
}

class Reader {
  private at: i32 = 0;
  constructor(private json: string) {}

  value(): Value {
    const v = new Value();
    switch (this.json.charCodeAt(this.at)) {
      case 0x7b: // {
        this.at++;
        while (!this.ends(0x7d)) {
          const key = this.string();
          this.at++;
          v.set(key, this.value());
        }
        return v;
      case 0x5b: // [
        this.at++;
        while (!this.ends(0x5d)) v.items.push(this.value());
        return v;
      case 0x22: // "
        v.text = this.string();
        return v;
      default:
        const from = this.at;
        while (this.at < this.json.length && !",]}".includes(this.json.charAt(this.at))) this.at++;
        v.text = this.json.slice(from, this.at);
        return v;
    }
  }

  // ends steps over a comma, or over the end, which it tells.
  private ends(end: i32): bool {
    const c = this.json.charCodeAt(this.at);
    if (c == 0x2c || c == end) this.at++;
    return c == end;
  }

  private string(): string {
    const parts: string[] = [];
    let from = ++this.at;
    for (; this.json.charCodeAt(this.at) != 0x22; this.at++) {
      if (this.json.charCodeAt(this.at) != 0x5c) continue;
      parts.push(this.json.slice(from, this.at));
      const c = this.json.charAt(++this.at);
      const known = "bfnrt".indexOf(c);
      if (c == "u") {
        parts.push(String.fromCharCode(<i32>parseInt(this.json.substr(this.at + 1, 4), 16)));
        this.at += 4;
      } else {
        parts.push(known < 0 ? c : "\b\f\n\r\t".charAt(known));
      }
      from = this.at + 1;
    }
    parts.push(this.json.slice(from, this.at++));
    return parts.join("");
  }
}

// quote writes a string.
export function quote(s: string): string {
  let from = 0;
  const parts = ['"'];
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c != 0x22 && c != 0x5c && c >= 0x20) continue;
    parts.push(s.slice(from, i));
    parts.push(c >= 0x20 ? "\\" + s.charAt(i) : "\\u" + c.toString(16).padStart(4, "0"));
    from = i + 1;
  }
  parts.push(s.slice(from) + '"');
  return parts.join("");
}

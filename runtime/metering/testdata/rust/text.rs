//! Text: a parser, UTF-8, formats.

use crate::{chance, mix};
use std::collections::BTreeMap;
use std::fmt::Write;

#[derive(Debug, PartialEq)]
enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
}

type Read<T> = Result<T, String>;

impl Reader<'_> {
    fn expect(&mut self, word: &str) -> Read<()> {
        for c in word.chars() {
            match self.rest.next() {
                Some(have) if have == c => (),
                have => return Err(format!("have {:?}, want {:?} of {}", have, c, word)),
            }
        }
        Ok(())
    }

    fn value(&mut self) -> Read<Value> {
        match self.rest.peek().copied() {
            Some('n') => self.expect("null").map(|_| Value::Null),
            Some('t') => self.expect("true").map(|_| Value::Bool(true)),
            Some('f') => self.expect("false").map(|_| Value::Bool(false)),
            Some('"') => self.text().map(Value::Text),
            Some('[') => self.list(),
            Some('{') => self.object(),
            Some('-' | '0'..='9') => self.number(),
            other => Err(format!("unexpected {:?}", other)),
        }
    }

    fn text(&mut self) -> Read<String> {
        self.expect("\"")?;
        let mut s = String::new();
        loop {
            match self.rest.next().ok_or("the text does not end")? {
                '"' => return Ok(s),
                '\\' => match self.rest.next() {
                    Some('n') => s.push('\n'),
                    Some('u') => {
                        let hex: String = self.rest.by_ref().take(4).collect();
                        let code = u32::from_str_radix(&hex, 16).map_err(|e| e.to_string())?;
                        s.push(char::from_u32(code).ok_or_else(|| format!("no character {:#x}", code))?);
                    }
                    Some(c @ ('"' | '\\' | '/')) => s.push(c),
                    c => return Err(format!("escape {:?}", c)),
                },
                c => s.push(c),
            }
        }
    }

    fn number(&mut self) -> Read<Value> {
        let mut s = String::new();
        while let Some(c) = self.rest.next_if(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e')) {
            s.push(c);
        }
        s.parse().map(Value::Number).map_err(|e: std::num::ParseFloatError| e.to_string())
    }

    fn list(&mut self) -> Read<Value> {
        self.expect("[")?;
        let mut l = Vec::new();
        while self.rest.next_if_eq(&']').is_none() {
            l.push(self.value()?);
            self.rest.next_if_eq(&',');
        }
        Ok(Value::List(l))
    }

    fn object(&mut self) -> Read<Value> {
        self.expect("{")?;
        let mut o = BTreeMap::new();
        while self.rest.next_if_eq(&'}').is_none() {
            let key = self.text()?;
            self.expect(":")?;
            if o.insert(key.clone(), self.value()?).is_some() {
                return Err(format!("{} twice", key));
            }
            self.rest.next_if_eq(&',');
        }
        Ok(Value::Object(o))
    }
}

impl Value {
    fn sum(&self, sum: u64) -> u64 {
        match self {
            Value::Null => mix(sum, 1),
            Value::Bool(b) => mix(sum, u64::from(*b) + 2),
            Value::Number(x) => mix(sum, x.to_bits()),
            Value::Text(s) => s.bytes().fold(sum, |sum, b| mix(sum, b.into())),
            Value::List(l) => l.iter().fold(mix(sum, 5), |sum, v| v.sum(sum)),
            Value::Object(o) => o.iter().fold(mix(sum, 6), |sum, (k, v)| v.sum(mix(sum, k.len() as u64))),
        }
    }
}

/// Writes JSON and reads it again, whole and cut off.
#[no_mangle]
pub extern "C" fn json(n: u32) -> u64 {
    let mut s = String::from("[");
    let mut random = chance(n);
    for i in 0..n % 50 {
        let x = random.next();
        write!(s, r#"{{"id":{},"name":"M\u00fcller \"{}\" 漢字","ratio":{:e},"tags":[true,null,false,[{}]],"sub":{{"k{}":"v"}}}},"#, i, i * 7, x as f64 / 3e9, x >> 40, x % 7).unwrap();
    }
    s.push(']');
    let mut sum = s.len() as u64;
    for end in [s.len(), s.len() / 2, s.len() / 3] {
        let part = s.get(..end).unwrap_or("-");
        sum = match (Reader { rest: part.chars().peekable() }).value() {
            Ok(v) => v.sum(sum),
            Err(e) => Value::Text(e).sum(sum),
        };
    }
    sum
}

/// Builds, cuts, compares and changes text of one to four bytes a character.
#[no_mangle]
pub extern "C" fn utf8(n: u32) -> u64 {
    let alphabet: Vec<char> = "aZ09 ßéÅ漢字ǅﬁ😀𝄞".chars().collect();
    let mut random = chance(n);
    let s: String = (0..n % 200).map(|_| alphabet[random.next() as usize % alphabet.len()]).collect();
    let back: String = s.chars().rev().collect();
    let words: Vec<&str> = s.split_whitespace().collect();
    let joined = words.join("-").to_uppercase() + &back.to_lowercase() + &s.replace("é", "e\u{301}");
    let wide: Vec<u16> = joined.encode_utf16().collect();
    let mut sum = String::from_utf16(&wide).unwrap().bytes().fold(7, |sum, b| mix(sum, b.into()));
    sum = mix(sum, String::from_utf8_lossy(&joined.as_bytes()[joined.len() / 3..]).len() as u64);
    mix(sum, (s < back) as u64 + joined.find("字").unwrap_or(99) as u64)
}

/// Numbers to text and back, as people and as machines write them.
#[no_mangle]
pub extern "C" fn formats(n: u32) -> u64 {
    let mut random = chance(n);
    let mut sum = 0;
    for _ in 0..n % 60 {
        let bits = random.next();
        let (x, y) = (f64::from_bits(bits), bits as i64 as f64 / 1e6);
        let s = format!("{:?} {:.3} {:+09.2e} {:>20} {:<#x} {:#b} {:08o}", x, y, y, bits as i64, bits, bits as u8, bits as u16);
        sum = s.bytes().fold(sum, |sum, b| mix(sum, b.into()));
        let back: f64 = format!("{:e}", x).parse().unwrap();
        sum = mix(sum, (back == x || x.is_nan()) as u64);
        sum = mix(sum, y.to_string().parse::<f32>().unwrap().to_bits().into());
        sum = mix(sum, "12x".parse::<i32>().is_err() as u64 + (bits as i64).to_string().parse::<i64>().unwrap() as u64);
    }
    sum
}

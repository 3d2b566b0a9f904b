//! Collections, memory that grows, and calls that go through tables.

use crate::{chance, mix};
use std::cell::RefCell;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};
use std::rc::{Rc, Weak};

#[no_mangle]
pub extern "C" fn sorts(n: u32) -> u64 {
    let mut random = chance(n);
    let mut numbers: Vec<u64> = (0..n % 700).map(|_| random.next() >> 50).collect();
    let mut texts: Vec<(String, usize)> = numbers.iter().enumerate().map(|(i, x)| (format!("{:x}", x), i)).collect();
    let heap: BinaryHeap<u64> = numbers.iter().copied().collect();
    numbers.sort_unstable();
    texts.sort_by(|a, b| a.0.len().cmp(&b.0.len()).then_with(|| b.0.cmp(&a.0)));
    assert_eq!(heap.into_sorted_vec(), numbers);
    numbers.dedup();
    let sum = numbers.iter().fold(0, |sum, x| mix(sum, *x));
    let sum = texts.iter().fold(sum, |sum, (s, i)| mix(sum, s.len() as u64 * 1000 + *i as u64));
    mix(sum, numbers.binary_search(&(n.into())).unwrap_or_else(|i| i + 1) as u64)
}

#[no_mangle]
pub extern "C" fn maps(n: u32) -> u64 {
    let mut random = chance(n);
    let mut counts: HashMap<String, u64> = HashMap::new();
    let mut ordered = BTreeMap::new();
    let mut queue = VecDeque::new();
    for i in 0..n % 400 {
        let key = format!("key {}", random.next() % 90);
        *counts.entry(key.clone()).or_default() += u64::from(i);
        queue.push_back(key.clone());
        if let Some(old) = ordered.insert(key, i) {
            counts.retain(|_, v| *v != u64::from(old));
        }
        while queue.len() > 20 {
            let first = queue.pop_front().unwrap();
            ordered.remove(&first);
        }
    }
    let seen: HashSet<&String> = counts.keys().collect();
    let both = ordered.keys().filter(|k| seen.contains(k)).count() as u64;
    // A map's order is chance, so the sum must not hang on it.
    let unordered = counts.iter().map(|(k, v)| mix(k.len() as u64, *v)).fold(0, u64::wrapping_add);
    ordered.iter().fold(mix(unordered, both), |sum, (k, v)| mix(sum, k.len() as u64 ^ u64::from(*v) << 8))
}

trait Shape {
    fn area(&self) -> f64;
    fn name(&self) -> String {
        String::from("a shape")
    }
}

struct Square(f64);
struct Circle {
    radius: f64,
}
struct Many(Vec<Box<dyn Shape>>);

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        std::f64::consts::PI * self.radius.powi(2)
    }
    fn name(&self) -> String {
        format!("a circle of {}", self.radius)
    }
}

impl Shape for Many {
    fn area(&self) -> f64 {
        self.0.iter().map(|s| s.area()).sum()
    }
}

impl Drop for Many {
    fn drop(&mut self) {
        DROPPED.with(|d| *d.borrow_mut() += self.0.len());
    }
}

thread_local!(static DROPPED: RefCell<usize> = RefCell::new(0));

/// Trait objects, closures and functions that are called through a table.
#[no_mangle]
pub extern "C" fn tables(n: u32) -> u64 {
    let mut all = Many(Vec::new());
    for i in 0..n % 60 {
        let x = f64::from(i) + 0.25;
        all.0.push(match i % 3 {
            0 => Box::new(Square(x)),
            1 => Box::new(Circle { radius: x }),
            _ => Box::new(Many(vec![Box::new(Square(x)), Box::new(Circle { radius: x / 2.0 })])),
        });
    }
    let mut calls = 0u64;
    let mut count = |by: u64| calls += by;
    let names: usize = all.0.iter().map(|s| s.name().len()).inspect(|l| count(*l as u64)).sum();
    let steps: Vec<Box<dyn Fn(u64) -> u64>> = vec![Box::new(|x| x + 1), Box::new(move |x| x ^ u64::from(n)), Box::new(|x| x.rotate_left(9))];
    let functions: [fn(u64) -> u64; 3] = [u64::swap_bytes, |x| x / 3, |x| x.count_zeros().into()];
    let mut x = all.area().to_bits() ^ names as u64;
    drop(all);
    for i in 0..n as usize % 50 {
        x = steps[(x % 3) as usize](x).wrapping_add(functions[i % 3](x));
    }
    mix(x, calls) ^ DROPPED.with(|d| *d.borrow() as u64)
}

struct Node {
    value: u64,
    parent: RefCell<Weak<Node>>,
    children: RefCell<Vec<Rc<Node>>>,
}

fn tree(depth: u32, value: u64) -> Rc<Node> {
    let node = Rc::new(Node { value, parent: RefCell::default(), children: RefCell::default() });
    for i in 0..if depth == 0 { 0 } else { value % 3 + 1 } {
        let child = tree(depth - 1, mix(value, i));
        *child.parent.borrow_mut() = Rc::downgrade(&node);
        node.children.borrow_mut().push(child);
    }
    node
}

fn walk(node: &Node) -> u64 {
    let above = node.parent.borrow().upgrade().map_or(0, |p| p.value);
    node.children.borrow().iter().fold(mix(above, node.value), |sum, c| mix(sum, walk(c)))
}

fn ackermann(m: u64, n: u64) -> u64 {
    match (m, n) {
        (0, n) => n + 1,
        (m, 0) => ackermann(m - 1, 1),
        (m, n) => ackermann(m - 1, ackermann(m, n - 1)),
    }
}

#[no_mangle]
pub extern "C" fn recursion(n: u32) -> u64 {
    walk(&tree(n % 7, n.into())) ^ ackermann(2, u64::from(n % 20)) << 50
}

/// Memory that grows, moves and is filled, in pieces of every size.
#[no_mangle]
pub extern "C" fn growth(n: u32) -> u64 {
    let mut random = chance(n);
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for i in 0..n % 64 {
        let size = (random.next() % (1 << (i % 17))) as usize;
        let mut piece = vec![i as u8; size];
        piece.resize(size * 2 + 1, 7);
        piece.copy_within(size / 2..size, size + 1);
        piece.extend_from_slice(kept.last().map_or(&[], |k| &k[..k.len() / 2]));
        if i % 3 == 0 && !kept.is_empty() {
            kept.swap_remove(random.next() as usize % kept.len());
        }
        piece.truncate(100_000);
        piece.shrink_to_fit();
        kept.push(piece);
    }
    kept.iter().fold(0, |sum, k| mix(sum, k.iter().map(|b| u64::from(*b)).sum::<u64>() + k.len() as u64))
}

//! Functions whose names tell the truth: `n_` never allocate, panics aside; `a_` do.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hint::black_box as bb;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, RwLock};

// ---- Numbers ----

#[inline(never)]
fn n_arithmetic(a: u64, b: u64) -> u64 {
    a.wrapping_mul(31).rotate_left(7) ^ b
}
#[inline(never)]
fn n_checked(a: u64, b: u64) -> u64 {
    a.checked_mul(b).and_then(|x| x.checked_add(1)).unwrap_or(0)
}
#[inline(never)]
fn n_division(a: i64, b: i64) -> i64 {
    a / b + a % b
}
#[inline(never)]
fn n_sine(samples: &mut [f32], step: f32) {
    for (n, sample) in samples.iter_mut().enumerate() {
        *sample = (n as f32 * step).sin() * (n as f32 * step * 0.5).cos();
    }
}
#[inline(never)]
fn n_powers(x: f64) -> f64 {
    x.powf(1.5) + x.exp() + x.ln() + x.tanh() + x.powi(3) + x.sqrt() + x.log10()
}
#[inline(never)]
fn n_biquad(state: &mut [f32; 4], samples: &mut [f32], k: &[f32; 5]) {
    for sample in samples {
        let x = *sample;
        let y = k[0] * x + k[1] * state[0] + k[2] * state[1] - k[3] * state[2] - k[4] * state[3];
        *state = [x, state[0], y, state[2]];
        *sample = y;
    }
}
#[inline(never)]
fn n_mix(out: &mut [f32], a: &[f32], b: &[f32], gain: f32) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a.mul_add(gain, *b);
    }
}
#[inline(never)]
fn n_big(a: u128, b: u128) -> u128 {
    a / b + a % b
}

// ---- Slices and strings ----

#[inline(never)]
fn n_sum(v: &[u32]) -> u64 {
    v.iter().map(|x| u64::from(*x)).sum()
}
#[inline(never)]
fn n_index(v: &[u32], i: usize) -> u32 {
    v[i] + v[i + 1]
}
#[inline(never)]
fn n_range(v: &[u32], i: usize, j: usize) -> &[u32] {
    &v[i..j]
}
#[inline(never)]
fn n_unwrap(x: Option<u32>) -> u32 {
    x.unwrap()
}
#[inline(never)]
fn n_expect(x: Result<u32, std::num::ParseIntError>) -> u32 {
    x.expect("a number")
}
#[inline(never)]
fn n_panic_with_arguments(v: &[u32], i: usize) -> u32 {
    match v.get(i) {
        Some(x) => *x,
        None => panic!("{i} of {v:?}"),
    }
}
#[inline(never)]
fn n_sort(v: &mut [u32]) {
    v.sort_unstable();
}
#[inline(never)]
fn n_sort_by(v: &mut [(u32, f32)]) {
    v.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
}
#[inline(never)]
fn n_search(v: &[u32], x: u32) -> bool {
    v.binary_search(&x).is_ok()
}
#[inline(never)]
fn n_copy(to: &mut [u8], from: &[u8]) {
    to.copy_from_slice(from);
}
#[inline(never)]
fn n_compare(a: &str, b: &str) -> bool {
    a < b || a.eq_ignore_ascii_case(b)
}
#[inline(never)]
fn n_find(text: &str, what: &str) -> Option<usize> {
    text.find(what)
}
#[inline(never)]
fn n_split(text: &str) -> usize {
    text.split(',').map(|part| part.trim().len()).max().unwrap_or(0)
}
#[inline(never)]
fn n_characters(bytes: &[u8]) -> usize {
    std::str::from_utf8(bytes).map_or(0, |text| text.chars().filter(|c| c.is_alphabetic()).count())
}
#[inline(never)]
fn n_parse(text: &str) -> Result<i64, std::num::ParseIntError> {
    text.parse()
}
#[inline(never)]
fn n_parse_float(text: &str) -> Result<f64, std::num::ParseFloatError> {
    text.parse()
}
#[inline(never)]
fn n_rotate(v: &mut [u64], n: usize) {
    v.rotate_left(n);
    v.reverse();
}

// ---- Collections that have what they need ----

#[inline(never)]
fn n_hash_get(map: &HashMap<String, u32>, key: &str) -> Option<u32> {
    map.get(key).copied()
}
#[inline(never)]
fn n_hash_remove(map: &mut HashMap<u64, u64>, key: u64) -> Option<u64> {
    map.remove(&key)
}
#[inline(never)]
fn n_tree_get(map: &BTreeMap<u32, u32>, key: u32) -> Option<u32> {
    map.get(&key).copied()
}
#[inline(never)]
fn n_pop(v: &mut Vec<u32>) -> u32 {
    v.swap_remove(0) + v.pop().unwrap_or(1)
}
#[inline(never)]
fn n_queue(queue: &mut VecDeque<u32>) -> Option<u32> {
    queue.rotate_left(1);
    queue.pop_front()
}
#[inline(never)]
fn n_empty() -> Vec<u32> {
    Vec::new()
}
#[inline(never)]
fn n_clear(v: &mut Vec<String>) {
    v.clear();
}
#[inline(never)]
fn n_drop(v: Vec<Box<[u32]>>) {
    drop(v);
}
#[inline(never)]
fn n_share(shared: &Arc<u32>) -> Arc<u32> {
    Arc::clone(shared)
}

// ---- Choices ----

#[inline(never)]
fn n_words(x: u32) -> &'static str {
    match x {
        0 => "zero",
        1 => "one",
        2 => "two",
        3..=9 => "few",
        _ => "many",
    }
}
#[inline(never)]
fn n_switch(op: u8, a: u64, b: u64) -> u64 {
    match op {
        0 => bb(a).wrapping_add(b),
        1 => bb(a) ^ b,
        2 => bb(b).rotate_left(a as u32),
        3 => bb(a & b),
        4 => n_arithmetic(a, b),
        5 => u64::from(bb(a | b).count_ones()),
        6 => bb(!a),
        _ => 0,
    }
}
#[derive(Clone, Copy)]
pub enum Op {
    Add,
    Sub,
    Mul,
    Call,
    Xor,
    Or,
    Not,
}
#[inline(never)]
fn n_switch_over_all(op: Op, a: u64, b: u64) -> u64 {
    match op {
        Op::Add => bb(a) + b,
        Op::Sub => bb(a) - b,
        Op::Mul => bb(a) * b,
        Op::Call => n_arithmetic(bb(a), b),
        Op::Xor => bb(a) ^ b,
        Op::Or => bb(a) | b,
        Op::Not => !bb(a),
    }
}
#[inline(never)]
fn n_interpreter(code: &[Op], mut x: u64) -> u64 {
    for op in code {
        x = match op {
            Op::Add => bb(x) + 1,
            Op::Sub => bb(x) - 1,
            Op::Mul => bb(x) * 3,
            Op::Call => n_arithmetic(x, 3),
            Op::Xor => bb(x) ^ 9,
            Op::Or => bb(x) | 4,
            Op::Not => !bb(x),
        };
    }
    x
}
trait Shape {
    fn area(&self) -> u64;
}
struct Square(u64);
impl Shape for Square {
    #[inline(never)]
    fn area(&self) -> u64 {
        self.0 * self.0
    }
}
#[inline(never)]
fn area(shape: &dyn Shape) -> u64 {
    shape.area() + 1
}
#[inline(never)]
fn n_known_trait_object(x: u64) -> u64 {
    area(&Square(x))
}
#[inline(never)]
fn n_generic(v: &[u32], k: u32) -> usize {
    v.iter().filter(|x| **x > k).count()
}

static CHOSEN: AtomicPtr<()> = AtomicPtr::new(choose as *mut ());
#[inline(never)]
fn choose(x: u64) -> u64 {
    let best: fn(u64) -> u64 = if std::arch::is_x86_feature_detected!("avx2") { best } else { usual };
    CHOSEN.store(best as *mut (), Ordering::Relaxed);
    best(x)
}
#[inline(never)]
fn best(x: u64) -> u64 {
    x ^ 3
}
#[inline(never)]
fn usual(x: u64) -> u64 {
    x.rotate_left(3)
}
#[inline(never)]
fn n_chosen_at_first(x: u64) -> u64 {
    let chosen = CHOSEN.load(Ordering::Relaxed);
    unsafe { std::mem::transmute::<*mut (), fn(u64) -> u64>(chosen)(x) }
}

// ---- Sharing, time, and what may panic ----

#[inline(never)]
fn n_mutex(mutex: &Mutex<u64>) -> u64 {
    mutex.lock().map_or(0, |mut x| {
        *x += 1;
        *x
    })
}
#[inline(never)]
fn n_lock(lock: &RwLock<u64>) -> u64 {
    lock.read().map_or(0, |x| *x)
}
#[inline(never)]
fn n_cell(cell: &RefCell<u64>) -> u64 {
    *cell.borrow_mut() += 1;
    *cell.borrow()
}
#[inline(never)]
fn n_atomic(x: &AtomicU64) -> u64 {
    x.fetch_add(1, Ordering::SeqCst).max(x.load(Ordering::Relaxed))
}
#[inline(never)]
fn n_elapsed(begin: std::time::Instant) -> u128 {
    begin.elapsed().as_nanos()
}
thread_local! { static COUNT: Cell<u64> = const { Cell::new(0) }; }
#[inline(never)]
fn n_thread_local() -> u64 {
    COUNT.set(COUNT.get() + 1);
    COUNT.get()
}
struct Guard<'a>(&'a Cell<u64>);
impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}
#[inline(never)]
fn n_guard(cell: &Cell<u64>, v: &[u64], i: usize) -> u64 {
    let _guard = Guard(cell);
    v[i] + v[i * 2]
}
#[inline(never)]
fn n_fill(ring: &mut [f32; 256], at: &mut u8, samples: &[f32]) {
    for sample in samples {
        ring[usize::from(*at)] = *sample;
        *at = at.wrapping_add(1);
    }
}

// ---- What allocates ----

#[inline(never)]
fn a_box(x: u64) -> Box<u64> {
    Box::new(bb(x))
}
#[inline(never)]
fn a_format(x: u32) -> String {
    format!("{x}")
}
#[inline(never)]
fn a_clone(v: &Vec<u32>) -> Vec<u32> {
    v.clone()
}
#[inline(never)]
fn a_insert(map: &mut HashMap<u32, u32>, key: u32) {
    map.insert(key, key);
}
#[inline(never)]
fn a_tree_insert(map: &mut BTreeMap<u32, u32>, key: u32) {
    map.insert(key, key);
}
#[inline(never)]
fn a_stable_sort(v: &mut [String]) {
    v.sort();
}
#[inline(never)]
fn a_collect(v: &[u32]) -> Vec<u32> {
    v.iter().filter(|x| **x % 2 == 0).copied().collect()
}
#[inline(never)]
fn a_spawn(x: u32) -> u32 {
    std::thread::spawn(move || x + 1).join().unwrap()
}
#[inline(never)]
fn a_print(x: u32) {
    println!("{x}");
}
#[inline(never)]
fn a_push(v: &mut Vec<u32>, x: u32) {
    v.push(x);
}
#[inline(never)]
fn a_environment(name: &str) -> bool {
    std::env::var(name).is_ok()
}
#[inline(never)]
fn a_trait_object(shape: &dyn Shape) -> u64 {
    shape.area()
}
#[inline(never)]
fn a_function(f: fn(u64) -> u64, x: u64) -> u64 {
    f(x)
}
#[inline(never)]
fn a_send(to: &SyncSender<u64>, x: u64) -> Result<(), TrySendError<u64>> {
    to.try_send(x)
}
thread_local! { static LIST: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) }; }
#[inline(never)]
fn a_first_use() -> usize {
    LIST.with_borrow(Vec::len)
}
#[inline(never)]
fn a_exits(x: u32) -> u32 {
    if x == 77 {
        std::process::exit(format!("bye {x}").len() as i32);
    }
    x
}

fn main() {
    let n = std::env::args().count();
    let (x, m, f) = (n as u64, n as u32, n as f32);
    let mut v: Vec<u32> = (0..m + 20).collect();
    let mut samples = vec![f; 64];
    let text = bb("a,b,c%d").to_owned();
    let mut hash: HashMap<u64, u64> = HashMap::from([(x, x)]);
    let cell = Cell::new(x);
    let all = [Op::Add, Op::Sub, Op::Mul, Op::Call, Op::Xor, Op::Or, Op::Not];
    bb([n_arithmetic(x, 2), n_checked(x, 3), n_division(x as i64, 3) as u64, n_big(x.into(), 3) as u64, n_sum(&v)]);
    n_sine(&mut samples, f);
    n_biquad(bb(&mut [f; 4]), &mut samples, &[f; 5]);
    n_mix(bb(&mut [f; 9]), &samples, &samples, f);
    bb((n_powers(f64::from(f)), n_index(&v, n), n_range(&v, n, 3).len(), n_unwrap(v.first().copied())));
    bb((n_expect(text.parse().or(Ok(3))), n_panic_with_arguments(&v, n)));
    n_sort(&mut v);
    n_sort_by(bb(&mut [(m, f), (3, 2.0)]));
    n_copy(bb(&mut [0; 7]), text.as_bytes());
    n_rotate(bb(&mut [x; 5]), n);
    bb((n_search(&v, m), n_compare(&text, "b"), n_find(&text, bb("c%")), n_split(&text)));
    bb((n_characters(text.as_bytes()), n_parse(&text), n_parse_float(&text)));
    bb((n_hash_get(&HashMap::from([(text.clone(), m)]), &text), n_hash_remove(&mut hash, x)));
    bb((n_tree_get(&BTreeMap::from([(m, m)]), m), n_pop(&mut v), n_queue(&mut VecDeque::from(v.clone())), n_empty()));
    n_clear(&mut vec![text.clone()]);
    n_drop(vec![v.clone().into()]);
    bb((n_share(bb(&Arc::new(m))), n_words(m), n_switch(n as u8, x, x), n_switch_over_all(bb(all)[n], x, x)));
    bb((n_interpreter(&bb(all)[n..], x), n_known_trait_object(x), n_generic(&v, m), n_chosen_at_first(x)));
    bb((n_mutex(bb(&Mutex::new(x))), n_lock(bb(&RwLock::new(x))), n_cell(bb(&RefCell::new(x)))));
    bb((n_atomic(bb(&AtomicU64::new(x))), n_elapsed(std::time::Instant::now()), n_thread_local()));
    bb(n_guard(&cell, &[x; 9], n));
    n_fill(bb(&mut [f; 256]), &mut 3, &samples);
    bb((a_box(x), a_format(m), a_clone(&v), a_collect(&v), a_spawn(m), a_environment(&text)));
    a_insert(&mut HashMap::new(), m);
    a_tree_insert(&mut BTreeMap::new(), m);
    a_stable_sort(bb(&mut [text.clone(), text.clone()]));
    a_print(m);
    a_push(&mut v, m);
    let (to, from) = std::sync::mpsc::sync_channel(3);
    bb((a_send(bb(&to), x), from.recv().is_ok()));
    bb((a_trait_object(bb(&Square(x))), a_function(bb(|x| x + 1), x), a_first_use(), a_exits(m)));
}

//! A limit is any expression that gives an unsigned integer.
#![deny(warnings)]

use std::collections::HashMap;

use alloc_budget::alloc_budget;

const ROWS: usize = 4;
static COLUMNS: u16 = 80;

struct Config {
    limits: HashMap<&'static str, u64>,
}

impl Config {
    const DEFAULT: u32 = 7;

    fn limit(&self, name: &str) -> Option<u64> {
        self.limits.get(name).copied()
    }
}

#[alloc_budget(max = 0, max_bytes = 0x10, max_peak_bytes = 1_000, max_reallocs = 0b11, max_deallocs = 0o7)]
fn literals() -> u32 {
    1
}

#[alloc_budget(
    max = 0u8,
    max_bytes = 16u16,
    max_peak_bytes = 1_000_u32,
    max_reallocs = 3u64,
    max_deallocs = 7usize
)]
fn typed_literals() -> u32 {
    1
}

#[alloc_budget(max_bytes = 18_446_744_073_709_551_615, max_peak_bytes = 5_000_000_000)]
fn large_literals() -> u32 {
    1
}

#[alloc_budget(max = 2 * (3 + 1) - 1, max_bytes = 64 * 1024, max_peak_bytes = 1 << 20, max_deallocs = 7 / 2 % 3)]
fn arithmetic() -> u32 {
    1
}

#[alloc_budget(max = a, max_bytes = b, max_peak_bytes = c, max_retained_bytes = d, max_deallocs = e, warmup = a)]
fn arguments(a: u8, b: u16, c: u32, d: u64, e: usize) -> u64 {
    u64::from(a) + u64::from(b) + u64::from(c) + d + e as u64
}

#[alloc_budget(max = ROWS, max_bytes = COLUMNS, max_peak_bytes = Config::DEFAULT, max_deallocs = usize::MAX)]
fn constants() -> u32 {
    1
}

#[alloc_budget(max = N, max_bytes = N * size_of::<T>(), max_peak_bytes = const { 2 * N })]
fn const_generics<T: Default + Copy, const N: usize>() -> [T; N] {
    [T::default(); N]
}

#[alloc_budget(max = rows.len() + 1, max_bytes = 64 * rows.iter().map(|row| row.len()).sum::<usize>())]
fn method_calls(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| row.to_string()).collect()
}

#[alloc_budget(
    max = if cfg!(debug_assertions) { 10 } else { 0 },
    max_bytes = if rows.is_empty() { 0 } else { rows.len() },
    max_peak_bytes = match rows { [] => 0, [_] => 64, _ => 128 },
    max_deallocs = { let n = rows.len(); n * 2 },
    max_reallocs = unsafe { *std::ptr::from_ref(&rows.len()) },
    max_retained_bytes = loop { break 0_u32; },
    warmup = (|| rows.len())(),
)]
fn control_flow(rows: &[u8]) -> usize {
    rows.len()
}

#[alloc_budget(max = config.limit("rows").unwrap_or_default(), max_bytes = config.limits["bytes"])]
fn fields(config: &Config) -> u32 {
    1
}

#[alloc_budget(max = "3".parse::<u8>()?, max_bytes = text.parse::<u64>()?)]
fn question_mark(text: &str) -> Result<u32, std::num::ParseIntError> {
    Ok(1)
}

#[alloc_budget(max = match text { Some(text) => text.len(), None => return 0 })]
fn early_return(text: Option<&str>) -> u32 {
    1
}

#[alloc_budget(max = vec![0_u8; n].len(), max_bytes = format!("{n}").len() * 64)]
fn allocating(n: usize) -> usize {
    n
}

#[alloc_budget(max = u64::try_from(n).unwrap_or(0), max_bytes = n.unsigned_abs(), max_peak_bytes = n as u32)]
fn signed(n: i32) -> i32 {
    n
}

#[alloc_budget(max = usize::from(on), max_bytes = u8::from(on))]
fn flags(on: bool) -> bool {
    on
}

#[alloc_budget(max = !0)]
fn everything() -> u32 {
    1
}

#[alloc_budget(max = <T as Limited>::LIMIT, max_bytes = T::limit())]
fn associated<T: Limited>() -> usize {
    T::LIMIT
}

trait Limited {
    const LIMIT: usize;
    fn limit() -> u64;
}

impl Limited for u8 {
    const LIMIT: usize = 1;
    fn limit() -> u64 {
        1
    }
}

fn main() {
    let config = Config { limits: HashMap::from([("bytes", 64)]) };
    assert_eq!(
        literals() + typed_literals() + large_literals() + arithmetic() + constants() + fields(&config),
        6
    );
    assert_eq!(arguments(1, 2, 3, 4, 5), 15);
    assert_eq!(const_generics::<u8, 2>(), [0, 0]);
    assert_eq!(method_calls(&["a", "b"]), ["a", "b"]);
    assert_eq!(control_flow(&[1, 2]), 2);
    assert_eq!(question_mark("1"), Ok(1));
    assert!(question_mark("one").is_err());
    assert_eq!((early_return(None), early_return(Some(""))), (0, 1));
    assert_eq!(allocating(100), 100);
    assert_eq!(signed(-1), -1);
    assert!(flags(true));
    assert_eq!((everything(), associated::<u8>()), (1, 1));
}

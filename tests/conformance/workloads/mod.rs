//! What both counters must agree on: a table of workloads, each with its counts.
//!
//! The counts follow from the layouts and growth policies of a 64-bit std, and are written down as
//! numbers, so that neither counter is checked against itself.

mod boxes;
mod collections;
// Hash tables are laid out in groups as wide as a vector register.
#[cfg(target_feature = "sse2")]
mod hash_tables;
mod layouts;
mod strings;
mod trees;
mod vectors;

use std::hint::black_box;

/// Allocations, bytes allocated, net blocks and net bytes.
pub(crate) type Counts = [i64; 4];

/// The input of every workload: allocated before the measurement, dropped after it.
type Words = Vec<String>;

struct Workload {
    name: &'static str,
    expected: Counts,
    run: fn(&mut Words),
}

const fn workload(name: &'static str, expected: Counts, run: fn(&mut Words)) -> Workload {
    Workload { name, expected, run }
}

const TABLES: &[&[Workload]] = &[
    boxes::TABLE,
    collections::TABLE,
    #[cfg(target_feature = "sse2")]
    hash_tables::TABLE,
    layouts::TABLE,
    strings::TABLE,
    trees::TABLE,
    vectors::TABLE,
];

/// Ten words of 53 bytes, in a vector of 240.
fn words() -> Words {
    ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet"]
        .map(String::from)
        .into()
}

/// Uses a value in a way that the optimiser cannot see through, and drops it.
fn consume<T>(value: T) {
    black_box(value);
}

/// Allocates and frees a block of so many bytes.
pub(crate) fn touch(size: usize) {
    consume(vec![7_u8; size]);
}

/// More bytes than an address space has.
pub(crate) const TOO_MANY: usize = 1 << 60;

/// Keeps a value's blocks live for good.
fn leak<T>(value: T) {
    std::mem::forget(black_box(value));
}

/// Runs every workload under a counter, and fails with the names of those that it counts
/// differently.
pub(crate) fn check(count: impl Fn(&mut dyn FnMut()) -> Counts) {
    let wrong: Vec<String> = TABLES
        .iter()
        .copied()
        .flatten()
        .filter_map(|Workload { name, expected, run }| {
            let mut words = words();
            let actual = count(&mut || run(&mut words));
            (actual != *expected).then(|| format!("\n  {name}: expected {expected:?}, actual {actual:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "[allocations, bytes, net blocks, net bytes] of{}", wrong.concat());
}

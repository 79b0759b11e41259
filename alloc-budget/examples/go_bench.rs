//! A benchmark in Go's format: `cargo run --release --example go_bench`. Tools that read the output
//! of `go test -bench=. -benchmem` read this, such as `benchstat`.
//!
//! One operation fills a buffer of 1,024 bytes: a new one each time, and one from a pool.

use std::cell::RefCell;
use std::hint::black_box;

use alloc_budget::{Benchmark, alloc_budget, bench};

const SIZE: usize = 1024;

fn fill(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.resize(SIZE, 7);
    black_box(buffer);
}

fn new_buffer() {
    fill(&mut Vec::with_capacity(SIZE));
}

thread_local!(static POOL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) });

/// The first call on a thread makes the buffer. No later one allocates.
#[alloc_budget(max = 0, warmup = 1)]
fn pooled_buffer() {
    let buffer = POOL.with_borrow_mut(Vec::pop);
    let mut buffer = buffer.unwrap_or_else(|| Vec::with_capacity(SIZE));
    fill(&mut buffer);
    POOL.with_borrow_mut(|pool| pool.push(buffer));
}

pub(crate) fn benchmarks() -> [Benchmark; 2] {
    [bench("Buffer", new_buffer), bench("PooledBuffer", pooled_buffer)]
}

fn main() {
    for benchmark in benchmarks() {
        println!("{benchmark}");
    }
}

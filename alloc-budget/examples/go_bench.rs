//! A benchmark in Go's format: `cargo run --release --example go_bench`. Tools that read the output of
//! `go test -bench=. -benchmem` read this, such as `benchstat`.
//!
//! One operation fills a buffer of 1,024 bytes: a new one each time, and one from a pool.

use std::hint::black_box;

use alloc_budget::{Benchmark, alloc_budget, bench};
use object_pool::Pool;

const SIZE: usize = 1024;

fn fill(buffer: &mut Vec<u8>) -> u8 {
    buffer.clear();
    buffer.resize(SIZE, 7);
    black_box(buffer)[0]
}

fn new_buffer() -> u8 {
    fill(&mut Vec::with_capacity(SIZE))
}

#[alloc_budget(max = 0)]
fn pooled_buffer(pool: &Pool<Vec<u8>>) -> u8 {
    fill(&mut pool.pull(|| Vec::with_capacity(SIZE)))
}

fn benchmarks() -> [Benchmark; 2] {
    let pool = Pool::new(1, || Vec::with_capacity(SIZE));
    [bench("Buffer", new_buffer), bench("PooledBuffer", || pooled_buffer(&pool))]
}

fn main() {
    for benchmark in benchmarks() {
        println!("{benchmark}");
    }
}

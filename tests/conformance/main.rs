//! alloc-budget counts what allocation-counter counts, and the truth where that one goes wrong. The
//! other side is in `oracle.rs`: two crates that install an allocator don't fit into one program.

mod workloads;

use std::hint::black_box;
use std::panic::{catch_unwind, resume_unwind};
use std::thread;

use alloc_budget::{Measurement, measure};
use workloads::{TOO_MANY, touch};

/// Opens a scope inside a scope and so on. Each holds 10 bytes while the inner ones run, and must
/// see exactly its own and theirs.
fn descend(levels: u32) {
    let ((), m) = measure(|| {
        let block = black_box(vec![7_u8; 10]);
        if levels > 1 {
            descend(levels - 1);
        }
        drop(block);
    });
    let bytes = 10 * u64::from(levels);
    assert_eq!(m.allocations, u64::from(levels));
    assert_eq!(m.deallocations, u64::from(levels));
    assert_eq!((m.bytes_allocated, m.peak_bytes, m.retained_bytes), (bytes, bytes, 0), "at level {levels}");
}

#[test]
fn counts_of_every_workload() {
    workloads::check(|run| {
        let ((), m) = measure(run);
        let (allocations, bytes) = (m.allocations.cast_signed(), m.bytes_allocated.cast_signed());
        [allocations, bytes, m.retained_blocks(), m.retained_bytes]
    });
}

#[test]
fn peak_of_a_realloc_is_the_block_in_place() {
    let ((), m) = measure(|| {
        let mut bytes = black_box(vec![7_u8; 100]);
        bytes.reserve_exact(100);
        black_box(bytes);
    });
    assert_eq!((m.allocations, m.reallocations, m.peak_bytes), (2, 1, 200));
}

#[test]
fn peak_of_sequential_scopes_is_that_of_the_highest() {
    let ((), m) = measure(|| {
        touch(500);
        let ((), first) = measure(|| touch(1000));
        let ((), second) = measure(|| touch(800));
        assert_eq!((first.peak_bytes, second.peak_bytes), (1000, 800));
    });
    assert_eq!((m.bytes_allocated, m.peak_bytes), (2300, 1000));
}

#[test]
fn panic_inside_a_scope_leaves_the_outer_one_exact() {
    let caught = |body: fn()| catch_unwind(body).unwrap_err();
    let ((), unwinding) = measure(|| drop(caught(|| resume_unwind(Box::new(())))));

    let ((), m) = measure(|| {
        touch(1000);
        drop(caught(|| measure(|| resume_unwind(Box::new(()))).0));
        touch(10);
    });
    let own = |total: fn(&Measurement) -> u64| total(&m) - total(&unwinding);
    assert_eq!((own(|m| m.allocations), own(|m| m.deallocations), own(|m| m.bytes_allocated)), (2, 2, 1010));
    assert_eq!((m.peak_bytes, m.retained_bytes), (1000, 0));
}

#[test]
fn recursion_is_exact_at_every_level() {
    let deep = thread::Builder::new().stack_size(64 << 20).spawn(|| {
        descend(70);
        descend(10_000);
    });
    deep.unwrap().join().unwrap();
}

#[test]
fn allocation_that_fails_is_none() {
    let (outcome, m) = measure(|| black_box(Vec::<u8>::new()).try_reserve_exact(TOO_MANY));
    outcome.unwrap_err();
    assert_eq!(m, Measurement::default());
}

//! What `bench` finds out about an operation, and how it says so.

use std::fmt::Write as _;
use std::hint::black_box;
use std::thread;
use std::time::Duration;

use alloc_budget::{Benchmark, Measurement, bench, measure};

/// Of so many iterations that took so many nanoseconds, 8 allocations and 20 bytes.
fn of(iterations: u64, nanoseconds: u64) -> Benchmark {
    let mut benchmark = bench("to be or not", || thread::sleep(Duration::from_millis(100)));
    (benchmark.iterations, benchmark.elapsed) = (iterations, Duration::from_nanos(nanoseconds));
    (benchmark.allocations, benchmark.bytes_allocated) = (8, 20);
    benchmark
}

#[test]
fn figures_are_means_and_counts_are_rounded_down() {
    let benchmark = of(4, 10);
    assert_eq!(benchmark.ns_per_op().to_string(), "2.5");
    let benchmark = of(3, 10);
    assert_eq!((benchmark.allocs_per_op(), benchmark.bytes_per_op()), (2, 6));
}

#[test]
fn is_written_as_go_does() {
    assert_eq!(
        of(3, 10).to_string(),
        "Benchmarkto_be_or_not    \t       3\t      3.33 ns/op\t       6 B/op\t       2 allocs/op"
    );
    for (nanoseconds, written) in
        [(299, "\t     99.67 ns/op"), (300, "\t       100 ns/op"), (1_000, "\t       333 ns/op")]
    {
        let line = of(3, nanoseconds).to_string();
        assert!(line.contains(written), "{line}");
    }
}

#[test]
fn what_it_takes_to_write_it_counts_nowhere() {
    let benchmark = of(3, 10);
    let mut line = String::with_capacity(1_000);
    let (written, m) = measure(|| write!(line, "{benchmark}"));
    assert_eq!((written, m), (Ok(()), Measurement::default()));
}

#[test]
fn a_slow_operation_runs_once() {
    let mut runs = 0;
    let benchmark = bench("slow", || {
        runs += 1;
        thread::sleep(Duration::from_millis(100));
        black_box(vec![1_u8; 5])
    });
    assert_eq!((runs, benchmark.iterations), (1, 1));
    assert_eq!((benchmark.allocations, benchmark.bytes_allocated), (1, 5));
    assert!(benchmark.elapsed >= Duration::from_millis(100));
}

#[test]
fn a_fast_operation_runs_until_the_time_is_over() {
    let mut runs = 0;
    let benchmark = bench("fast", || {
        runs += 1;
        black_box(Box::new(1_u32))
    });
    assert!(benchmark.elapsed >= Duration::from_millis(100));
    assert!(1 < benchmark.iterations && benchmark.iterations < runs, "the first runs are a warm-up");
    assert_eq!((benchmark.allocs_per_op(), benchmark.bytes_per_op()), (1, 4));
    assert_eq!(benchmark.name, "fast");
}

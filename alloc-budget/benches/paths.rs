//! What this crate's own paths take: `cargo bench -p alloc-budget --features enforce --bench
//! paths`, and, because budgets live in debug builds, the same with `--profile dev`.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use alloc_budget::{Budget, alloc_budget, exempt, measure};
use criterion::{Bencher, Criterion};

mod reference;

/// More than a benchmark uses.
const ENOUGH: u64 = 1 << 60;

fn new_box(bencher: &mut Bencher<'_>) {
    bencher.iter(|| Box::new(black_box(1_u64)));
}

fn grow(bencher: &mut Bencher<'_>) {
    bencher.iter(|| {
        let mut bytes = Vec::<u8>::with_capacity(black_box(16));
        bytes.reserve_exact(black_box(32));
        bytes
    });
}

#[alloc_budget(
    max = ENOUGH,
    max_bytes = ENOUGH,
    max_peak_bytes = ENOUGH,
    max_retained_bytes = ENOUGH,
    max_reallocs = ENOUGH,
    max_deallocs = ENOUGH
)]
fn limited(bencher: &mut Bencher<'_>) {
    new_box(bencher);
}

#[alloc_budget(max = ENOUGH, max_peak_bytes = ENOUGH)]
fn deep(depth: u32, bencher: &mut Bencher<'_>) {
    if depth == 0 { new_box(bencher) } else { deep(depth - 1, bencher) }
}

fn allocations(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("allocation");
    group.bench_function("box", new_box);
    group.bench_function("realloc", grow);
    group.bench_function("box, in a scope with all limits", limited);
    group.bench_function("box, in 1000 scopes", |bencher| deep(1000, bencher));
}

#[alloc_budget(max = 0)]
fn max(i: u64) -> u64 {
    black_box(i)
}

#[alloc_budget(max = 0, max_peak_bytes = 0)]
fn max_and_peak(i: u64) -> u64 {
    black_box(i)
}

#[alloc_budget(
    max = 0,
    max_bytes = 0,
    max_peak_bytes = 0,
    max_retained_bytes = 0,
    max_reallocs = 0,
    max_deallocs = 0
)]
fn all_limits(i: u64) -> u64 {
    black_box(i)
}

#[alloc_budget(measure)]
fn measured(i: u64) -> u64 {
    black_box(i)
}

#[alloc_budget(max = 0, warmup = 1)]
fn warm(i: u64) -> u64 {
    black_box(i)
}

#[alloc_budget(max = 1)]
fn boxed(i: u64) -> Box<u64> {
    Box::new(black_box(i))
}

#[alloc_budget(max = 0)]
fn nested(depth: u32) {
    if black_box(depth) > 1 {
        nested(depth - 1);
    }
}

fn scopes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scope");
    group.bench_function("max", |bencher| bencher.iter(|| max(1)));
    group.bench_function("max and a peak", |bencher| bencher.iter(|| max_and_peak(1)));
    group.bench_function("all limits", |bencher| bencher.iter(|| all_limits(1)));
    group.bench_function("attribute `measure`", |bencher| bencher.iter(|| measured(1)));
    group.bench_function("warm-up", |bencher| bencher.iter(|| warm(1)));
    group.bench_function("with a box", |bencher| bencher.iter(|| boxed(1)));
    group.bench_function("32 nested", |bencher| bencher.iter(|| nested(32)));
    group.bench_function("max, by the smallest guard", |bencher| bencher.iter(|| reference::max(1)));
    group.bench_function("with a box, by the smallest guard", |bencher| bencher.iter(|| reference::boxed(1)));
    group
        .bench_function("32 nested, by the smallest guard", |bencher| bencher.iter(|| reference::nested(32)));
    group.bench_function("closure, `measure`", |bencher| bencher.iter(|| measure(|| black_box(1))));
    let budget = Budget::new().max(0);
    group.bench_function("closure, `check`", |bencher| bencher.iter(|| budget.check(|| black_box(1))));
    group.bench_function("exempt", |bencher| bencher.iter(|| exempt(|| black_box(1))));
}

fn polls(criterion: &mut Criterion) {
    #[alloc_budget(max = 0)]
    async fn forever() {
        std::future::poll_fn(|_| Poll::<()>::Pending).await;
    }

    criterion.bench_function("poll of a budgeted future", |bencher| {
        let mut future = pin!(forever());
        let mut context = Context::from_waker(Waker::noop());
        bencher.iter(|| future.as_mut().poll(&mut context));
    });
}

#[inline(never)]
fn at_depth(depth: u32, f: &mut dyn FnMut()) {
    if depth == 0 {
        f();
    } else {
        at_depth(black_box(depth - 1), f);
    }
    // Not a tail call.
    black_box(depth);
}

fn overages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("past a limit");
    for depth in [0, 30] {
        group.bench_function(format!("stack captured {depth} calls deep"), |bencher| {
            at_depth(depth, &mut || {
                let overage = Budget::new().max(0).check(|| {
                    drop(black_box(Box::new(1)));
                    new_box(bencher);
                });
                assert!(overage.is_err(), "every box is past the limit");
            });
        });
    }
    let budget = Budget::new().max(0);
    group.bench_function("overage of a box", |bencher| {
        bencher.iter(|| budget.check(|| Box::new(black_box(1))).expect_err("a box is an allocation"));
    });
    let overage = budget.check(|| Box::new(1)).expect_err("a box is an allocation");
    group.bench_function("report of it", |bencher| bencher.iter(|| overage.to_string()));
}

fn main() {
    let (warm_up, measurement) = (Duration::from_millis(200), Duration::from_millis(500));
    let criterion = Criterion::default().sample_size(30).without_plots();
    let mut criterion = criterion.warm_up_time(warm_up).measurement_time(measurement).configure_from_args();
    allocations(&mut criterion);
    scopes(&mut criterion);
    polls(&mut criterion);
    overages(&mut criterion);
    criterion.final_summary();
}

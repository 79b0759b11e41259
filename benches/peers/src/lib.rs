//! What every program of the comparison does: the same workloads, each over another allocator.

pub mod workloads;

use std::time::{Duration, Instant};

use workloads::{ALL, Workload};

/// An allocator's crate, as far as the comparison needs to know it.
pub trait Peer {
    /// Whether `scope` does anything.
    const HAS_SCOPE: bool = true;
    /// Whether an allocation in `scope` would end the program.
    const DENIES: bool = false;

    /// Measures what `f` allocates, in the crate's own way.
    fn scope<T>(f: impl FnOnce() -> T) -> T;

    /// What all workloads run in, on each of their threads.
    fn around<T>(f: impl FnOnce() -> T) -> T {
        f()
    }
}

/// For how long a workload is repeated in one round.
const ROUND: Duration = Duration::from_millis(20);

/// Runs the workloads that the command line names, and prints the lowest time of each, in
/// nanoseconds per operation.
pub fn run<P: Peer>() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for workload in ALL.iter().filter(|workload| wanted.iter().any(|name| name == workload.name)) {
        if let Some(ns) = measure::<P>(workload) {
            println!("{}\t{ns}", workload.name);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a time is not that exact")]
fn measure<P: Peer>(workload: &Workload) -> Option<f64> {
    if (workload.needs_scope && !P::HAS_SCOPE) || (workload.allocates_in_scope && P::DENIES) {
        return None;
    }
    let run = workload.run::<P>();
    let begin = Instant::now();
    let mut lowest = run();
    while begin.elapsed() < ROUND {
        lowest = lowest.min(run());
    }
    Some(lowest.as_nanos() as f64 / workload.operations as f64)
}

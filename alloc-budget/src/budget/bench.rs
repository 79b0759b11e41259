//! A benchmark in the format of Go's: time, bytes and allocations of one operation.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::budget::measure::measure;
use crate::scope::exempt::quietly;
use crate::scope::uncounted::Uncounted;

/// How long a benchmark runs.
const RUN: Duration = Duration::from_millis(100);
const MOST_ITERATIONS: u64 = 1_000_000_000;

/// What an operation costs: the result of [`bench()`].
///
/// `Display` writes it as `go test -bench=. -benchmem` does. Tools like `benchstat` read that.
///
/// ```
/// let benchmark = alloc_budget::bench("Concat", || ["to be", "or not"].concat());
///
/// assert_eq!((benchmark.allocs_per_op(), benchmark.bytes_per_op()), (1, 11));
/// println!("{benchmark}");
/// ```
///
/// ```text
/// BenchmarkConcat           2971041      39.33 ns/op        11 B/op         1 allocs/op
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Benchmark {
    /// What was benchmarked, without Go's prefix `Benchmark`.
    pub name: String,
    /// How often the operation ran.
    pub iterations: u64,
    /// How long all runs took together, counting included.
    pub elapsed: Duration,
    /// What all runs allocated together. Unit: blocks.
    pub allocations: u64,
    /// The bytes that all runs allocated together.
    pub bytes_allocated: u64,
}

impl Benchmark {
    /// Nanoseconds that one operation took: a mean.
    #[expect(clippy::cast_precision_loss, reason = "a mean of times is not that exact")]
    pub fn ns_per_op(&self) -> f64 {
        self.elapsed.as_nanos() as f64 / self.iterations as f64
    }

    /// Bytes that one operation allocated: a mean, rounded down as in Go.
    pub fn bytes_per_op(&self) -> u64 {
        self.bytes_allocated / self.iterations
    }

    /// Allocations of one operation: a mean, rounded down as in Go.
    pub fn allocs_per_op(&self) -> u64 {
        self.allocations / self.iterations
    }
}

impl fmt::Display for Benchmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A blank would end the name.
        let name = quietly(|| Uncounted::new(self.name.split_whitespace().collect::<Vec<_>>().join("_")));
        let name = &**name;
        let ns = self.ns_per_op();
        let decimals = if ns < 100.0 { 2 } else { 0 };
        write!(f, "Benchmark{name:<16}\t{:>8}\t{ns:>10.decimals$} ns/op", self.iterations)?;
        write!(f, "\t{:>8} B/op\t{:>8} allocs/op", self.bytes_per_op(), self.allocs_per_op())
    }
}

/// Runs `operation` again and again for a tenth of a second, as Go does with a benchmark, and
/// returns what it cost.
///
/// ```
/// let benchmark = alloc_budget::bench("Box", || Box::new(7_u64));
/// assert_eq!((benchmark.allocs_per_op(), benchmark.bytes_per_op()), (1, 8));
/// ```
///
/// - **Warm-up.** The first run is not in the figures, unless it takes the whole time alone. A pool
///   that it fills or a buffer that it grows doesn't count.
/// - **Drops.** What `operation` returns is dropped within the time.
/// - **Builds.** Counts are exact in every build. For times, run with `--release`, and use them for
///   comparison only: counting itself takes a few instructions.
///
/// # Panics
/// If no counting allocator is installed (see [`is_installed`](crate::is_installed)), or if
/// `operation` panics.
#[track_caller]
pub fn bench<T>(name: &str, mut operation: impl FnMut() -> T) -> Benchmark {
    let mut iterations = 1;
    loop {
        let start = Instant::now();
        let ((), total) = measure(|| (0..iterations).for_each(|_| drop(black_box(operation()))));
        let elapsed = start.elapsed();
        if elapsed >= RUN || iterations >= MOST_ITERATIONS {
            let (allocations, bytes_allocated) = (total.allocations, total.bytes_allocated);
            return Benchmark { name: name.to_owned(), iterations, elapsed, allocations, bytes_allocated };
        }
        iterations = next(iterations, elapsed);
    }
}

/// How many iterations should take the time, going by how long fewer of them took; not too many
/// more at once, since the first ones may have been slow or fast by chance.
fn next(iterations: u64, elapsed: Duration) -> u64 {
    let wanted = RUN.as_nanos() * u128::from(iterations) * 6 / 5 / elapsed.as_nanos().max(1);
    let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
    wanted.clamp(iterations + 1, 100 * iterations).min(MOST_ITERATIONS)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::next;

    #[test]
    fn as_many_iterations_follow_as_should_take_the_time() {
        for (iterations, nanoseconds, expected) in [
            (10, 50_000_000, 24),
            (10, 1_000_000_000, 11),
            (10, 1, 1_000),
            (10, 0, 1_000),
            (900_000_000, 60_000_000, 1_000_000_000),
        ] {
            let elapsed = Duration::from_nanos(nanoseconds);
            assert_eq!(next(iterations, elapsed), expected, "after {iterations} in {elapsed:?}");
        }
    }
}

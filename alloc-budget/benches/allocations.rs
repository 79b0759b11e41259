//! Criterion, measuring allocations and bytes instead of time: `cargo bench --bench allocations`.
//!
//! To be copied: a benchmark of your own takes [`Count`], and passes it to `with_measurement`.

use std::hint::black_box;
use std::time::Duration;

use alloc_budget::Totals;
use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{Criterion, Throughput};

/// What the benchmark's thread allocates in an iteration.
#[derive(Clone, Copy)]
enum Count {
    Allocations,
    Bytes,
}

impl Count {
    fn unit(self) -> &'static str {
        match self {
            Self::Allocations => "allocations",
            Self::Bytes => "bytes",
        }
    }
}

impl Measurement for Count {
    type Intermediate = u64;
    type Value = u64;

    fn start(&self) -> u64 {
        let totals = Totals::now();
        match self {
            Self::Allocations => totals.allocations,
            Self::Bytes => totals.bytes_allocated,
        }
    }

    fn end(&self, start: u64) -> u64 {
        self.start() - start
    }

    fn add(&self, a: &u64, b: &u64) -> u64 {
        a + b
    }

    fn zero(&self) -> u64 {
        0
    }

    /// Criterion refuses a measurement of zero, which for us is the best there is: so zero is the
    /// smallest number above it. (It never calls a change from zero a regression. That is what
    /// budgets are for.)
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are below 2^53")]
    fn to_f64(&self, value: &u64) -> f64 {
        *value as f64 + f64::from_bits(1)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for Count {
    fn scale_values(&self, _typical: f64, _values: &mut [f64]) -> &'static str {
        self.unit()
    }

    /// The count as it is: a rate of allocations per second would say nothing.
    fn scale_throughputs(
        &self,
        _typical: f64,
        _throughput: &Throughput,
        _values: &mut [f64],
    ) -> &'static str {
        self.unit()
    }

    fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
        self.unit()
    }
}

fn fresh(input: &[u8]) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(1024);
    buffer.extend_from_slice(input);
    buffer
}

fn kept(buffer: &mut Vec<u8>, input: &[u8]) {
    buffer.clear();
    buffer.extend_from_slice(input);
}

fn main() {
    for count in [Count::Allocations, Count::Bytes] {
        // Counts don't vary: the fewest samples will do.
        let criterion = Criterion::default().sample_size(10).without_plots();
        let criterion =
            criterion.warm_up_time(Duration::from_millis(50)).measurement_time(Duration::from_millis(50));
        let mut criterion = criterion.with_measurement(count).configure_from_args();

        let input = black_box([7; 1024].as_slice());
        let mut group = criterion.benchmark_group(count.unit());
        group.bench_function("fresh buffer", |b| b.iter(|| fresh(input)));
        let mut buffer = Vec::new();
        group.bench_function("kept buffer", |b| b.iter(|| kept(&mut buffer, input)));
    }
}

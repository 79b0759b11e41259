//! Nobody knows the peak of all threads.
use alloc_budget::Budget;

const BUDGET: Budget = Budget::new().max_peak_bytes(1_000).all_threads();

fn main() {
    BUDGET.enforce(|| ());
}

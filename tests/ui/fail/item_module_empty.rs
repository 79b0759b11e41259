//! Nothing that could have a budget.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
pub mod constants {
    pub const LIMIT: usize = 3;

    pub const fn limit() -> usize {
        LIMIT
    }
}

fn main() {
    assert_eq!(constants::limit(), 3);
}

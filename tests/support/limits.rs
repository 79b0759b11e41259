//! A limit that is a value.

use alloc_budget::{Budget, Limit};

/// The budget with one limit more.
pub fn limited(budget: Budget, limit: Limit, allowed: u64) -> Budget {
    match limit {
        Limit::Allocations => budget.max(allowed),
        Limit::Bytes => budget.max_bytes(allowed),
        Limit::PeakBytes => budget.max_peak_bytes(allowed),
        Limit::RetainedBytes => budget.max_retained_bytes(allowed),
        Limit::Reallocations => budget.max_reallocs(allowed),
        Limit::Deallocations => budget.max_deallocs(allowed),
        Limit::BlockBytes => budget.max_block_bytes(allowed),
        Limit::SurvivingBytes => budget.max_surviving_bytes(allowed),
        _ => panic!("no budget for {limit:?}"),
    }
}

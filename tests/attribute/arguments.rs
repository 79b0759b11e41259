//! By-value arguments are the caller's to the end: they are dropped after the budget has ended, as
//! they are dropped after every local of the body.

use alloc_budget::alloc_budget;
use support::{Block, block, block_on, panic_of};

#[alloc_budget(max_deallocs = 0)]
#[expect(clippy::needless_pass_by_value, reason = "it is what this is about")]
fn look(message: Block) -> usize {
    message.len()
}

#[alloc_budget(max_deallocs = 0, max_retained_bytes = 0)]
fn take(message: Block) -> usize {
    let message: Block = message;
    message.len()
}

#[alloc_budget(max_deallocs = 0)]
async fn look_later(message: Block) -> usize {
    support::pause().await;
    message.len()
}

#[alloc_budget(max_deallocs = 0)]
async fn take_later(message: Block) -> usize {
    let message: Block = message;
    support::pause().await;
    message.len()
}

#[test]
fn are_freed_past_the_end_of_the_budget() {
    assert_eq!(look(block(10)), 0);
    assert_eq!(block_on(look_later(block(10))), 0);
}

/// What the attribute's page says: this makes them the body's.
#[test]
fn are_freed_in_the_budget_where_the_body_takes_them() {
    for take in [take, |message| block_on(take_later(message))] {
        let (_, message) = panic_of(|| take(block(10)));
        assert!(message.contains("deallocations   1 of 0"), "{message}");
        assert!(message.contains("arguments.rs:"), "{message}");
    }
}

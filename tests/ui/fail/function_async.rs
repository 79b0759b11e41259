//! Not yet.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
async fn decode() {}

fn main() {
    drop(decode());
}

//! A number is never an error, ready or not.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_err = skip)]
async fn decode() -> u8 {
    1
}

fn main() {
    drop(decode());
}

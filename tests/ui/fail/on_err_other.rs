//! Only `skip` can be done.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0, on_err = warn)]
fn decode() -> Option<u8> {
    Some(1)
}

fn main() {
    decode();
}

//! What `?` leaves has no value.
use alloc_budget::budget;

fn main() {
    let _ = budget!(max = 0, on_err = skip, { Some(1) });
}

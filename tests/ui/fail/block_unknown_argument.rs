//! The grammar is the attribute's.
use alloc_budget::budget;

fn main() {
    budget!(max_byte = 0, { drop(vec![0]) });
}

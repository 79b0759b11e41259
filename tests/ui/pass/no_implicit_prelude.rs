//! Without a prelude there are only full paths.
#![no_implicit_prelude]

use ::alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn literal() -> u32 {
    1
}

#[alloc_budget(max = rows.len(), max_bytes = 64_usize * rows.len(), warmup = 1_u8, name = "typed")]
fn typed(rows: &[u8]) -> usize {
    rows.len()
}

#[alloc_budget(max = 0, on_overage = warn)]
fn warning() -> u32 {
    1
}

#[alloc_budget(measure)]
fn measured() -> ::std::vec::Vec<u32> {
    ::std::vec![1]
}

fn main() {
    ::std::assert_eq!((literal(), typed(&[1]), warning()), (1, 1, 1));
    ::std::assert_eq!(measured().len(), 1);
    ::std::assert_eq!(::alloc_budget::records()[0].highest.allocations, 1);
}

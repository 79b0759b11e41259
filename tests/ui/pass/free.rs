//! Free functions, the attribute's path written in every way, and `main` itself.
use alloc_budget::alloc_budget;
use alloc_budget::alloc_budget as budget;

#[alloc_budget(max = 1)]
fn imported() -> Vec<u8> {
    vec![1]
}

#[budget(max = 1)]
fn renamed() -> Vec<u8> {
    vec![1]
}

#[alloc_budget::alloc_budget(max = 1)]
fn by_path() -> Vec<u8> {
    vec![1]
}

#[::alloc_budget::alloc_budget { max = 1, }]
fn in_braces() -> Vec<u8> {
    vec![1]
}

#[alloc_budget[max = 0]]
fn exceeded() -> Vec<u8> {
    vec![1]
}

#[alloc_budget(
    max = 1,
    max_bytes = 1,
    max_peak_bytes = 1,
    max_retained_bytes = 1,
    max_reallocs = 0,
    max_deallocs = 0,
    warmup = 0,
    on_overage = panic,
    name = "everything",
    crate = ::alloc_budget,
)]
fn everything() -> Vec<u8> {
    vec![1]
}

#[alloc_budget(max = 1)]
#[alloc_budget(max_bytes = 1, name = "another")]
fn twice() -> Vec<u8> {
    vec![1]
}

#[alloc_budget(measure)]
fn main() {
    for function in [imported, renamed, by_path, in_braces, everything, twice] {
        assert_eq!(function(), [1]);
    }
    std::panic::set_hook(Box::new(|_| ()));
    assert!(std::panic::catch_unwind(exceeded).is_err());
}

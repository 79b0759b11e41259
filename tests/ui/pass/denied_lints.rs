//! The expansion trips no lint.
#![deny(warnings)]
#![deny(future_incompatible, keyword_idents, let_underscore, nonstandard_style, refining_impl_trait)]
#![deny(rust_2018_idioms, rust_2021_compatibility, rust_2024_compatibility, unused)]
#![deny(
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_code,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]

use alloc_budget::alloc_budget;

/// The expression is all that uses it.
const ROWS: usize = 4;

#[alloc_budget(max = 0)]
fn literal() -> u32 {
    1
}

#[alloc_budget(max = ROWS, max_bytes = ROWS * 64, max_peak_bytes = 64_u8, warmup = ROWS)]
fn typed() -> u32 {
    1
}

#[alloc_budget(max = rows.len())]
fn only_the_budget_uses_it(rows: &[u8]) -> u32 {
    1
}

#[alloc_budget(max = 0, on_overage = warn, name = "labelled")]
fn labelled() -> u32 {
    1
}

#[alloc_budget(measure)]
fn measured() -> u32 {
    1
}

#[alloc_budget(max = 0)]
fn generic<T: Copy>(value: &T) -> T {
    *value
}

#[alloc_budget(measure)]
fn unfinished(is_never: bool) -> impl Sized {
    if is_never {
        return 1;
    }
    unreachable!()
}

#[alloc_budget(max = 0)]
async fn awaits(number: std::future::Ready<u32>) -> u32 {
    number.await
}

/// Documented.
#[derive(Debug, Clone, Copy)]
pub struct Unit;

impl Unit {
    /// Documented.
    #[alloc_budget(max = 0)]
    #[must_use]
    pub fn value(&self) -> u32 {
        1
    }
}

impl Default for Unit {
    #[alloc_budget(max = 0)]
    fn default() -> Self {
        Self
    }
}

fn main() {
    let sum = literal() + typed() + only_the_budget_uses_it(&[]) + labelled() + measured() + generic(&1);
    assert_eq!(sum + Unit::default().value(), 7);
    drop((unfinished(true), awaits(std::future::ready(1))));
}

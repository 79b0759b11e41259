//! How the program allocates, and whether that can be told from other code.

use crate::debug::Inlined;
use crate::functions::Functions;
use crate::proof::{Allocator, Options};

/// The standard library's allocator ends in `malloc` and its like, wherever it was inlined. One of the program's own may be
/// a few instructions on memory of its own: if those are inlined, nothing tells them from others.
pub(crate) fn allocator(functions: &Functions, inlined: Inlined, options: &Options) -> Allocator {
    let has = |prefix: &str| {
        functions.all().iter().any(|function| {
            let is_it = |name: &String| name.strip_prefix("__rustc::").unwrap_or(name).starts_with(prefix);
            function.paths.iter().chain(&function.symbols).any(is_it)
        })
    };
    let is_rust = functions.all().iter().any(|function| !function.paths.is_empty());
    let has_own = has("__rg_") || inlined.names_own;
    if !is_rust || (!has_own && (has("__rdl_") || inlined.of_rust)) {
        return Allocator::OfTheSystem;
    }
    if !options.allocator_code.is_empty()
        || (has_own && has("__rust_alloc") && has("__rg_alloc") && !inlined.own && inlined.has_any)
    {
        return Allocator::OfItsOwn;
    }
    Allocator::OutOfSight(
        if has_own {
            "the program's own allocator was inlined, and can't be told from other code"
        } else {
            "no trace of the program's allocator is left"
        }
        .to_owned(),
    )
}

//! How the program allocates, and whether that can be told from other code.

use crate::debug::Allocators;
use crate::functions::Function;
use crate::program::Program;
use crate::proof::{Allocator, Options};

/// The standard library's allocator ends in `malloc` and its like, wherever it was inlined. One of
/// the program's own may be a few instructions on memory of its own: if those are inlined, nothing
/// tells them from others. So each way through it must call a function that is known by its name,
/// or the caller must know where its code is.
pub(crate) fn allocator(program: &Program<'_>, debug: Allocators, options: &Options) -> Allocator {
    let named = |sets: &[&str]| -> Vec<(String, &Function)> {
        let mut found = Vec::new();
        for function in program.functions.all() {
            for name in function.paths.iter().chain(&function.symbols) {
                let name = name.strip_prefix("__rustc::").unwrap_or(name);
                let method = sets.iter().find_map(|set| name.strip_prefix(set));
                if let Some(method) = method.filter(|method| METHODS.contains(method)) {
                    found.push((method.to_owned(), function));
                }
            }
        }
        found
    };
    let is_rust = program.functions.all().iter().any(|function| !function.paths.is_empty());
    if !is_rust {
        return Allocator::OfTheSystem;
    }
    if !options.allocator_code.is_empty() {
        return Allocator::OfItsOwn;
    }
    let own = named(&["__rg_"]);
    let is_default =
        own.is_empty() && !debug.own && (!named(&["__rdl_"]).is_empty() || debug.inlines_default);
    // What everybody calls, and what that was made of before some version of the compiler.
    let ways = named(&["__rust_", "__rg_"]);
    let is_seen = ways.iter().all(|(_, function)| !program.may_pass_allocators(function.range.start));
    let is_there = |method: &str| ways.iter().any(|(known, _)| known == method);
    match (is_default, is_seen) {
        (true, true) => Allocator::OfTheSystem,
        (false, true) if METHODS.iter().all(|method| is_there(method)) => Allocator::OfItsOwn,
        _ => Allocator::OutOfSight(
            "the program's allocator may be inlined, and can't be told from other code then".to_owned(),
        ),
    }
}

/// The functions of an allocator, behind what stands for whose it is.
const METHODS: [&str; 4] = ["alloc", "alloc_zeroed", "realloc", "dealloc"];

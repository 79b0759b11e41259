//! Functions of the file that are not followed, because their names say what they do.

use std::collections::HashMap;

use crate::externals::{self, Class};
use crate::functions::{Function, Functions};
use crate::image::Address;

/// What a function of the file is for, where proofs need to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Allocates,
    Frees,
    Reallocates,
    /// A panic begins here.
    Panics,
    /// A collection takes more room.
    Grows,
    /// Something is made ready when it is first used.
    FirstUse,
    /// What it returns is run in its place.
    Chooses,
}

/// The functions that have a role, by where they begin.
#[derive(Debug)]
pub(crate) struct Roles(HashMap<Address, Role>);

impl Roles {
    pub(crate) fn of(functions: &Functions) -> Self {
        let with_role =
            functions.all().iter().filter_map(|function| Some((function.range.start, role(function)?)));
        Self(with_role.collect())
    }

    pub(crate) fn at(&self, address: Address) -> Option<Role> {
        self.0.get(&address).copied()
    }
}

fn role(function: &Function) -> Option<Role> {
    if function.is_indirect {
        return Some(Role::Chooses);
    }
    // Where equal code was put together under several names, the worst counts.
    let by_path = || function.paths.iter().find_map(|path| of_path(path));
    let by_symbol = || function.symbols.iter().find_map(|symbol| of_symbol(symbol));
    by_symbol().or_else(by_path)
}

/// Of what the program's allocator is called by, and what C and C++ call theirs.
fn of_symbol(symbol: &str) -> Option<Role> {
    match externals::by_name(symbol) {
        Some(Class::Allocates) => return Some(Role::Allocates),
        Some(Class::Frees) => return Some(Role::Frees),
        Some(Class::Reallocates) => return Some(Role::Reallocates),
        _ => {}
    }
    let is_of_allocator =
        ["mi_", "_mi_", "_rjem_", "je_", "rpmalloc", "rpcalloc", "rprealloc", "rpfree", "sn_", "scalable_"]
            .iter()
            .any(|prefix| symbol.starts_with(prefix));
    let of_other = is_of_allocator.then_some(symbol).and_then(|symbol| {
        if symbol.contains("realloc") {
            Some(Role::Reallocates)
        } else if symbol.contains("free") || symbol.contains("dalloc") {
            Some(Role::Frees)
        } else if symbol.contains("alloc") {
            Some(Role::Allocates)
        } else {
            None
        }
    });
    of_other.or_else(|| of_allocator(symbol))
}

fn of_allocator(name: &str) -> Option<Role> {
    match name.strip_prefix("__rust_").or(name.strip_prefix("__rdl_")).or(name.strip_prefix("__rg_"))? {
        "alloc" | "alloc_zeroed" => Some(Role::Allocates),
        "realloc" => Some(Role::Reallocates),
        "dealloc" => Some(Role::Frees),
        _ => None,
    }
}

fn of_path(path: &str) -> Option<Role> {
    if let Some(name) = path.strip_prefix("__rustc::") {
        return match name {
            "rust_begin_unwind" | "rust_panic" | "__rust_start_panic" | "__rust_alloc_error_handler" => {
                Some(Role::Panics)
            }
            _ => of_allocator(name),
        };
    }
    if let Some((_, method)) = path.rsplit_once(" as core::alloc::global::GlobalAlloc>::") {
        return of_allocator(&format!("__rg_{method}"));
    }
    // With generic arguments or without.
    let bare = bare(path);
    if PANICS.contains(&bare.as_str()) {
        return Some(Role::Panics);
    }
    if GROWS.contains(&bare.as_str()) {
        return Some(Role::Grows);
    }
    FIRST_USE.contains(&bare.as_str()).then_some(Role::FirstUse)
}

/// A path without generic arguments: `alloc::raw_vec::RawVecInner::grow_one`.
pub(crate) fn bare(path: &str) -> String {
    // `<Type>::method`, as newer compilers have it.
    if let Some((own, method)) = path.strip_prefix('<').and_then(|rest| rest.rsplit_once(">::")) {
        let is_one = own.chars().try_fold(0_i32, |depth, letter| match letter {
            '<' => Some(depth + 1),
            '>' => (depth > 0).then_some(depth - 1),
            _ => Some(depth),
        });
        if is_one == Some(0) && !own.contains(" as ") {
            return format!("{}::{}", bare(own), bare(method));
        }
    }
    let (mut depth, mut bare) = (0_u32, String::new());
    let mut before = ' ';
    for character in path.chars() {
        match character {
            '<' => depth += 1,
            // No bracket, but a function's type.
            '>' if before == '-' => {}
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(character),
            _ => {}
        }
        before = character;
    }
    bare.replace("::::", "::").trim_end_matches("::").to_owned()
}

const PANICS: [&str; 13] = [
    "core::panicking::panic_fmt",
    "core::panicking::panic_nounwind_fmt",
    "core::panicking::panic_nounwind",
    "core::panicking::panic_nounwind_nobacktrace",
    "core::panicking::panic",
    "core::panicking::panic_cannot_unwind",
    "core::panicking::panic_in_cleanup",
    "std::panicking::begin_panic",
    "std::panicking::panic_with_hook",
    "std::panicking::rust_panic_without_hook",
    "std::panicking::resume_unwind",
    "alloc::alloc::handle_alloc_error",
    "std::alloc::rust_oom",
];

const GROWS: [&str; 8] = [
    "alloc::raw_vec::RawVec::grow_one",
    "alloc::raw_vec::RawVecInner::grow_one",
    "alloc::raw_vec::RawVecInner::grow_amortized",
    "alloc::raw_vec::RawVecInner::grow_exact",
    "alloc::raw_vec::RawVecInner::reserve::do_reserve_and_handle",
    "alloc::raw_vec::RawVec::reserve::do_reserve_and_handle",
    "alloc::collections::vec_deque::VecDeque::grow",
    "hashbrown::raw::RawTable::reserve_rehash",
];

const FIRST_USE: [&str; 2] = [
    "std::sys::thread_local::destructors::linux_like::register",
    "std::sys::thread_local::destructors::list::register",
];

#[cfg(test)]
mod tests {
    use super::{Role, bare, of_path, of_symbol};

    #[test]
    fn paths_lose_their_generic_arguments() {
        assert_eq!(bare("alloc::raw_vec::RawVec<T,A>::grow_one"), "alloc::raw_vec::RawVec::grow_one");
        assert_eq!(bare("a::b::<fn(u8) -> u8>::c"), "a::b::c");
        assert_eq!(bare("<alloc::raw_vec::RawVec<u8>>::grow_one"), "alloc::raw_vec::RawVec::grow_one");
        assert_eq!(bare("std::panicking::begin_panic::<&str>"), "std::panicking::begin_panic");
        assert_eq!(bare("<a::B as c::D>::e"), "::e");
    }

    #[test]
    fn only_paths_that_a_compiler_has_made_have_roles_of_rust() {
        assert_eq!(of_path("core::panicking::panic_fmt"), Some(Role::Panics));
        assert_eq!(of_symbol("core::panicking::panic_fmt"), None);
        assert_eq!(of_path("mine::core::panicking::panic_fmt"), None);
    }

    #[test]
    fn allocators_are_known_by_what_calls_them() {
        assert_eq!(of_symbol("__rust_alloc_zeroed"), Some(Role::Allocates));
        assert_eq!(of_path("__rustc::__rdl_realloc"), Some(Role::Reallocates));
        assert_eq!(
            of_path("<std::alloc::System as core::alloc::global::GlobalAlloc>::dealloc"),
            Some(Role::Frees)
        );
        assert_eq!(of_symbol("mi_heap_malloc_small"), Some(Role::Allocates));
    }
}

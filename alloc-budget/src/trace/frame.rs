//! A function on a stack, and whose code it is.

use std::path::{Path, PathBuf};

use crate::trace::names;
use crate::trace::paths;

/// One function on a stack; several for one address where functions were inlined.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) function: String,
    pub(super) file: Option<PathBuf>,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Whose code it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// This crate, the global allocator's entry points.
    Machinery,
    /// std, what runs `main` and the tests, and C.
    Standard,
    /// A crate from a registry or a git repository.
    Dependency,
    User,
}

impl Frame {
    /// `own_crate` is the crate of the function that has the budget.
    pub(super) fn owner(&self, own_crate: Option<&str>) -> Owner {
        if self.is_machinery() {
            return Owner::Machinery;
        }
        // With line tables only, names have no crate.
        let krate = names::krate(&self.function);
        let is_own = |krate: &str| Some(krate) == own_crate;
        if krate.is_some_and(is_own) {
            // Also what a macro of a dependency has made of it.
            return Owner::User;
        }
        let Some(file) = self.file.as_deref() else { return self.owner_by_name(own_crate) };
        let is_generated_elsewhere = |file| {
            let package = paths::generated(file).map(|(package, _)| package);
            own_crate.is_some() && package.is_some_and(|package| !is_own(&package))
        };
        let is_rust = file.extension().is_some_and(|extension| extension == "rs");
        if paths::is_standard(file) || !is_rust {
            Owner::Standard
        } else if paths::in_package_store(file).is_some() || is_generated_elsewhere(file) {
            Owner::Dependency
        } else {
            Owner::User
        }
    }

    /// Whether it is this crate's, or an entry point of the allocator.
    pub(super) fn is_machinery(&self) -> bool {
        let is_ours = |krate: &str| matches!(krate, "alloc_budget" | "backtrace");
        let of_type = names::krate(self.function.trim_start_matches('<'));
        of_type.is_some_and(is_ours)
            || names::trait_crate(&self.function).is_some_and(is_ours)
            || self.is_entry_point()
            || self.file.as_deref().is_some_and(paths::is_own_source)
    }

    /// Without debug information.
    fn owner_by_name(&self, own_crate: Option<&str>) -> Owner {
        let of_type = names::krate(self.function.trim_start_matches('<'));
        match of_type.or_else(|| names::trait_crate(&self.function)) {
            // The C start-up code, a method of a primitive type, or stripped.
            None => Owner::Standard,
            Some(krate) if STANDARD_CRATES.contains(&krate) => Owner::Standard,
            Some(krate) if own_crate.is_some_and(|own| own != krate) => Owner::Dependency,
            _ => Owner::User,
        }
    }

    /// Whether it is a part of the allocator, the program's own included: what asks for a block is
    /// further out.
    pub(super) fn is_allocator(&self) -> bool {
        self.is_entry_point() || self.function.contains(" as core::alloc::global::GlobalAlloc>::")
    }

    fn is_entry_point(&self) -> bool {
        const ENTRY_POINTS: [&str; 6] =
            ["__rust_alloc", "__rust_dealloc", "__rust_realloc", "__rust_no_alloc", "__rg_", "__rdl_"];
        let method = self.function.rsplit("::").next().unwrap_or_default();
        ENTRY_POINTS.iter().any(|start| method.starts_with(start))
    }

    /// Whether it is neither this crate's, nor std's.
    pub(super) fn is_outside(&self, own_crate: Option<&str>) -> bool {
        matches!(self.owner(own_crate), Owner::User | Owner::Dependency)
    }

    /// Tells functions apart.
    pub(super) fn id(&self) -> (&str, Option<&Path>) {
        (&self.function, self.file.as_deref())
    }

    /// Whether what is further out runs threads and `main`.
    pub(super) fn is_start(&self) -> bool {
        self.function.contains("__rust_begin_short_backtrace")
    }

    /// The file, where it is one of the user's.
    pub(super) fn users_file(&self) -> Option<&Path> {
        self.file.as_deref().filter(|file| paths::is_users(file))
    }
}

/// The standard library, and what it is built with.
const STANDARD_CRATES: [&str; 13] = [
    "std",
    "core",
    "alloc",
    "test",
    "addr2line",
    "adler2",
    "gimli",
    "hashbrown",
    "memchr",
    "miniz_oxide",
    "object",
    "rustc_demangle",
    "__rustc",
];

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Frame, Owner};

    fn frame(function: &str, file: Option<&str>) -> Frame {
        Frame { function: function.into(), file: file.map(PathBuf::from), line: 1, column: 1 }
    }

    #[test]
    fn frames_belong_to_whom_their_file_or_their_name_says() {
        for (function, file, expected) in [
            ("alloc_budget::scope::make_room", None, Owner::Machinery),
            ("<backtrace::Frame as core::fmt::Debug>::fmt", None, Owner::Machinery),
            ("<app::Job as alloc_budget::task::WithBudget>::with_budget", None, Owner::Machinery),
            ("__rust_alloc", None, Owner::Machinery),
            ("__rustc::__rust_alloc", None, Owner::Machinery),
            ("__rg_alloc", None, Owner::Machinery),
            ("make_room", Some("/home/me/alloc-budget/src/scope.rs"), Owner::Machinery),
            ("trace", Some("/cargo/registry/src/index-1/backtrace-0.3.77/src/lib.rs"), Owner::Machinery),
            ("push", Some("/rustc/1a2b/library/alloc/src/vec/mod.rs"), Owner::Standard),
            ("insert", Some("/rust/deps/hashbrown-0.16.0/src/raw.rs"), Owner::Standard),
            ("insert", Some("/cargo/registry/25cdd57fae9f0462/hashbrown-0.17.1/src/raw.rs"), Owner::Standard),
            ("push", Some("C:\\lib\\rustlib\\src\\rust\\library\\alloc\\src\\vec\\mod.rs"), Owner::Standard),
            ("std::rt::lang_start", None, Owner::Standard),
            ("<alloc::vec::Vec<u8>>::push", None, Owner::Standard),
            ("<[u8] as alloc::slice::ToVec>::to_vec", None, Owner::Standard),
            ("_start", None, Owner::Standard),
            ("<str>::to_uppercase", None, Owner::Standard),
            ("alloc::str::<impl str>::to_uppercase", None, Owner::Standard),
            // C has a file, but no Rust.
            ("start_thread", Some("./nptl/pthread_create.c"), Owner::Standard),
            ("__libc_start_main", Some("/build/glibc/csu/../sysdeps/x86/libc-start.h"), Owner::Standard),
            ("parse", Some("/cargo/registry/src/index-1/httparse-1.10.1/src/lib.rs"), Owner::Dependency),
            ("parse", Some("/cargo/git/checkouts/httparse-1a2b/3c4d/src/lib.rs"), Owner::Dependency),
            ("httparse::parse", None, Owner::Dependency),
            // A macro of a dependency makes functions of the user's, whatever the file.
            ("app::tests::plain", Some("/cargo/registry/src/i/proptest-1.0/src/sugar.rs"), Owner::User),
            ("<app::Job>::run", Some("/cargo/registry/src/i/macros-1.0/src/lib.rs"), Owner::User),
            // But this may be the method that the trait provides.
            (
                "<app::Job as macros::Run>::run",
                Some("/cargo/registry/src/i/m-1.0/src/lib.rs"),
                Owner::Dependency,
            ),
            ("app::gen::decode", Some("/t/build/app-0123456789abcdef/out/gen.rs"), Owner::User),
            ("decode", Some("/t/build/app-0123456789abcdef/out/gen.rs"), Owner::User),
            ("decode", Some("/t/build/lib-0123456789abcdef/out/gen.rs"), Owner::Dependency),
            ("main", Some("/home/me/app/main.rs"), Owner::User),
            ("main", Some("/home/registry/app/main.rs"), Owner::User),
            ("main", Some("/home/src/app/main.rs"), Owner::User),
            ("main", Some("/home/git/app/main.rs"), Owner::User),
            ("main", Some("/home/checkouts/app/main.rs"), Owner::User),
            ("app::main", None, Owner::User),
        ] {
            assert_eq!(frame(function, file).owner(Some("app")), expected, "{function} in {file:?}");
        }
        assert_eq!(frame("allocations::main", None).owner(None), Owner::User);
    }

    #[test]
    fn an_allocator_is_what_implements_the_trait() {
        for (function, is_allocator) in [
            ("<app::Headers as core::alloc::global::GlobalAlloc>::alloc", true),
            ("__rustc::__rust_dealloc", true),
            ("__rg_realloc", true),
            ("app::Headers::note", false),
            ("std::sys::backtrace::__rust_begin_short_backtrace", false),
        ] {
            assert_eq!(frame(function, None).is_allocator(), is_allocator, "{function}");
        }
    }
}

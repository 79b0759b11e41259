//! Who reads the expansion, and which of its two copies is there for them.

use std::ffi::OsStr;
use std::sync::OnceLock;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// Told by the program that the macro runs in.
#[derive(Clone, Copy)]
pub(crate) enum Reader {
    /// And whoever is not known.
    Compiler,
    Clippy,
    Rustdoc,
}

impl Reader {
    pub(crate) fn here() -> Self {
        static HERE: OnceLock<Reader> = OnceLock::new();
        *HERE.get_or_init(|| {
            let program = std::env::current_exe().unwrap_or_default();
            match program.file_stem().and_then(OsStr::to_str) {
                Some("clippy-driver") => Self::Clippy,
                Some("rustdoc") => Self::Rustdoc,
                _ => Self::Compiler,
            }
        })
    }
}

/// The attribute of what is there where budgets are enforced. Clippy sees the function without: it
/// asks whether the user's code could be `const`, or is one expression.
pub(crate) fn enforced() -> TokenStream {
    let hygienic = Span::mixed_site();
    match Reader::here() {
        Reader::Clippy => quote_spanned!(hygienic=> #[cfg(any())]),
        _ if cfg!(feature = "enforce") => quote_spanned!(hygienic=> #[cfg(not(clippy))]),
        _ => quote_spanned!(hygienic=> #[cfg(all(any(debug_assertions, test), not(clippy)))]),
    }
}

/// The attribute of what is there where they are not. Clippy has a lint against what is not there
/// in tests.
pub(crate) fn not_enforced() -> TokenStream {
    let hygienic = Span::mixed_site();
    match Reader::here() {
        Reader::Clippy => TokenStream::new(),
        _ if cfg!(feature = "enforce") => quote_spanned!(hygienic=> #[cfg(clippy)]),
        _ => quote_spanned!(hygienic=> #[cfg(not(all(any(debug_assertions, test), not(clippy))))]),
    }
}

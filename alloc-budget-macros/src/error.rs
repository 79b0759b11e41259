//! An error as the compiler shows it.

use proc_macro2::{TokenStream, TokenTree};
use syn::Error;

/// An error's `compile_error!` without the `::core::` in front, which in edition 2015 would be a
/// module of the user's crate.
pub(crate) fn compile_error(error: &Error) -> TokenStream {
    let is_path = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == ':',
        TokenTree::Ident(ident) => ident == "core",
        _ => false,
    };
    error.to_compile_error().into_iter().filter(|token| !is_path(token)).collect()
}

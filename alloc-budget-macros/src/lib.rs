//! The attribute of the `alloc-budget` crate, which documents and re-exports it.

use proc_macro::TokenStream;

mod args;
mod expand;
mod function;

/// Gives a function an allocation budget.
#[proc_macro_attribute]
pub fn alloc_budget(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(args.into(), item.into()).into()
}

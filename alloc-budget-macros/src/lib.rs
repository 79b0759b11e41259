//! The attribute of the `alloc-budget` crate, which re-exports and documents it.

use proc_macro::TokenStream;

mod args;
mod attribute;
mod awaits;
mod block;
mod container;
mod error;
mod expand;
mod fragments;
mod function;
#[cfg(test)]
mod fuzz;
mod leaving;
mod never;
mod reader;
mod tokens;

#[allow(missing_docs)] // Documented at its re-export, where the examples can run.
#[proc_macro_attribute]
pub fn alloc_budget(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::attribute(&args.into(), item.into()).into()
}

#[allow(missing_docs)] // Documented at its re-export, where the examples can run.
#[proc_macro]
pub fn budget(input: TokenStream) -> TokenStream {
    block::budget(input.into()).into()
}

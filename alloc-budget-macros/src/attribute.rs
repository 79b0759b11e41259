//! The attribute: what it is on, and what is put in its place.

use proc_macro2::TokenStream;
use syn::Error;

use crate::args::{Args, is_skip};
use crate::container::Container;
use crate::error::compile_error;
use crate::expand::budgeted;
use crate::function::Function;
use crate::reader::Reader;

/// The attribute's budget. Beside an error, the item stands as if the attribute were not there:
/// one mistake gives one error.
pub(crate) fn attribute(args: &TokenStream, item: TokenStream) -> TokenStream {
    if is_skip(args) {
        return item;
    }
    expanded(args, &item).unwrap_or_else(|error| {
        let mut tokens = compile_error(&error);
        tokens.extend(item);
        tokens
    })
}

fn expanded(args: &TokenStream, item: &TokenStream) -> Result<TokenStream, Error> {
    let (args, expanded) = if let Some(container) = Container::parse(item) {
        let args = Args::parse(args)?;
        let expanded = container.expand(&args)?;
        (args, expanded)
    } else {
        // Where the item is wrong, the arguments don't matter.
        let function = Function::parse(item)?;
        let args = Args::parse(args)?;
        let expanded = budgeted(&args, &function);
        (args, expanded)
    };
    Ok(match Reader::here() {
        // Of two items under a `cfg` it says when they are available.
        Reader::Rustdoc => item.clone(),
        // Doc comments that were taken apart are not what it looks for. What the limits name must
        // still be used.
        Reader::Clippy if !args.names_something() => item.clone(),
        Reader::Clippy | Reader::Compiler => expanded,
    })
}

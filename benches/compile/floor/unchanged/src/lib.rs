//! The cheapest attribute: it returns the function as it is.

use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn unchanged(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}

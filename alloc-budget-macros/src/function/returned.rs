//! A future that a function makes in its last expression, and returns.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::function::recognised::{BoxedFuture, is_async_block};
use crate::tokens::{grouped, is_block, is_punct};

/// `async move { … }` or `Box::pin(async move { … })` at the end of a body.
pub(crate) struct Returned {
    /// The statements in front of it.
    pub(crate) before: TokenStream,
    /// Without its box.
    pub(crate) future: TokenStream,
    pub(crate) boxed: Option<BoxedFuture>,
}

impl Returned {
    pub(super) fn of(tokens: &[TokenTree]) -> Option<Self> {
        let begins = |at: &usize| match tokens[..*at].last() {
            Some(last) => is_punct(last, ';') || is_block(last),
            None => true,
        };
        // Behind the last statement that ends with a semicolon or with braces.
        let start = (0..tokens.len()).rfind(begins)?;
        let (before, last) = tokens.split_at(start);
        let stream = |tokens: &[TokenTree]| tokens.iter().cloned().collect();
        if let Some(boxed) = BoxedFuture::of(last) {
            return Some(Self { before: stream(before), future: boxed.call.stream(), boxed: Some(boxed) });
        }
        is_async_block(last).then(|| Self { before: stream(before), future: stream(last), boxed: None })
    }

    /// What was made of the future, in the box that it was in.
    pub(crate) fn boxed_again(&self, future: TokenStream) -> TokenStream {
        let Some(BoxedFuture { path, call }) = &self.boxed else { return future };
        let call = grouped(call, future);
        quote!(#path #call)
    }
}

//! What of a function is a future, awaited or not.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::awaits::Awaits;
use crate::function::body::{Body, Rest};
use crate::function::item::Function;
use crate::function::recognised::{Case, HandedFuture};
use crate::function::returned::Returned;

/// What of a function is measured poll by poll.
pub(crate) enum Measured {
    /// The body, with something in front of each `.await`.
    Pausing(TokenStream),
    /// The body as it is, in a future of its own.
    Body,
    /// The future that the function returns, and what it does before.
    Returned(Returned),
    /// The future that the function gives to an executor.
    Handed(HandedFuture),
    /// The call in that future, behind the arguments of a test's case.
    HandedCase(HandedFuture, Case),
}

impl Function {
    /// What of the function is measured poll by poll. `None` where a guard does. Where the value
    /// decides on the verdict, it is that of a future.
    pub(crate) fn future(&self, rest: &Rest, is_value_asked: bool) -> Option<Measured> {
        match self.is_async {
            true if is_value_asked => Some(Measured::Body),
            true => awaited(&rest.stream),
            false => self.unawaited(&rest.tokens),
        }
    }

    /// A function that is not `async`, but makes a future and returns it or runs it.
    fn unawaited(&self, rest: &[TokenTree]) -> Option<Measured> {
        if let Some(returned) = Returned::of(rest) {
            return Some(Measured::Returned(returned));
        }
        let handed = HandedFuture::of(rest)?;
        let Body { inner_attributes, items, rest } = Body::of(&handed.block.stream());
        Some(match Case::of(self, &items, &rest.tokens) {
            Some(Case { arguments, call }) => {
                let arguments = quote!(#inner_attributes #items #arguments);
                Measured::HandedCase(handed, Case { arguments, call })
            }
            None => Measured::Handed(handed),
        })
    }
}

/// An `async fn`. A body without `.await` runs in one poll, so a guard in front of it is exact, and
/// cheaper.
fn awaited(rest: &TokenStream) -> Option<Measured> {
    let awaits = Awaits::of_function(rest.clone());
    match (&*awaits.unseen, awaits.any()) {
        ([], false) => None,
        ([], true) => Some(Measured::Pausing(awaits.pausing)),
        _ => Some(Measured::Body),
    }
}

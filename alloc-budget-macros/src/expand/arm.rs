//! A body whose temporaries end before the guard in front of it does.

use proc_macro2::{Group, Span, TokenStream};
use quote::quote_spanned;

/// The body as the one arm of a `match`. Before edition 2024 a block's last expression leaves its
/// temporaries to be dropped after the block's locals, so after the guard; those of an arm are
/// dropped at its end.
pub(crate) fn arm(body: &Group) -> TokenStream {
    quote_spanned!(Span::mixed_site().located_at(body.span())=> match () { () => #body })
}

/// As [`arm`] for a body whose value is an `impl Trait`: in an arm a closure would not learn that
/// its arguments may have every lifetime.
pub(super) fn returned(body: &Group) -> TokenStream {
    let span = Span::mixed_site().located_at(body.span());
    // Not the user's, or a lint would find them unnecessary.
    let mut braces = body.clone();
    braces.set_span(span);
    quote_spanned!(span=> return #braces;)
}

//! What came through a macro's `$fragment`.
//!
//! It stands in a group without brackets. rustc looks at such groups where it made them itself, and not where a macro
//! that took its input apart gives them back: `$e * 2` would be `1 + 2 * 2`. So they get brackets where it matters.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::{Expr, Type};

/// The only token in brackets that are not there, as for a `$body:block`.
pub(crate) fn ungrouped(token: TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = &token
        && group.delimiter() == Delimiter::None
    {
        let mut inside = group.stream().into_iter();
        if let (Some(only), None) = (inside.next(), inside.next()) {
            return ungrouped(only);
        }
    }
    token
}

/// A token of the user's that is given back by itself.
pub(crate) fn bracketed(token: TokenTree) -> TokenTree {
    match &token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None && needs_brackets(group.stream()) => {
            let mut brackets = Group::new(Delimiter::Parenthesis, group.stream());
            // Not the user's, so that no lint finds them unnecessary.
            brackets.set_span(Span::mixed_site().located_at(group.span()));
            brackets.into()
        }
        _ => token,
    }
}

/// As [`bracketed`], for tokens that are taken apart to the last.
pub(crate) fn bracketed_inside(tokens: TokenStream) -> TokenStream {
    let inside = |token| match bracketed(token) {
        TokenTree::Group(group) => {
            let mut inside = Group::new(group.delimiter(), bracketed_inside(group.stream()));
            inside.set_span(group.span());
            inside.into()
        }
        token => token,
    };
    tokens.into_iter().map(inside).collect()
}

/// Whether it would be read otherwise next to what stands around it. Patterns such as `1 | 2` are expressions too.
fn needs_brackets(tokens: TokenStream) -> bool {
    if tokens.clone().into_iter().nth(1).is_none() {
        return false;
    }
    match syn::parse2(tokens.clone()) {
        Ok(expr) => matches!(
            expr,
            Expr::Binary(_)
                | Expr::Break(_)
                | Expr::Cast(_)
                | Expr::Closure(_)
                | Expr::Range(_)
                | Expr::Reference(_)
                | Expr::Return(_)
                | Expr::Struct(_)
                | Expr::Unary(_)
        ),
        Err(_) => match syn::parse2(tokens) {
            Ok(Type::TraitObject(object)) => object.bounds.len() > 1,
            Ok(Type::ImplTrait(object)) => object.bounds.len() > 1,
            _ => false,
        },
    }
}

//! Words to ask tokens with.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

pub(crate) fn ident(token: &TokenTree) -> Option<&Ident> {
    match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    }
}

pub(crate) fn is_word(token: &TokenTree, word: &str) -> bool {
    ident(token).is_some_and(|ident| ident == word)
}

/// Also a macro's `$body:block`.
pub(crate) fn is_block(token: &TokenTree) -> bool {
    let is_braced = |group: &Group| group.delimiter() == Delimiter::Brace;
    let TokenTree::Group(group) = token else { return false };
    is_braced(group) || matches!(ungrouped(token.clone()), TokenTree::Group(group) if is_braced(&group))
}

pub(crate) fn is_punct(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == punct)
}

/// Whether any of the tokens, or of those inside them, is such a one.
pub(crate) fn any(tokens: &TokenStream, is: &dyn Fn(&TokenTree) -> bool) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => any(&group.stream(), is),
        token => is(&token),
    })
}

/// How many of the tokens are attributes.
pub(crate) fn skip_attributes(tokens: &[TokenTree]) -> usize {
    let mut at = 0;
    while matches!(&tokens[at..], [pound, TokenTree::Group(_), ..] if is_punct(pound, '#')) {
        at += 2;
    }
    at
}

/// The only token in brackets that are not there, as for a `$body:block`.
pub(crate) fn ungrouped(token: TokenTree) -> TokenTree {
    let TokenTree::Group(group) = &token else { return token };
    if group.delimiter() != Delimiter::None {
        return token;
    }
    let mut inside = group.stream().into_iter();
    match (inside.next(), inside.next()) {
        (Some(only), None) => ungrouped(only),
        _ => token,
    }
}

/// Other tokens between the same brackets.
pub(crate) fn grouped(brackets: &Group, tokens: TokenStream) -> Group {
    let mut group = Group::new(brackets.delimiter(), tokens);
    group.set_span(brackets.span());
    group
}

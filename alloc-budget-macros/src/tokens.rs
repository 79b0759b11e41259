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
    matches!(ungrouped(token.clone()), TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
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
    while let [TokenTree::Punct(pound), TokenTree::Group(_), ..] = &tokens[at..]
        && pound.as_char() == '#'
    {
        at += 2;
    }
    at
}

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

/// Other tokens between the same brackets.
pub(crate) fn grouped(brackets: &Group, tokens: TokenStream) -> Group {
    let mut group = Group::new(brackets.delimiter(), tokens);
    group.set_span(brackets.span());
    group
}

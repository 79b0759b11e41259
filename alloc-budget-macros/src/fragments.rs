//! What came through a macro's `$fragment`.
//!
//! It stands in a group without brackets. rustc looks at such groups where it made them itself, and
//! not where a macro that took its input apart gives them back: `$e * 2` would be `1 + 2 * 2`. So
//! they get brackets where it matters.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::{Expr, Pat, Type};

use crate::tokens::{grouped, is_punct, is_word};

/// Tokens of the user's that are given back one by one.
pub(crate) fn bracketed(tokens: &[TokenTree]) -> TokenStream {
    let token = |at| match &tokens[at] {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let before = tokens[..at].last();
            fragment(group, before, &tokens[at + 1..])
        }
        token => token.clone(),
    };
    (0..tokens.len()).map(token).collect()
}

/// As [`bracketed`], for tokens that are taken apart to the last.
pub(crate) fn bracketed_inside(tokens: TokenStream) -> TokenStream {
    let inside = |token| match token {
        TokenTree::Group(group) => grouped(&group, bracketed_inside(group.stream())).into(),
        token => token,
    };
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    bracketed(&tokens).into_iter().map(inside).collect()
}

/// A fragment between its neighbours.
fn fragment(group: &Group, before: Option<&TokenTree>, behind: &[TokenTree]) -> TokenTree {
    let mut tokens = group.stream();
    if tokens.clone().into_iter().next().is_some_and(|first| is_word(&first, "let")) {
        // A `$statement:stmt` ends where it does.
        let mut end = Punct::new(';', Spacing::Alone);
        end.set_span(group.span());
        tokens.extend([TokenTree::from(end)]);
        return grouped(group, tokens).into();
    }
    if !needs_brackets(&tokens, before, behind) {
        return group.clone().into();
    }
    let mut brackets = Group::new(Delimiter::Parenthesis, tokens);
    // Not the user's, so that no lint finds them unnecessary.
    brackets.set_span(Span::mixed_site().located_at(group.span()));
    brackets.into()
}

/// Whether it would be read otherwise next to what stands around it. Where it would not, there may
/// be no place for brackets: `-1` is an argument of a type, and an end of a pattern's range.
fn needs_brackets(tokens: &TokenStream, before: Option<&TokenTree>, behind: &[TokenTree]) -> bool {
    // `x as $type < y`
    if before.is_some_and(|before| is_word(before, "as"))
        && behind.first().is_some_and(|next| is_punct(next, '<'))
    {
        return true;
    }
    if tokens.clone().into_iter().nth(1).is_none() {
        return false;
    }
    if let Ok(expr) = syn::parse2::<Expr>(tokens.clone()) {
        // `S { n: 1 }.n` can't be a condition.
        let is_condition = Expr::parse_without_eager_brace.parse2(tokens.clone()).is_ok();
        return !is_condition || is_torn(&expr, behind);
    }
    if let Ok(pattern) = Pat::parse_multi.parse2(tokens.clone()) {
        return matches!(pattern, Pat::Or(_));
    }
    matches!(syn::parse2(tokens.clone()), Ok(Type::TraitObject(_) | Type::ImplTrait(_)))
}

/// Whether a part of an expression, or of a pattern that could be one, is nearer to what stands
/// behind it.
fn is_torn(expr: &Expr, behind: &[TokenTree]) -> bool {
    let has = |at: usize, punct| behind.get(at).is_some_and(|token| is_punct(token, punct));
    let is_before =
        |delimiter| matches!(behind, [TokenTree::Group(group), ..] if group.delimiter() == delimiter);
    let is_called = is_before(Delimiter::Parenthesis);
    let has_dot = has(0, '.') && !has(1, '.');
    match expr {
        Expr::Unary(_) | Expr::Reference(_) | Expr::RawAddr(_) => {
            is_called || is_before(Delimiter::Bracket) || has_dot || has(0, '?')
        }
        Expr::Field(_) => is_called,
        Expr::Binary(_)
        | Expr::Break(_)
        | Expr::Cast(_)
        | Expr::Closure(_)
        | Expr::Range(_)
        | Expr::Return(_) => true,
        _ => false,
    }
}

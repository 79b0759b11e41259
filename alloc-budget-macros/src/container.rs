//! An `impl` block, an inline module or a trait: a budget on it goes to each function in it.
//! Nothing is parsed but where one item ends and the next begins, so that a half-typed one disturbs
//! no other.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::TokenStreamExt;
use syn::Error;

use crate::args::Args;
use crate::expand::budgeted;
use crate::fragments::bracketed;
use crate::function::{Function, keyword};
use crate::tokens::{grouped, is_punct, skip_attributes, ungrouped};

pub(crate) struct Container {
    /// Attributes and all else in front of the braces.
    head: Vec<TokenTree>,
    body: Group,
    kind: String,
}

impl Container {
    /// `None` where it is something else.
    pub(crate) fn parse(item: &TokenStream) -> Option<Self> {
        let mut head: Vec<TokenTree> = item.clone().into_iter().collect();
        let kind = keyword(&head[skip_attributes(&head)..])?.to_string();
        match head.pop().map(ungrouped) {
            Some(TokenTree::Group(body))
                if CONTAINERS.contains(&&*kind) && body.delimiter() == Delimiter::Brace =>
            {
                Some(Self { head, body, kind })
            }
            _ => None,
        }
    }

    /// Itself, each function in it with the budget.
    pub(crate) fn expand(&self, args: &Args) -> Result<TokenStream, Error> {
        let (body, has_budget) = budgeted_items(args, self.body.stream());
        if !has_budget {
            let at = &self.head[skip_attributes(&self.head)];
            return Err(Error::new(
                at.span(),
                format!(
                    "no function in this `{}` can have the allocation budget\n\
                     help: it takes one with a body that is not `const`; what a macro makes is not seen",
                    self.kind
                ),
            ));
        }
        Ok(self.with(body))
    }

    fn with(&self, body: TokenStream) -> TokenStream {
        let mut tokens = bracketed(&self.head);
        tokens.append(grouped(&self.body, body));
        tokens
    }
}

const CONTAINERS: [&str; 3] = ["impl", "mod", "trait"];

/// The items with the budget, and whether there is any that has one, or one of its own.
fn budgeted_items(args: &Args, items: TokenStream) -> (TokenStream, bool) {
    let mut out = TokenStream::new();
    let mut has_budget = false;
    for item in split(items) {
        if has_own(&item) {
            has_budget = true;
            out.extend(bracketed(&item));
            continue;
        }
        let tokens: TokenStream = item.iter().cloned().collect();
        if let Ok(function) = Function::parse(&tokens) {
            has_budget = true;
            out.extend(budgeted(args, &function));
        } else if let Some(container) = Container::parse(&tokens) {
            let (body, has_inside) = budgeted_items(args, container.body.stream());
            has_budget |= has_inside;
            out.extend(container.with(body));
        } else {
            out.extend(bracketed(&item));
        }
    }
    (out, has_budget)
}

/// Whether an item has an attribute of this kind already, `skip` included.
fn has_own(item: &[TokenTree]) -> bool {
    item[..skip_attributes(item)].iter().any(|token| match token {
        TokenTree::Group(attribute) => names_attribute(attribute.stream()),
        _ => false,
    })
}

fn names_attribute(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "alloc_budget",
        // In a `cfg_attr`.
        TokenTree::Group(group) => names_attribute(group.stream()),
        _ => false,
    })
}

/// Cuts the tokens behind each item.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut items = Vec::new();
    let mut rest = &*tokens;
    while !rest.is_empty() {
        let (attributes, behind) = rest.split_at(skip_attributes(rest));
        let fragment = behind.split_first().and_then(|(first, others)| Some((item_fragment(first)?, others)));
        let (item, others) = if let Some((item, others)) = fragment {
            ([attributes, &item].concat(), others)
        } else {
            let (item, others) = rest.split_at(length(rest));
            (item.to_vec(), others)
        };
        items.push(item);
        rest = others;
    }
    items
}

/// The tokens of a macro's `$item`. It ends where it does, and needs no brackets between other
/// items.
fn item_fragment(token: &TokenTree) -> Option<Vec<TokenTree>> {
    let TokenTree::Group(group) = ungrouped(token.clone()) else { return None };
    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
    (group.delimiter() == Delimiter::None && keyword(&inside[skip_attributes(&inside)..]).is_some())
        .then_some(inside)
}

/// How many tokens the first item has.
fn length(tokens: &[TokenTree]) -> usize {
    let is_inner = |pound, bang| is_punct(pound, '#') && is_punct(bang, '!');
    if matches!(tokens, [pound, bang, TokenTree::Group(_), ..] if is_inner(pound, bang)) {
        return 3;
    }
    let start = skip_attributes(tokens);
    let is_value = match keyword(&tokens[start..]) {
        Some(word) => !BRACED.iter().any(|known| word == known),
        // A macro's path: `crate::call! { … }`, `::path::call! { … }`.
        None => tokens[start..].iter().take(2).any(|token| is_punct(token, ':')),
    };
    let mut depth = 0;
    let mut previous = ' ';
    for (at, token) in tokens.iter().cloned().map(ungrouped).enumerate().skip(start) {
        match token {
            TokenTree::Punct(punct) => {
                match punct.as_char() {
                    ';' => return at + 1,
                    '<' => depth += 1,
                    '>' if previous != '-' && previous != '=' => depth -= 1,
                    // Behind `->` it is a type: no macro is called.
                    '!' if previous == '>' => {
                        previous = ' ';
                        continue;
                    }
                    _ => {}
                }
                previous = punct.as_char();
                continue;
            }
            // A constant's braces are its value, a macro's call ends with them, and a type's may be
            // in a signature.
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace && depth <= 0 && is_value == (previous == '!') =>
            {
                return at + 1;
            }
            // `macro_rules! name { … }`
            TokenTree::Ident(_) if is_value => continue,
            _ => {}
        }
        previous = ' ';
    }
    tokens.len()
}

/// What ends with its braces, if it has any. Without a keyword it is an `extern` block, or called
/// by a path.
const BRACED: [&str; 7] = ["fn", "impl", "mod", "trait", "struct", "enum", "union"];

/// The others are in `tests/containers`. Of this one rustc warns, also where it is cut out.
#[test]
fn an_item_ends_behind_a_negative_impl() {
    let items = "impl !Send for Mixer<0> {} fn behind() { work() }".parse().unwrap();
    assert_eq!(split(items).iter().map(Vec::len).collect::<Vec<_>>(), [9, 4]);
}

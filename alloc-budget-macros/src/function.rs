//! The annotated function: its head told apart from its body, both kept as the user's own tokens.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Item};

/// A function with a body.
pub(crate) struct Function {
    /// Attributes, visibility, signature.
    pub(crate) head: TokenStream,
    pub(crate) body: Group,
    /// Where the function begins, behind its attributes.
    pub(crate) start: Span,
}

/// The parts of a body between which the guard goes.
pub(crate) struct Body {
    /// `#![…]` and `//!`, which must come first.
    pub(crate) inner_attributes: TokenStream,
    /// `use`, `const`, `fn` and the like, which by custom stand before the statements.
    pub(crate) items: TokenStream,
    pub(crate) rest: TokenStream,
}

impl Function {
    /// Tells what can't have a budget, and why.
    pub(crate) fn parse(item: &TokenStream) -> Result<Self, Error> {
        let mut head: Vec<TokenTree> = item.clone().into_iter().collect();
        let start = skip_attributes(&head);
        let qualifiers = qualifiers(&head[start..]);
        let start = head.get(start).map_or_else(Span::call_site, TokenTree::span);
        let Some(qualifiers) = qualifiers else {
            return Err(Error::new(
                start,
                "an allocation budget goes on a function\n\
                 help: put the attribute on each function that has a budget; for a block of code there is \
                 `alloc_budget::Budget`",
            ));
        };
        let find = |word: &str| qualifiers.iter().find(|qualifier| **qualifier == word);
        if let Some(qualifier) = find("const") {
            return Err(Error::new(
                qualifier.span(),
                "a `const fn` can't have an allocation budget: it may run at compile time, where nothing is \
                 allocated\nhelp: remove `const` or the attribute",
            ));
        }
        if let Some(qualifier) = find("async").or_else(|| find("gen")) {
            return Err(Error::new(
                qualifier.span(),
                format!(
                    "`{qualifier} fn` can't have an allocation budget yet\n\
                     help: put the attribute on the functions that it calls"
                ),
            ));
        }
        match head.pop().map(ungrouped) {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                Ok(Self { head: head.into_iter().collect(), body, start })
            }
            last => Err(Error::new(
                last.map_or_else(Span::call_site, |last| last.span()),
                "a function without a body can't have an allocation budget\n\
                 help: put the attribute where the body is: on the methods of each `impl`, or on a default body",
            )),
        }
    }

    pub(crate) fn body(&self) -> Body {
        let split = |input: ParseStream<'_>| {
            let inner_attributes = take(input, |input| syn::Attribute::parse_inner(input).map(|_| ()));
            let mut items = TokenStream::new();
            while starts_item(input) && input.fork().parse::<Item>().is_ok() {
                items.extend(take(input, |input| input.parse::<Item>().map(|_| ())));
            }
            Ok(Body { inner_attributes, items, rest: input.parse()? })
        };
        let whole = |_| Body {
            inner_attributes: TokenStream::new(),
            items: TokenStream::new(),
            rest: self.body.stream(),
        };
        split.parse2(self.body.stream()).unwrap_or_else(whole)
    }
}

/// A macro's `$body:block` comes in a group without brackets.
fn ungrouped(token: TokenTree) -> TokenTree {
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

/// How many of the tokens are attributes.
fn skip_attributes(tokens: &[TokenTree]) -> usize {
    let mut at = 0;
    while let [TokenTree::Punct(pound), TokenTree::Group(_), ..] = &tokens[at..]
        && pound.as_char() == '#'
    {
        at += 2;
    }
    at
}

/// The words from a function's visibility to its `fn`; `None` where this is no function.
fn qualifiers(tokens: &[TokenTree]) -> Option<Vec<&Ident>> {
    let mut qualifiers = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "fn" => return Some(qualifiers),
            TokenTree::Ident(word) if QUALIFIERS.iter().any(|qualifier| word == qualifier) => {
                qualifiers.push(word);
            }
            // What belongs to `pub(in path)` and `extern "C"`, or came through a macro's `$vis`.
            TokenTree::Literal(_) => {}
            TokenTree::Group(group)
                if matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::None) => {}
            _ => return None,
        }
    }
    None
}

const QUALIFIERS: [&str; 9] =
    ["pub", "crate", "default", "const", "async", "gen", "unsafe", "safe", "extern"];

/// Whether the next statement can only be an item. A macro call could be anything.
fn starts_item(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let Ok(_) = syn::Attribute::parse_outer(&ahead) else { return false };
    let Ok(TokenTree::Ident(word)) = ahead.parse() else { return false };
    let words = [
        "use",
        "const",
        "static",
        "fn",
        "struct",
        "enum",
        "union",
        "trait",
        "impl",
        "type",
        "mod",
        "pub",
        "extern",
        "macro_rules",
        "unsafe",
        "async",
    ];
    words.iter().any(|item| word == item)
}

/// The tokens that `parse` goes past, as the user wrote them.
fn take(input: ParseStream<'_>, parse: impl FnOnce(ParseStream<'_>) -> Result<(), Error>) -> TokenStream {
    let end = input.fork();
    if parse(&end).is_err() {
        return TokenStream::new();
    }
    let mut tokens = TokenStream::new();
    while input.cursor() != end.cursor() {
        match input.parse::<TokenTree>() {
            Ok(next) => next.to_tokens(&mut tokens),
            Err(_) => break,
        }
    }
    tokens
}

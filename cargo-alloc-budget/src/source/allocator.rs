//! The allocator that a program has of its own: `#[global_allocator] static NAME: TYPE = VALUE;`

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::attributes::{Attributes, Names};
use crate::source::file::File;
use crate::source::text::Text;
use crate::source::tokens::{group, inside, is_punct, is_word};

/// Its type and its value, in the bytes of a file, and when it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocator {
    pub kind: Range<usize>,
    pub value: Range<usize>,
    /// Those of its `cfg`s.
    pub conditions: Vec<String>,
}

impl Allocator {
    /// That of a file, where it has one that no macro makes.
    pub fn of(file: &File) -> Option<Self> {
        // Most files need not be taken apart again.
        let is_named = file.text.as_str().contains("global_allocator");
        is_named.then(|| file.text.tokens().ok()).flatten().and_then(|tokens| find(tokens, &file.text))
    }

    /// As it is written with the counting allocator around it; `None` if it has that already.
    pub fn wrapped(&self, text: &Text) -> Option<String> {
        let Self { kind, value, .. } = self;
        let (own, value) = (text.get(kind.clone()), text.get(value.clone()));
        let before = text.get(0..kind.start);
        let name = &before[before.rfind("static")?..];
        let counting = "alloc_budget::CountingAllocator";
        (!own.contains("CountingAllocator"))
            .then(|| format!("{name}{counting}<{own}> = {counting}::new({value});"))
    }
}

fn find(tokens: TokenStream, text: &Text) -> Option<Allocator> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let marked = tokens.iter().position(|token| {
        group(token, Delimiter::Bracket)
            .is_some_and(|attribute| inside(attribute).iter().any(|token| is_word(token, "global_allocator")))
    });
    let Some(marked) = marked else {
        return tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) => find(group.stream(), text),
            _ => None,
        });
    };
    let behind = &tokens[marked..];
    let at = |punct: char| behind.iter().position(|token| is_punct(token, punct));
    let (colon, equals, end) = (at(':')?, at('=')?, at(';')?);
    let range = |tokens: &[TokenTree]| {
        let [first, ..] = tokens else { return None };
        Some(text.range(first.span()).start..text.range(tokens[tokens.len() - 1].span()).end)
    };
    Some(Allocator {
        kind: range(behind.get(colon + 1..equals)?)?,
        value: range(behind.get(equals + 1..end)?)?,
        conditions: Attributes::of(around(&tokens, marked), &Names::of(&TokenStream::new()), text).conditions,
    })
}

/// All attributes of the item that the one at `marked` is of.
fn around(tokens: &[TokenTree], marked: usize) -> &[TokenTree] {
    let is_other = |token: &TokenTree| !is_punct(token, '#') && group(token, Delimiter::Bracket).is_none();
    let begin = tokens[..marked].iter().rposition(is_other).map_or(0, |other| other + 1);
    let end = tokens[marked..].iter().position(is_other).map_or(tokens.len(), |other| marked + other);
    &tokens[begin..end]
}

//! The allocator that a program has of its own: `#[global_allocator] static NAME: TYPE = VALUE;`

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::file::File;
use crate::source::text::Text;
use crate::source::tokens::{group, inside, is_punct, is_word};

/// Its type and its value, in the bytes of a file, and when it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocator {
    pub kind: Range<usize>,
    pub value: Range<usize>,
    /// What its `#[cfg(…)]` says, where it has one.
    pub condition: Option<String>,
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
    let (before, behind) = tokens.split_at(marked);
    let at = |punct: char| behind.iter().position(|token| is_punct(token, punct));
    let (colon, equals, end) = (at(':')?, at('=')?, at(';')?);
    let range = |tokens: &[TokenTree]| {
        let [first, ..] = tokens else { return None };
        Some(text.range(first.span()).start..text.range(tokens[tokens.len() - 1].span()).end)
    };
    Some(Allocator {
        kind: range(behind.get(colon + 1..equals)?)?,
        value: range(behind.get(equals + 1..end)?)?,
        condition: condition(before, behind),
    })
}

/// That of the attributes around one of them: at the end of the tokens before it, and from it on up
/// to the item.
fn condition(before: &[TokenTree], behind: &[TokenTree]) -> Option<String> {
    let is_attribute =
        |token: &&TokenTree| is_punct(token, '#') || group(token, Delimiter::Bracket).is_some();
    let in_front = before.iter().rev().take_while(is_attribute);
    let conditions: Vec<String> = in_front
        .chain(behind.iter().take_while(is_attribute))
        .filter_map(|token| match &*inside(group(token, Delimiter::Bracket)?) {
            [name, TokenTree::Group(condition)] if is_word(name, "cfg") => {
                Some(condition.stream().to_string())
            }
            _ => None,
        })
        .collect();
    match &*conditions {
        [] => None,
        [only] => Some(only.clone()),
        all => Some(format!("all({})", all.join(", "))),
    }
}

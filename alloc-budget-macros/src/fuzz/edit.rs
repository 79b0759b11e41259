//! Edits that turn an input into one that nobody would write.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::fuzz::samples::{ARGUMENTS, BAD_ARGUMENTS, ITEMS, SNIPPETS};

/// What is done to one token.
#[derive(Debug, Clone)]
enum Edit {
    Delete,
    Double,
    SwapWithNext,
    /// Everything behind it in its brackets goes: what is being typed.
    BreakOff,
    Wrap(Delimiter),
    Unwrap,
    Insert(&'static str),
    Replace(&'static str),
}

fn edit() -> impl Strategy<Value = Edit> {
    const DELIMITERS: &[Delimiter] =
        &[Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None];
    let whole = || select([ITEMS, ARGUMENTS, BAD_ARGUMENTS].concat());
    prop_oneof![
        3 => Just(Edit::Delete),
        1 => Just(Edit::Double),
        1 => Just(Edit::SwapWithNext),
        2 => Just(Edit::BreakOff),
        1 => select(DELIMITERS).prop_map(Edit::Wrap),
        1 => Just(Edit::Unwrap),
        4 => select(SNIPPETS).prop_map(Edit::Insert),
        4 => select(SNIPPETS).prop_map(Edit::Replace),
        1 => whole().prop_map(Edit::Insert),
        1 => whole().prop_map(Edit::Replace),
    ]
}

pub(super) fn edited(original: impl Strategy<Value = &'static str>) -> impl Strategy<Value = TokenStream> {
    let edits = prop::collection::vec((any::<Index>(), edit()), 0..4);
    (original, edits).prop_map(|(text, edits)| {
        edits.iter().fold(tokens(text), |stream, (at, edit)| {
            let mut left = at.index(count(&stream) + 1);
            apply(edit, stream, &mut left)
        })
    })
}

pub(super) fn tokens(text: &str) -> TokenStream {
    // What is no tokens by itself, such as `$`, is none here.
    text.parse().unwrap_or_default()
}

fn count(stream: &TokenStream) -> usize {
    let inside = |token| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        _ => 1,
    };
    stream.clone().into_iter().map(inside).sum()
}

/// Edits the token that has `left` others in front of it, or the end.
fn apply(edit: &Edit, stream: TokenStream, left: &mut usize) -> TokenStream {
    const DONE: usize = usize::MAX;
    let mut out = TokenStream::new();
    let mut rest = stream.into_iter();
    while let Some(token) = rest.next() {
        if *left == DONE {
            out.extend([token]);
            continue;
        }
        if *left > 0 {
            *left -= 1;
            out.extend([match token {
                TokenTree::Group(group) => {
                    grouped(group.delimiter(), apply(edit, group.stream(), left), group.span())
                }
                token => token,
            }]);
            continue;
        }
        *left = DONE;
        match edit {
            Edit::Delete => {}
            Edit::Double => out.extend([token.clone(), token]),
            Edit::SwapWithNext => out.extend(rest.next().into_iter().chain([token])),
            Edit::BreakOff => {
                out.extend([token]);
                break;
            }
            Edit::Wrap(delimiter) => {
                let span = token.span();
                out.extend([grouped(*delimiter, token.into(), span)]);
            }
            Edit::Unwrap => match token {
                TokenTree::Group(group) => out.extend(group.stream()),
                token => out.extend([token]),
            },
            Edit::Insert(text) => out.extend(tokens(text).into_iter().chain([token])),
            Edit::Replace(text) => out.extend(tokens(text)),
        }
    }
    if let (0, Edit::Insert(text) | Edit::Replace(text)) = (*left, edit) {
        *left = DONE;
        out.extend(tokens(text));
    }
    out
}

fn grouped(delimiter: Delimiter, stream: TokenStream, span: Span) -> TokenTree {
    let mut group = Group::new(delimiter, stream);
    group.set_span(span);
    group.into()
}

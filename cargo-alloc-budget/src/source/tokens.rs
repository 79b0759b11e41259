//! Words to ask tokens with.

use proc_macro2::{Delimiter, Group, TokenTree};

pub(super) fn word(token: &TokenTree) -> Option<String> {
    match token {
        // `r#try` is named `try`.
        TokenTree::Ident(ident) => {
            let text = ident.to_string();
            Some(text.strip_prefix("r#").map(str::to_owned).unwrap_or(text))
        }
        _ => None,
    }
}

pub(super) fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

pub(super) fn is_punct(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == punct)
}

pub(super) fn group(token: &TokenTree, delimiter: Delimiter) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

pub(super) fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// Where the keyword at `at` has its item's first token: its visibility and its qualifiers are in
/// front of it.
pub(super) fn head(tokens: &[TokenTree], at: usize) -> usize {
    let mut start = at;
    loop {
        start -= match &tokens[..start] {
            [.., token] if QUALIFIERS.iter().any(|word| is_word(token, word)) => 1,
            [.., word, TokenTree::Literal(_)] if is_word(word, "extern") => 2,
            [.., word, token] if is_word(word, "pub") && group(token, Delimiter::Parenthesis).is_some() => 2,
            _ => return start,
        }
    }
}

const QUALIFIERS: [&str; 10] =
    ["pub", "crate", "default", "const", "async", "gen", "unsafe", "safe", "extern", "auto"];

/// The groups of the attributes that end where the item begins.
pub(super) fn attributes(tokens: &[TokenTree], start: usize) -> &[TokenTree] {
    let mut first = start;
    while matches!(&tokens[..first], [.., pound, bracket] if is_punct(pound, '#') && group(bracket, Delimiter::Bracket).is_some())
    {
        first -= 2;
    }
    &tokens[first..start]
}

/// Where the path begins that ends with the word at `at`.
pub(super) fn path(tokens: &[TokenTree], at: usize) -> usize {
    let mut start = at;
    loop {
        start = match &tokens[..start] {
            [.., name, a, b] if is_punct(a, ':') && is_punct(b, ':') && word(name).is_some() => start - 3,
            [.., a, b] if is_punct(a, ':') && is_punct(b, ':') => start - 2,
            [.., dollar] if is_punct(dollar, '$') => start - 1,
            _ => return start,
        }
    }
}

/// The braces of the item whose name or keyword is at `at`. Those of a signature stand in angle
/// brackets.
pub(super) fn body(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let mut depth = 0;
    let mut previous = ' ';
    for (index, token) in tokens.iter().enumerate().skip(at + 1) {
        match token {
            TokenTree::Punct(punct) => {
                match punct.as_char() {
                    ';' => return None,
                    '<' => depth += 1,
                    '>' if previous != '-' && previous != '=' => depth -= 1,
                    _ => {}
                }
                previous = punct.as_char();
            }
            token if depth <= 0 && group(token, Delimiter::Brace).is_some() => return Some(index),
            _ => previous = ' ',
        }
    }
    None
}

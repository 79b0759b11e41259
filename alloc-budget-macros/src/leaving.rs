//! What leaves a block other than by its end: a block that becomes a function must have none of it.

use proc_macro2::{Group, Span, TokenStream, TokenTree};

use crate::tokens::{is_block, is_punct, is_word};

/// The first of what may leave the block, and what to call it. What can't be seen may.
pub(crate) fn leaving(block: &Group) -> Option<(Span, String)> {
    find(&block.stream(), &block.stream(), false)
}

fn find(tokens: &TokenStream, whole: &TokenStream, mut in_loop: bool) -> Option<(Span, String)> {
    let outside = in_loop;
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let behind = tokens.get(at + 1);
        match token {
            TokenTree::Group(group) => {
                if let Some(found) = find(&group.stream(), whole, in_loop) {
                    return Some(found);
                }
                if is_block(token) {
                    in_loop = outside;
                }
            }
            // Not that of `T: ?Sized`.
            TokenTree::Punct(punct)
                if punct.as_char() == '?' && !behind.is_some_and(|behind| is_word(behind, "Sized")) =>
            {
                return Some((punct.span(), "`?`".to_owned()));
            }
            TokenTree::Ident(word) => {
                let text = word.to_string();
                let is_label = behind.is_some_and(|behind| is_punct(behind, '\''));
                let leaves = match &*text {
                    "return" | "yield" | "await" => true,
                    "break" | "continue" if is_label => {
                        !tokens.get(at + 2).is_some_and(|label| has_label(whole, label))
                    }
                    "break" | "continue" => !in_loop,
                    _ => {
                        behind.is_some_and(|behind| is_punct(behind, '!'))
                            && matches!(tokens.get(at + 2), Some(TokenTree::Group(_)))
                            && !KNOWN.contains(&&*text)
                    }
                };
                if leaves {
                    let is_macro = behind.is_some_and(|behind| is_punct(behind, '!'));
                    return Some((word.span(), format!("`{text}{}`", if is_macro { "!" } else { "" })));
                }
                in_loop |= ["loop", "while", "for"].contains(&&*text);
            }
            _ => {}
        }
    }
    None
}

/// Whether a loop or a block has the label.
fn has_label(whole: &TokenStream, label: &TokenTree) -> bool {
    let tokens: Vec<TokenTree> = whole.clone().into_iter().collect();
    tokens.windows(3).any(|three| {
        is_punct(&three[0], '\'') && three[1].to_string() == label.to_string() && is_punct(&three[2], ':')
    }) || tokens
        .iter()
        .any(|token| matches!(token, TokenTree::Group(group) if has_label(&group.stream(), label)))
}

/// Macros of the standard library, which leave nothing.
const KNOWN: [&str; 32] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

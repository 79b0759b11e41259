//! The awaits of a body: where they are, and what goes in front of each.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{ExprAsync, ExprClosure, TraitItemFn};

use crate::fragments::bracketed;
use crate::tokens::{grouped, is_block, is_punct, is_word};

/// What a body awaits. What is awaited in an `async` block inside is not the body's to await.
#[derive(Default)]
pub(crate) struct Awaits {
    is_function: bool,
    count: usize,
    /// The body with each `.await` as `.__alloc_budget_pausing(&guard).await`: it ends the scope
    /// where the future is not ready, and goes on with it at the next poll.
    pub(crate) pausing: TokenStream,
    /// The macros, each with its arguments, that may await what can't be seen here; and the
    /// methods, of which what is awaited may have no type yet.
    pub(crate) unseen: Vec<(Ident, Group)>,
}

impl Awaits {
    /// Of a block. What the budgets around it have put in front of an `.await` belongs to it: the
    /// scope of the block ends first, and begins last.
    pub(crate) fn of_block(body: TokenStream) -> Self {
        Self::default().rewriting(body)
    }

    /// Of a function. What is in front of an `.await` belongs to scopes inside.
    pub(crate) fn of_function(body: TokenStream) -> Self {
        Self { is_function: true, ..Self::default() }.rewriting(body)
    }

    pub(crate) fn any(&self) -> bool {
        self.count > 0
    }

    fn rewriting(mut self, body: TokenStream) -> Self {
        self.pausing = self.rewrite(body);
        self
    }

    fn rewrite(&mut self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut out = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let rest = &tokens[at..];
            let left_alone =
                nested_async(rest).max(if self.is_function { macro_definition(rest) } else { 0 });
            if left_alone > 0 {
                out.extend(rest[..left_alone].iter().cloned());
                at += left_alone;
                continue;
            }
            if let Some(length) = await_length(rest) {
                self.count += 1;
                self.unseen.extend(taken_out(&tokens[..at]));
                // Where what is awaited ends.
                let span = match &tokens[..at] {
                    [.., TokenTree::Group(group)] => group.span_close(),
                    [.., token] => token.span(),
                    [] => rest[0].span(),
                };
                let hygienic = Span::mixed_site().located_at(span);
                let guard = Ident::new("__alloc_budget_guard", hygienic);
                let method = Ident::new(METHOD, rest[length - 1].span());
                let moved = out.split_off(out.len() - place_length(&tokens[..at]));
                if !moved.is_empty() {
                    // In a condition `..={ moved }` would end before the braces. The parentheses
                    // are where lints on what is awaited point.
                    let mut braced = Group::new(Delimiter::Brace, quote!(#(#moved)*));
                    braced.set_span(moved[0].span());
                    let mut awaited = Group::new(Delimiter::Parenthesis, TokenTree::from(braced).into());
                    awaited.set_span(moved[0].span());
                    out.push(awaited.into());
                }
                let inner = if self.is_function { length - 2 } else { 0 };
                out.extend(rest[..inner].iter().cloned());
                out.extend(quote_spanned!(span=> .#method(&#guard)));
                out.extend(rest[inner..length].iter().cloned());
                at += length;
                continue;
            }
            self.unseen.extend(unknown_macro(&tokens[..at], rest));
            out.push(self.rewrite_inside(&rest[0]));
            at += 1;
        }
        bracketed(&out)
    }

    fn rewrite_inside(&mut self, token: &TokenTree) -> TokenTree {
        let TokenTree::Group(group) = token else { return token.clone() };
        let before = self.count;
        let inside = self.rewrite(group.stream());
        if self.count == before { token.clone() } else { grouped(group, inside).into() }
    }
}

/// The name of the method in front of an `.await`.
const METHOD: &str = "__alloc_budget_pausing";

/// The length of an `.await` that these tokens begin with, and what budgets have put in front of
/// it.
fn await_length(tokens: &[TokenTree]) -> Option<usize> {
    match tokens {
        [TokenTree::Punct(dot), TokenTree::Ident(word), rest @ ..] if dot.as_char() == '.' => match rest {
            [TokenTree::Group(_), rest @ ..] if word == METHOD => Some(await_length(rest)? + 3),
            _ => (word == "await").then_some(2),
        },
        _ => None,
    }
}

/// The length of a variable, or a field of one, at the end of these tokens; 0 where it is something
/// else. To await it moves it, and to call a method of it borrows it where it is a reference; so it
/// gets braces, out of which it is moved.
fn place_length(awaited: &[TokenTree]) -> usize {
    let mut length = 0;
    loop {
        let place = &awaited[..awaited.len() - length];
        length += match place {
            // No variable's names; in braces, `crate` would begin an item.
            [.., TokenTree::Ident(word)] if word == "await" || word == "crate" => return 0,
            [.., dot, TokenTree::Ident(_) | TokenTree::Literal(_)] if is_punct(dot, '.') => 2,
            // A path, and a label.
            [.., mark, TokenTree::Ident(_)] if is_punct(mark, ':') || is_punct(mark, '\'') => return 0,
            [.., TokenTree::Ident(_)] => return length + 1,
            _ => return 0,
        };
    }
}

/// The method at the end of these tokens that takes something out of a collection or an option.
/// What it is may be known only from a line further down, as it is put in: to call a method of it
/// is too early then, and to await it is not.
fn taken_out(awaited: &[TokenTree]) -> Option<(Ident, Group)> {
    let [.., TokenTree::Ident(method), TokenTree::Group(arguments)] = awaited else { return None };
    let takes = ["expect", "remove", "swap_remove", "unwrap", "unwrap_unchecked"];
    takes.iter().any(|known| method == known).then(|| (method.clone(), arguments.clone()))
}

/// How many tokens make an `async` block, closure or function at the beginning of these; 0 where
/// they don't.
fn nested_async(tokens: &[TokenTree]) -> usize {
    if !tokens.first().is_some_and(|first| is_word(first, "async")) {
        return 0;
    }
    let behind = |input: ParseStream<'_>| {
        if input.fork().parse::<TraitItemFn>().is_ok() {
            input.parse::<TraitItemFn>()?;
        } else if input.fork().parse::<ExprAsync>().is_ok() {
            input.parse::<ExprAsync>()?;
        } else {
            input.parse::<ExprClosure>()?;
        }
        Ok(input.parse::<TokenStream>()?.into_iter().count())
    };
    if let Ok(behind) = behind.parse2(tokens.iter().cloned().collect()) {
        return tokens.len() - behind;
    }
    // Still being typed.
    let end = tokens.iter().position(is_block);
    end.map_or(tokens.len(), |end| end + 1)
}

/// How many tokens make a `macro_rules!` at the beginning of these; 0 where they don't.
fn macro_definition(tokens: &[TokenTree]) -> usize {
    match tokens {
        [TokenTree::Ident(word), TokenTree::Punct(_), TokenTree::Ident(_), TokenTree::Group(_), ..]
            if word == "macro_rules" =>
        {
            4
        }
        _ => 0,
    }
}

/// The macro that these tokens call, behind those before, unless it is known to await nothing but
/// what is awaited in its arguments.
fn unknown_macro(before: &[TokenTree], tokens: &[TokenTree]) -> Option<(Ident, Group)> {
    let [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(arguments), ..] = tokens else {
        return None;
    };
    let is = |known: &&str| name == known;
    let is_known = WITHOUT_AWAIT.iter().any(is)
        && !is_in_own_path(before)
        && !(QUOTING.iter().any(is) && Awaits::of_block(arguments.stream()).any());
    (bang.as_char() == '!' && !is_known).then(|| (name.clone(), arguments.clone()))
}

/// Whether what follows these tokens is in a path that begins in the user's crate.
fn is_in_own_path(before: &[TokenTree]) -> bool {
    let [path @ .., TokenTree::Ident(root), _, colon] = before else { return false };
    is_punct(colon, ':') && (["crate", "self", "super"].iter().any(|own| root == own) || is_in_own_path(path))
}

/// Macros that print their arguments as they are written, so that none may be changed.
const QUOTING: [&str; 5] = ["assert", "dbg", "debug_assert", "ensure", "stringify"];

/// Words before a `!` that awaits nothing of its own: keywords, before a negation, and macros of
/// the standard library, of `log`, `tracing` and `anyhow`.
const WITHOUT_AWAIT: [&str; 53] = [
    "if",
    "while",
    "match",
    "return",
    "in",
    "else",
    "break",
    "move",
    "anyhow",
    "assert",
    "assert_eq",
    "assert_matches",
    "assert_ne",
    "bail",
    "budget",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "ensure",
    "env",
    "eprint",
    "eprintln",
    "error",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "info",
    "line",
    "log",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "pin",
    "print",
    "println",
    "stringify",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

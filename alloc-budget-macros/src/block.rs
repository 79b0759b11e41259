//! `budget!(ARGUMENT, …, { block })`.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::Error;

use crate::args::Args;
use crate::expand::{Expansion, arm, compile_error, enforced, not_enforced};
use crate::function::{is_block, ungrouped};

/// The macro's expansion: an expression.
pub(crate) fn budget(input: TokenStream) -> TokenStream {
    Budgeted::parse(input).map_or_else(|error| compile_error(&error), |budgeted| budgeted.expand())
}

struct Budgeted {
    args: Args,
    block: Group,
}

impl Budgeted {
    fn parse(input: TokenStream) -> Result<Self, Error> {
        let mut tokens: Vec<TokenTree> = input.into_iter().collect();
        let end = tokens.last().map_or_else(Span::call_site, TokenTree::span);
        let Some(TokenTree::Group(block)) = tokens.pop().map(ungrouped).filter(is_block) else {
            return Err(Error::new(
                end,
                "a budget's last argument is the block that it is for\nhelp: write `budget!(max = 0, { … })`",
            ));
        };
        if let Some(TokenTree::Punct(comma)) = tokens.last()
            && comma.as_char() == ','
        {
            tokens.pop();
        } else if let Some(last) = tokens.last() {
            return Err(Error::new(
                last.span(),
                "expected `,` between the budget's arguments and its block\nhelp: write `budget!(max = 0, { … })`",
            ));
        }
        let args = Args::parse(&tokens.into_iter().collect())?;
        if let Some(hidden) = hidden_await(block.stream()) {
            return Err(Error::new(
                hidden.span(),
                format!(
                    "the `.await` in `{hidden}!` can't be seen here, so it can't be measured\n\
                     help: put it into a block of its own: `async {{ {hidden}!(…) }}.await`"
                ),
            ));
        }
        Ok(Self { args, block })
    }

    fn expand(&self) -> TokenStream {
        let hygienic = Span::mixed_site();
        let Self { args, block } = self;
        let expansion = Expansion::of_block(args, block);
        let mut has_await = false;
        let paced = paced(block.stream(), &mut has_await);
        if !has_await {
            let (guard, body) = (expansion.guard_if_enforced(), arm(block));
            return quote_spanned!(hygienic=> { #guard #body });
        }
        let support = expansion.support();
        let guard = expansion.paced_guard();
        let body = arm(&expansion.braced(paced));
        let (enforced, not_enforced) = (enforced(), not_enforced());
        let (unused, plain) = (expansion.unused(), arm(block));
        quote_spanned! {hygienic=>
            match () {
                #enforced
                () => {
                    use #support::Pace as _;
                    #guard
                    #body
                }
                #not_enforced
                () => {
                    #unused
                    #plain
                }
            }
        }
    }
}

/// The name of the method that [`paced`] puts in front of an `.await`.
const PACE: &str = "__alloc_budget_pace";

/// The block with each `.await` as `.__alloc_budget_pace(&guard).await`: it ends the scope where the future is not ready,
/// and goes on with it at the next poll. What is awaited in an `async` block inside is not the block's to await.
fn paced(tokens: TokenStream, has_await: &mut bool) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut out = TokenStream::new();
    let mut at = 0;
    while at < tokens.len() {
        let inside = nested_async(&tokens[at..]);
        if inside > 0 {
            out.extend(tokens[at..at + inside].iter().cloned());
            at += inside;
            continue;
        }
        if let Some((length, span)) = starts_await(&tokens[at..]) {
            *has_await = true;
            let guard = Ident::new("__alloc_budget_guard", Span::mixed_site());
            let pace = Ident::new(PACE, Span::mixed_site().located_at(span));
            out.extend(quote!(.#pace(&#guard)));
            out.extend(tokens[at..at + length].iter().cloned());
            at += length;
            continue;
        }
        match &tokens[at] {
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), paced(group.stream(), has_await));
                inside.set_span(group.span());
                out.extend([TokenTree::Group(inside)]);
            }
            token => out.extend([token.clone()]),
        }
        at += 1;
    }
    out
}

/// The length of an `.await` that these tokens begin with, and its place. What the budgets around this one have put in front
/// of it belongs to it: the innermost scope ends first, and begins last.
fn starts_await(tokens: &[TokenTree]) -> Option<(usize, Span)> {
    match tokens {
        [TokenTree::Punct(dot), TokenTree::Ident(word), rest @ ..] if dot.as_char() == '.' => match rest {
            [TokenTree::Group(_), rest @ ..] if word == PACE => {
                let (length, span) = starts_await(rest)?;
                Some((length + 3, span))
            }
            _ => (word == "await").then(|| (2, word.span())),
        },
        _ => None,
    }
}

/// How many tokens make an `async` block, closure or function at the beginning of these; 0 where they don't.
fn nested_async(tokens: &[TokenTree]) -> usize {
    let is_async = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "async");
    if !tokens.first().is_some_and(is_async) {
        return 0;
    }
    let is_closure = tokens.iter().skip(1).find_map(|token| match token {
        TokenTree::Ident(word) if word == "move" => None,
        TokenTree::Punct(bar) => Some(bar.as_char() == '|'),
        _ => Some(false),
    });
    // A closure's body may be any expression, and ends with its braces where it has them.
    let end = tokens.iter().position(|token| match token {
        TokenTree::Punct(punct) => is_closure == Some(true) && matches!(punct.as_char(), ',' | ';'),
        token => is_block(token),
    });
    end.map_or(tokens.len(), |end| if is_block(&tokens[end]) { end + 1 } else { end })
}

/// A macro that is known to await what it is given, outside of an `async` block.
fn hidden_await(tokens: TokenStream) -> Option<Ident> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        let inside = nested_async(&tokens[at..]);
        if inside > 0 {
            at += inside;
            continue;
        }
        if let [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(arguments), ..] =
            &tokens[at..]
            && bang.as_char() == '!'
            && AWAITING.iter().any(|known| name == known)
            && !selects_channels(arguments)
        {
            return Some(name.clone());
        }
        if let TokenTree::Group(group) = &tokens[at]
            && let Some(found) = hidden_await(group.stream())
        {
            return Some(found);
        }
        at += 1;
    }
    None
}

/// What `futures` and `tokio` have.
const AWAITING: [&str; 6] = ["join", "try_join", "select", "select_biased", "pending", "poll"];

/// The `select!` of `crossbeam-channel`, which awaits nothing.
fn selects_channels(arguments: &Group) -> bool {
    let mut arguments = arguments.stream().into_iter();
    let is_operation = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if ["recv", "send"].iter().any(|known| word == known));
    arguments.next().as_ref().is_some_and(is_operation)
        && matches!(arguments.next(), Some(TokenTree::Group(_)))
}

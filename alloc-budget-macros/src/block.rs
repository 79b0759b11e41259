//! `budget!(ARGUMENT, …, { block })`.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::Error;

use crate::args::{Args, Prove};
use crate::awaits::Awaits;
use crate::error::compile_error;
use crate::expand::{Budget, Promise, arm};
use crate::leaving::leaving;
use crate::reader::{enforced, not_enforced};
use crate::tokens::{grouped, is_block, is_punct, ungrouped};

/// The macro's expansion: an expression.
pub(crate) fn budget(input: TokenStream) -> TokenStream {
    Budgeted::parse(input).map_or_else(|error| compile_error(&error), |budgeted| budgeted.expand())
}

struct Budgeted {
    args: Args,
    block: Group,
    awaits: Awaits,
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
        if let Some(last) = tokens.pop().filter(|last| !is_punct(last, ',')) {
            return Err(Error::new(
                last.span(),
                "expected `,` between the budget's arguments and its block\nhelp: write `budget!(max = 0, { … })`",
            ));
        }
        let args = Args::parse(&tokens.into_iter().collect())?;
        if let Some(on_err) = &args.on_err {
            return Err(Error::new(
                on_err.span(),
                "`on_err` is for functions: where `?` leaves a block, the block has no value that could be looked at\n\
                 help: put the block into a function, and `on_err = skip` on that",
            ));
        }
        if let (Some(_), Some((span, what))) =
            (args.prove.as_ref().filter(|prove| prove.is_wanted()), leaving(&block))
        {
            return Err(Error::new(
                span,
                format!(
                    "{what} may leave the block, which is proven as a function of its own\n\
                     help: put the block into a function, and `#[alloc_budget(prove)]` on that"
                ),
            ));
        }
        let awaits = Awaits::of_block(block.stream());
        if let Some((hidden, _)) = awaits.unseen.iter().find(|(name, arguments)| is_awaiting(name, arguments))
        {
            return Err(Error::new(
                hidden.span(),
                format!(
                    "the `.await` in `{hidden}!` can't be seen here, so it can't be measured\n\
                     help: put it into a block of its own: `async {{ {hidden}!(…) }}.await`"
                ),
            ));
        }
        Ok(Self { args, block, awaits })
    }

    fn expand(&self) -> TokenStream {
        let hygienic = Span::mixed_site();
        let Self { args, block, awaits } = self;
        let budget = Budget::of_block(args);
        let promise = Promise::of(args);
        if let Some(promise) = &promise {
            return self.proven(&budget, promise);
        }
        if args.is_only_proven() {
            let (unused, plain) = (budget.unused(), arm(block));
            return quote_spanned!(hygienic=> { #unused #plain });
        }
        if !awaits.any() {
            let is_plain = awaits.unseen.is_empty();
            let guard = if is_plain { budget.guard() } else { budget.lasting_guard() };
            let (guard, body) = (budget.if_enforced(&guard), arm(block));
            return quote_spanned!(hygienic=> { #guard #body });
        }
        let (guard, unused) = (budget.pausing_guard(), budget.unused());
        let (body, plain) = (arm(&grouped(block, awaits.pausing.clone())), arm(block));
        either(&quote!(#guard #body), &quote!(#unused #plain))
    }

    /// As a proving build has it. Only a block that says so becomes a function: else its `return`s
    /// stay where they are, and it can't be told from the code around it.
    fn proven(&self, budget: &Budget<'_>, promise: &Promise<'_>) -> TokenStream {
        let Self { args, block, awaits } = self;
        let body = arm(&grouped(block, awaits.pausing.clone()));
        let guard = if args.is_only_proven() { TokenStream::new() } else { budget.pausing_guard() };
        let (unused, plain) = (budget.unused(), arm(block));
        let is_wanted = args.prove.as_ref().is_some_and(Prove::is_wanted);
        let (obstacle, proven) =
            if is_wanted { ("", promise.block(budget, &plain)) } else { (UNTOLD, plain) };
        let record = promise.record(budget, "", obstacle);
        either(&quote!(#guard #body), &quote!(#record #unused #proven))
    }
}

/// Why nothing is proven of a block.
const UNTOLD: &str = "a block is proven only where it says so: write `prove` beside its limits";

/// One expression where budgets are enforced, and another where they are not.
fn either(measured: &TokenStream, plain: &TokenStream) -> TokenStream {
    let (enforced, not_enforced) = (enforced(), not_enforced());
    quote_spanned! {Span::mixed_site()=>
        match () {
            #enforced
            () => { #measured }
            #not_enforced
            () => { #plain }
        }
    }
}

/// Whether a macro is known to await what it is given: what `futures` and `tokio` have.
fn is_awaiting(name: &Ident, arguments: &Group) -> bool {
    let known = ["join", "try_join", "select", "select_biased", "pending", "poll"];
    known.iter().any(|known| name == known) && !selects_channels(arguments)
}

/// The `select!` of `crossbeam-channel`, which awaits nothing.
fn selects_channels(arguments: &Group) -> bool {
    let mut arguments = arguments.stream().into_iter();
    let is_operation = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if ["recv", "send"].iter().any(|known| word == known));
    arguments.next().as_ref().is_some_and(is_operation)
        && matches!(arguments.next(), Some(TokenTree::Group(_)))
}

//! Tokens out.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::Error;

use crate::args::{Args, LIMITS};
use crate::function::{Body, Function};

/// The attribute's expansion. Beside an error, the item stands as if the attribute were not there: one mistake
/// gives one error.
pub(crate) fn attribute(args: &TokenStream, item: TokenStream) -> TokenStream {
    let parsed = match (Args::parse(args), Function::parse(&item)) {
        (Ok(args), Ok(function)) => Ok((args, function)),
        // Where the item is wrong, the arguments don't matter.
        (_, Err(error)) | (Err(error), _) => Err(error),
    };
    match parsed {
        Ok((args, function)) => budgeted(&args, &function),
        Err(error) => {
            let mut tokens = compile_error(&error);
            tokens.extend(item);
            tokens
        }
    }
}

/// An error's `compile_error!` without the `::core::` in front, which in edition 2015 would be a module of the user's
/// crate.
fn compile_error(error: &Error) -> TokenStream {
    let is_path = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == ':',
        TokenTree::Ident(ident) => ident == "core",
        _ => false,
    };
    error.to_compile_error().into_iter().filter(|token| !is_path(token)).collect()
}

fn budgeted(args: &Args, function: &Function) -> TokenStream {
    let Function { head, body, .. } = function;
    let Body { inner_attributes, items, rest } = function.body();
    if rest.is_empty() && !args.names_something() {
        // Nothing to measure; and some lints look for empty bodies.
        return quote!(#head #body);
    }
    let guard = guard(args, function);
    // Both with the span of the user's own braces: by it lints tell the user's function from a macro's.
    let spanned = |stream| {
        let mut group = Group::new(body.delimiter(), stream);
        group.set_span(body.span());
        group
    };
    let rest = arm(&spanned(rest));
    let mut tokens = head.clone();
    tokens.append(spanned(quote!(#inner_attributes #items #guard #rest)));
    tokens
}

/// The body as the one arm of a `match`. Before edition 2024 a block's last expression leaves its temporaries to be
/// dropped after the block's locals, so after the guard; those of an arm are dropped at its end.
fn arm(body: &Group) -> TokenStream {
    quote_spanned!(Span::mixed_site().located_at(body.span())=> match () { () => #body })
}

/// The statement in front of the body.
fn guard(args: &Args, function: &Function) -> TokenStream {
    let hygienic = Span::mixed_site();
    let krate = args
        .krate
        .as_ref()
        .map_or_else(|| quote_spanned!(hygienic=> ::alloc_budget), ToTokens::to_token_stream);
    let support = quote_spanned!(hygienic=> #krate::__macro_support);
    let site = site(args, function, &support);
    let guard = if args.measure.is_some() {
        quote_spanned!(hygienic=> let __alloc_budget_guard = #support::Meter::enter(#site);)
    } else {
        let (limited, limits) = limits(args, &support);
        let guard = quote_spanned!(hygienic=> #support::Guard::<#limited>);
        if let Some(warmup) = &args.warmup {
            let warmup = warmup.convert(&support);
            quote_spanned!(hygienic=> let __alloc_budget_guard = #guard::enter_warm(#site, #limits, #warmup);)
        } else {
            quote_spanned!(hygienic=> let __alloc_budget_guard = #guard::enter(#site, #limits);)
        }
    };
    if cfg!(feature = "enforce") {
        return guard;
    }
    let unused = unused(args, &support);
    quote_spanned! {hygienic=>
        #[cfg(any(debug_assertions, test))]
        #guard
        #unused
    }
}

/// Which limits there are, as bits, and the runtime's struct of them.
fn limits(args: &Args, support: &TokenStream) -> (u8, TokenStream) {
    let hygienic = Span::mixed_site();
    let bit = |limit: &Ident| LIMITS.iter().position(|known| limit == known).map_or(0, |at| 1 << at);
    let limited = args.limits.iter().fold(0, |bits, (limit, _)| bits | bit(limit));
    let fields = args.limits.iter().map(|(limit, amount)| {
        let field = Ident::new(&limit.to_string(), hygienic);
        let amount = amount.convert(support);
        quote_spanned!(hygienic=> #field: #amount)
    });
    // Nothing is left to fill in where all are given, and a lint would say so.
    let rest =
        (args.limits.len() < LIMITS.len()).then(|| quote_spanned!(hygienic=> ..#support::Limits::NONE));
    (limited, quote_spanned!(hygienic=> #support::Limits { #(#fields,)* #rest }))
}

/// Where the budget is not enforced: what its expressions name is still used.
fn unused(args: &Args, support: &TokenStream) -> TokenStream {
    let amounts = args.limits.iter().map(|(_, amount)| amount).chain(&args.warmup);
    let amounts: Vec<_> =
        amounts.filter(|amount| amount.names_something()).map(|amount| amount.convert(support)).collect();
    if amounts.is_empty() {
        return TokenStream::new();
    }
    quote_spanned! {Span::mixed_site()=>
        #[cfg(not(any(debug_assertions, test)))]
        {
            if false {
                #(let _ = #amounts;)*
            }
        }
    }
}

/// A reference to the function's static record.
fn site(args: &Args, function: &Function, support: &TokenStream) -> TokenStream {
    let hygienic = Span::mixed_site();
    // Calls with the function's own span, which is where they will be said to be.
    let raise = Ident::new("__alloc_budget_raise", function.start);
    let here = Ident::new("__alloc_budget_here", function.start);
    let message = Ident::new("__alloc_budget_message", function.start);
    let here_call = quote_spanned!(function.start=> #here());
    let raise_call = quote_spanned!(function.start=> #raise(#message));
    let mut options = TokenStream::new();
    if let Some(name) = &args.name {
        options.extend(quote_spanned!(hygienic=> .named(#name)));
    }
    if let Some(action) = &args.on_overage {
        options.extend(quote_spanned!(hygienic=> .on_overage(#support::OnOverage::#action)));
    }
    if args.measure.is_some() {
        options.extend(quote_spanned!(hygienic=> .recording()));
    }
    // Cargo sets it for the packages that the user is building.
    let is_primary = std::env::var_os("CARGO_PRIMARY_PACKAGE").is_some();
    quote_spanned! {hygienic=>
        {
            static SITE: #support::Site = {
                use #support::{here as #here, raise as #raise};
                #support::Site::new(#here_call, |#message| #raise_call, || (), ::core::module_path!())
                    .built(::core::cfg!(test), #is_primary)
                    #options
            };
            &SITE
        }
    }
}

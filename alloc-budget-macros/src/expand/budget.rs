//! A budget's limits, and what of them is left where it is not enforced.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use crate::args::amount::Amount;
use crate::args::{Args, LIMITS};
use crate::reader::not_enforced;

/// The budget of one function or block.
pub(crate) struct Budget<'a> {
    pub(super) args: &'a Args,
    /// Where what it is for begins: the place of its overages.
    pub(super) start: Span,
    /// Whether it is for a block, and not for a function.
    pub(super) is_block: bool,
    /// The path of the runtime's hidden door.
    pub(super) support: TokenStream,
}

impl<'a> Budget<'a> {
    pub(crate) fn new(args: &'a Args, start: Span) -> Self {
        let hygienic = Span::mixed_site();
        let krate = args
            .krate
            .as_ref()
            .map_or_else(|| quote_spanned!(hygienic=> ::alloc_budget), ToTokens::to_token_stream);
        Self { args, start, is_block: false, support: quote_spanned!(hygienic=> #krate::__macro_support) }
    }

    /// That of `budget!`.
    pub(crate) fn of_block(args: &'a Args) -> Self {
        Self { is_block: true, ..Self::new(args, Span::call_site()) }
    }

    /// Which limits there are, as bits, and the runtime's struct of them.
    pub(super) fn limits(&self) -> (u8, TokenStream) {
        let Self { args, support, .. } = self;
        let hygienic = Span::mixed_site();
        let bit = |limit: &Ident| LIMITS.iter().position(|known| limit == known).map_or(0, |at| 1 << at);
        // Without any, a scope is only measured.
        let only_exempt = args.limits.is_empty() && args.max_exempt.is_some();
        let limited = args.limits.iter().fold(u8::from(only_exempt), |bits, (limit, _)| bits | bit(limit));
        let fields = args.limits.iter().map(|(limit, amount)| {
            let field = Ident::new(&limit.to_string(), hygienic);
            let amount = amount.convert(support);
            quote_spanned!(hygienic=> #field: #amount)
        });
        (limited, quote_spanned!(hygienic=> #support::Limits { #(#fields,)* ..#support::Limits::NONE }))
    }

    /// Where the budget is not enforced: what its expressions name is still used.
    pub(crate) fn unused(&self) -> TokenStream {
        let Self { args, support, .. } = self;
        let used = |amount: &&Amount| amount.names_something();
        let limits = args.amounts().filter(used);
        let warmup = args.warmup.iter().filter(used).map(|warmup| warmup.convert_warmup(support));
        let prime =
            args.prime.iter().map(|prime| quote_spanned!(Span::mixed_site()=> #support::done(#prime)));
        let amounts: Vec<_> =
            limits.map(|amount| amount.convert(support)).chain(warmup).chain(prime).collect();
        if amounts.is_empty() {
            return TokenStream::new();
        }
        let not_enforced = not_enforced();
        quote_spanned! {Span::mixed_site()=>
            #not_enforced
            {
                if false {
                    #(let _ = #amounts;)*
                }
            }
        }
    }
}

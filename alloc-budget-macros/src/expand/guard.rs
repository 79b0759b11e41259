//! What enforces a budget: a guard in front of a body, or a future around another one.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::expand::budget::Budget;
use crate::reader::enforced;

impl Budget<'_> {
    /// A statement in front of the body, and what is in its place where there is none.
    pub(crate) fn if_enforced(&self, guard: &TokenStream) -> TokenStream {
        let (enforced, unused) = (enforced(), self.unused());
        quote!(#enforced #guard #unused)
    }

    /// The statement in front of the body.
    pub(crate) fn guard(&self) -> TokenStream {
        let hygienic = Span::mixed_site();
        let Self { args, support, .. } = self;
        if args.all_threads {
            return self.lasting_guard();
        }
        let is_static = args.measure.is_some() || args.warmup.is_some() || args.prime.is_some();
        let guard = if is_static || args.max_exempt.is_some() {
            let (limited, entry) = self.entry();
            quote_spanned!(hygienic=> #support::SiteGuard::<#limited, _>::enter(#entry))
        } else {
            let function = self.described();
            if let [(limit, amount)] = &*args.limits {
                let enter = Ident::new(&limit.to_string(), hygienic);
                let amount = amount.convert(support);
                quote_spanned!(hygienic=> #support::Enter::#enter(#function, #amount))
            } else {
                let (limited, limits) = self.limits();
                quote_spanned!(hygienic=> #support::Enter::limited::<#limited>(#function, #limits))
            }
        };
        quote_spanned!(hygienic=> let __alloc_budget_guard = #guard;)
    }

    /// The statements in front of a body that awaits.
    pub(crate) fn pausing_guard(&self) -> TokenStream {
        let (support, guard) = (&self.support, self.lasting_guard());
        quote_spanned!(Span::mixed_site()=> use #support::Pausing as _; #guard)
    }

    /// The statement in front of a body that may await: the guard finds out when its scope has
    /// ended before it.
    pub(crate) fn lasting_guard(&self) -> TokenStream {
        let hygienic = Span::mixed_site();
        let support = &self.support;
        let (limited, entry) = self.entry();
        quote_spanned! {hygienic=>
            let __alloc_budget_guard = #support::PausingGuard::<#limited, _>::enter(#entry);
        }
    }

    /// An expression's future, measured.
    pub(super) fn future(&self, future: &TokenStream) -> TokenStream {
        let hygienic = Span::mixed_site();
        let support = &self.support;
        let (limited, entry) = self.entry();
        let is_skipped = self.is_skipped();
        quote_spanned!(hygienic=> #support::future::<#limited, _>(#entry, #future, #is_skipped))
    }

    /// A future that goes on where the guard in front of the body that makes it ends.
    pub(super) fn handed_over(&self, body: &TokenStream) -> TokenStream {
        let is_skipped = self.is_skipped();
        quote_spanned!(Span::mixed_site()=> __alloc_budget_guard.future(#body, #is_skipped))
    }

    /// A body as a closure, measured: its value decides whether it is judged.
    pub(super) fn call(&self, body: &TokenStream) -> TokenStream {
        let support = &self.support;
        let (limited, entry) = self.entry();
        let is_skipped = self.is_skipped();
        quote_spanned!(Span::mixed_site()=> #support::call::<#limited, _>(#entry, #body, #is_skipped))
    }

    /// What tells the calls that are not judged from their values.
    fn is_skipped(&self) -> TokenStream {
        let Self { args, support, .. } = self;
        let hygienic = Span::mixed_site();
        if args.on_err.is_some() {
            quote_spanned!(hygienic=> #support::skip_err)
        } else {
            quote_spanned!(hygienic=> #support::skip_none)
        }
    }

    /// Which limits there are, as bits, and what the runtime must know of a call.
    fn entry(&self) -> (u8, TokenStream) {
        let hygienic = Span::mixed_site();
        let Self { args, support, .. } = self;
        let site = self.site();
        let (limited, limits) = self.limits();
        let max_exempt = match &args.max_exempt {
            None => quote_spanned!(hygienic=> #support::AnyExempt),
            Some((_, amount)) => {
                let amount = amount.convert(support);
                quote_spanned!(hygienic=> #support::MaxExempt(#amount))
            }
        };
        let warmup = args.warmup.iter().map(|warmup| warmup.convert_warmup(support));
        let all_threads = args.all_threads.then(|| quote_spanned!(hygienic=> .all_threads()));
        let entry = match &args.prime {
            None => quote_spanned!(hygienic=> #support::Entry::new(#site, #limits, #max_exempt)),
            Some(prime) => quote_spanned! {hygienic=>
                #support::Primed::by(#site, || #support::done(#prime)).entry(#limits, #max_exempt)
            },
        };
        (limited, quote_spanned!(hygienic=> #entry #(.warm(#warmup))* #all_threads))
    }
}

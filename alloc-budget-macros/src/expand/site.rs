//! What the runtime is told of a function beside its limits: its place, its name, what an overage
//! does.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::expand::budget::Budget;

impl Budget<'_> {
    /// A reference to the function's static record.
    pub(super) fn site(&self) -> TokenStream {
        let Self { start, support, .. } = self;
        let start = *start;
        let hygienic = Span::mixed_site();
        // Calls with the function's own span, which is where they will be said to be.
        let raise = Ident::new("__alloc_budget_raise", start);
        let here = Ident::new("__alloc_budget_here", start);
        let message = Ident::new("__alloc_budget_message", start);
        let here_call = quote_spanned!(start=> #here());
        let raise_call = quote_spanned!(start=> #raise(#message));
        let options = self.options();
        let origin = self.origin();
        quote_spanned! {hygienic=>
            {
                static SITE: #support::Site = {
                    use #support::{here as #here, raise as #raise};
                    #support::Site::new(#here_call, |#message| #raise_call, || (), #origin) #options
                };
                &SITE
            }
        }
    }

    /// A closure that knows what the static record would.
    pub(super) fn closure(&self) -> TokenStream {
        let start = self.start;
        let hygienic = Span::mixed_site();
        // A call with the function's own span, which is where it will be said to be.
        let call = Ident::new("__alloc_budget_call", start);
        let origin = self.origin();
        let answer = quote_spanned!(start=> #call.answer(#origin));
        let options = self.options();
        quote_spanned!(hygienic=> |#call| #answer #options)
    }

    /// What is known of the crate that the function is compiled in.
    fn origin(&self) -> TokenStream {
        let support = &self.support;
        // Cargo sets both, the second one for the packages that the user is building.
        let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
        let is_primary = std::env::var_os("CARGO_PRIMARY_PACKAGE").is_some();
        quote_spanned! {Span::mixed_site()=>
            &#support::Origin {
                module: ::core::module_path!(),
                package: #package,
                is_primary: #is_primary,
                is_test: ::core::cfg!(test),
                is_debug: ::core::cfg!(debug_assertions),
            }
        }
    }

    /// What is said of the function beside where it is.
    fn options(&self) -> TokenStream {
        let Self { args, support, .. } = self;
        let hygienic = Span::mixed_site();
        let mut options = TokenStream::new();
        if self.is_block {
            options.extend(quote_spanned!(hygienic=> .block()));
        }
        if let Some(name) = &args.name {
            options.extend(quote_spanned!(hygienic=> .named(#name)));
        }
        if let Some(action) = &args.on_overage {
            options.extend(quote_spanned!(hygienic=> .on_overage(#support::OnOverage::#action)));
        }
        if args.measure.is_some() {
            options.extend(quote_spanned!(hygienic=> .recording()));
        }
        options
    }
}

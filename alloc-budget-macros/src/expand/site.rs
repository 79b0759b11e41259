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

    /// A function that knows what the static record would. The compiler has least to do for it as
    /// an item: it is no part of the function around it, and compiled once for all its types.
    pub(super) fn described(&self) -> TokenStream {
        let Self { start, support, .. } = self;
        let start = *start;
        let hygienic = Span::mixed_site();
        // A call with the function's own span, which is where it will be said to be.
        let call = Ident::new("__alloc_budget_call", start);
        let (package, is_primary) = package();
        // Without the feature, an expansion in an optimised build is that of a test.
        let is_debug = if cfg!(feature = "enforce") {
            quote_spanned!(hygienic=> ::core::cfg!(debug_assertions))
        } else {
            quote_spanned!(hygienic=> true)
        };
        let known = quote_spanned! {hygienic=>
            ::core::any::type_name::<Inside>,
            ::core::module_path!(),
            #package,
            #is_primary,
            ::core::cfg!(test),
            #is_debug
        };
        let answer = quote_spanned!(start=> #call.answer(#known));
        let options = self.options();
        quote_spanned! {hygienic=>
            {
                fn __alloc_budget_site(#call: #support::Call) -> #support::Site {
                    enum Inside {}
                    #answer #options
                }
                __alloc_budget_site
            }
        }
    }

    /// What is known of the crate that the function is compiled in.
    fn origin(&self) -> TokenStream {
        let support = &self.support;
        let (package, is_primary) = package();
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

/// The package's name, and whether the user is building it. Cargo sets both.
pub(super) fn package() -> (String, bool) {
    (std::env::var("CARGO_PKG_NAME").unwrap_or_default(), std::env::var_os("CARGO_PRIMARY_PACKAGE").is_some())
}

//! Tokens out.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::Error;

use crate::args::{Args, LIMITS};
use crate::function::{Body, Function, Measured, Signature, breaks_off};
use crate::reader::{enforced, not_enforced};
use crate::tokens::grouped;

/// An error's `compile_error!` without the `::core::` in front, which in edition 2015 would be a
/// module of the user's crate.
pub(crate) fn compile_error(error: &Error) -> TokenStream {
    let is_path = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == ':',
        TokenTree::Ident(ident) => ident == "core",
        _ => false,
    };
    error.to_compile_error().into_iter().filter(|token| !is_path(token)).collect()
}

pub(crate) fn budgeted(args: &Args, function: &Function) -> TokenStream {
    let Function { head, body, .. } = function;
    let parts = function.body();
    let is_empty = parts.rest.is_empty() && !args.names_something();
    // Nothing to measure, and some lints look for empty bodies; or still being typed.
    if is_empty || breaks_off(&parts.rest) {
        return quote!(#head #body);
    }
    let expansion = Expansion::new(args, function);
    let Body { inner_attributes, items, rest } = parts;
    let unused = expansion.unused();
    let mut plain = quote!(#unused #rest);
    let measured = match function.future(&rest) {
        None if !args.limits_frees() => {
            let guard = expansion.if_enforced(&expansion.guard());
            return expansion.function(quote!(#inner_attributes #items #guard #rest));
        }
        None => {
            let guard = expansion.guard();
            let body = expansion.judged(function, rest.clone());
            quote!(#guard #body)
        }
        Some(Measured::Pausing(body)) => {
            let guard = expansion.pausing_guard();
            let body = if args.limits_frees() { expansion.judged(function, body) } else { body };
            quote!(#guard #body)
        }
        Some(Measured::Body) => expansion.body_future(function, &expansion.braced(rest.clone())),
        Some(Measured::Boxed { path, call }) => {
            let call = grouped(&call, expansion.future(&call.stream()));
            quote!(#path #call)
        }
        Some(Measured::Handed { binding, keyword, block, arguments, future, executor }) => {
            let mut future = expansion.future(&future);
            if !arguments.is_empty() {
                let call = block.stream().into_iter().skip(arguments.clone().into_iter().count());
                // Here the limits may name the arguments.
                let unmeasured = grouped(&block, quote!(#arguments #unused #(#call)*));
                plain = quote!(#binding #keyword #unmeasured #executor);
                let measured = quote_spanned!(Span::mixed_site()=> #arguments #future.await);
                let block = grouped(&block, measured);
                future = quote!(#keyword #block);
            }
            quote_spanned!(Span::mixed_site()=> #binding #future #executor)
        }
    };
    let (enforced, not_enforced) = (enforced(), not_enforced());
    let measured = expansion.function(quote!(#inner_attributes #items #measured));
    let plain = expansion.function(quote!(#inner_attributes #items #plain));
    quote!(#enforced #measured #not_enforced #plain)
}

/// The body as the one arm of a `match`. Before edition 2024 a block's last expression leaves its
/// temporaries to be dropped after the block's locals, so after the guard; those of an arm are
/// dropped at its end.
pub(crate) fn arm(body: &Group) -> TokenStream {
    quote_spanned!(Span::mixed_site().located_at(body.span())=> match () { () => #body })
}

/// As [`arm`] for a body whose value is an `impl Trait`: in an arm a closure would not learn that
/// its arguments may have every lifetime.
fn returned(body: &Group) -> TokenStream {
    let span = Span::mixed_site().located_at(body.span());
    // Not the user's, or a lint would find them unnecessary.
    let mut braces = body.clone();
    braces.set_span(span);
    quote_spanned!(span=> return #braces;)
}

/// What the parts of an expansion have in common.
pub(crate) struct Expansion<'a> {
    args: &'a Args,
    /// Where it begins.
    start: Span,
    /// `None` for a block.
    head: Option<&'a TokenStream>,
    body: &'a Group,
    /// The path of the runtime's hidden door.
    support: TokenStream,
}

impl<'a> Expansion<'a> {
    fn new(args: &'a Args, function: &'a Function) -> Self {
        Self { head: Some(&function.head), ..Self::at(args, function.start, &function.body) }
    }

    pub(crate) fn of_block(args: &'a Args, block: &'a Group) -> Self {
        Self::at(args, Span::call_site(), block)
    }

    fn at(args: &'a Args, start: Span, body: &'a Group) -> Self {
        let hygienic = Span::mixed_site();
        let krate = args
            .krate
            .as_ref()
            .map_or_else(|| quote_spanned!(hygienic=> ::alloc_budget), ToTokens::to_token_stream);
        Self { args, start, head: None, body, support: quote_spanned!(hygienic=> #krate::__macro_support) }
    }

    /// In braces with the span of the user's own: by it lints tell the user's function from a
    /// macro's.
    pub(crate) fn braced(&self, tokens: TokenStream) -> Group {
        grouped(self.body, tokens)
    }

    /// The body of a function whose limits ask what is freed in it.
    fn judged(&self, function: &Function, body: TokenStream) -> TokenStream {
        let body = self.braced(body);
        if function.has_opaque_value() { returned(&body) } else { arm(&body) }
    }

    /// The user's function with another body.
    fn function(&self, body: TokenStream) -> TokenStream {
        let mut tokens = self.head.cloned().unwrap_or_default();
        tokens.append(self.braced(body));
        tokens
    }

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
        let guard = if args.measure.is_some() || args.warmup.is_some() {
            let (limited, entry) = self.entry();
            quote_spanned!(hygienic=> #support::SiteGuard::<#limited>::enter(#entry))
        } else {
            let (function, (limited, limits)) = (self.closure(), self.limits());
            quote_spanned!(hygienic=> #support::Guard::<#limited, _>::enter(#function, #limits))
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
            let __alloc_budget_guard = #support::PausingGuard::<#limited>::enter(#entry);
        }
    }

    /// The measured future of an `async fn`'s body.
    ///
    /// An `async` block owns the arguments, and drops them in the order in which it names them: the
    /// last one first, as a function does. An early `return` needs to know its type.
    fn body_future(&self, function: &Function, body: &Group) -> TokenStream {
        let hygienic = Span::mixed_site();
        let support = &self.support;
        let Signature { naming, output } = function.signature(&body.stream());
        let (naming, output) = (naming.iter().rev(), output.iter());
        let body = arm(body);
        let future = self.future(&quote_spanned! {hygienic=>
            async move {
                #(if false {
                    return #support::never::<#output>();
                })*
                #(#naming)*
                #body
            }
        });
        quote_spanned!(hygienic=> #future.await)
    }

    /// An expression's future, measured.
    fn future(&self, future: &TokenStream) -> TokenStream {
        let hygienic = Span::mixed_site();
        let support = &self.support;
        let (limited, entry) = self.entry();
        quote_spanned!(hygienic=> #support::future::<#limited, _>(#entry, #future))
    }

    /// Which limits there are, as bits, and what the runtime must know of a call.
    fn entry(&self) -> (u8, TokenStream) {
        let hygienic = Span::mixed_site();
        let Self { args, support, .. } = self;
        let site = self.site();
        let (limited, limits) = self.limits();
        let warmup = args.warmup.iter().map(|warmup| warmup.convert(support));
        let all_threads = args.all_threads.then(|| quote_spanned!(hygienic=> .all_threads()));
        let entry =
            quote_spanned!(hygienic=> #support::Entry::new(#site, #limits) #(.warm(#warmup))* #all_threads);
        (limited, entry)
    }

    /// Which limits there are, as bits, and the runtime's struct of them.
    fn limits(&self) -> (u8, TokenStream) {
        let Self { args, support, .. } = self;
        let hygienic = Span::mixed_site();
        let bit = |limit: &Ident| LIMITS.iter().position(|known| limit == known).map_or(0, |at| 1 << at);
        let limited = args.limits.iter().fold(0, |bits, (limit, _)| bits | bit(limit));
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
        let amounts = args.limits.iter().map(|(_, amount)| amount).chain(&args.warmup);
        let amounts: Vec<_> =
            amounts.filter(|amount| amount.names_something()).map(|amount| amount.convert(support)).collect();
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

    /// A reference to the function's static record.
    fn site(&self) -> TokenStream {
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
    fn closure(&self) -> TokenStream {
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

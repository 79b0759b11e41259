//! The annotated function with its budget.

use proc_macro2::{Group, Span, TokenStream};
use quote::{TokenStreamExt, quote, quote_spanned};

use crate::args::Args;
use crate::expand::arm::{arm, returned};
use crate::expand::budget::Budget;
use crate::function::{Body, BoxedFuture, Case, Function, HandedFuture, Measured, Signature, breaks_off};
use crate::reader::{enforced, not_enforced};
use crate::tokens::grouped;

/// The user's function: its head as it was written, and in its braces the budget and the body.
pub(crate) fn budgeted(args: &Args, function: &Function) -> TokenStream {
    let body = function.body();
    // Nothing to measure, and some lints look for empty bodies; or still being typed.
    if body.rest.is_empty() && !args.names_something() || breaks_off(&body.rest) {
        let Function { head, body, .. } = function;
        return quote!(#head #body);
    }
    let budget = Budget::new(args, function.start);
    Expansion { args, function, body, budget }.expand()
}

struct Expansion<'a> {
    args: &'a Args,
    function: &'a Function,
    body: Body,
    budget: Budget<'a>,
}

impl Expansion<'_> {
    /// One form for each kind of body.
    fn expand(&self) -> TokenStream {
        match self.function.future(&self.body.rest) {
            None if !self.args.limits_frees() => self.guarded(),
            None => self.twice(&self.judged(), &self.plain()),
            Some(Measured::Pausing(body)) => self.twice(&self.pausing(body), &self.plain()),
            Some(Measured::Body) => self.twice(&self.body_future(), &self.plain()),
            Some(Measured::Boxed(boxed)) => self.twice(&self.boxed(&boxed), &self.plain()),
            Some(Measured::Handed(handed)) => self.twice(&self.handed(&handed), &self.plain()),
            Some(Measured::HandedCase(handed, case)) => {
                self.twice(&self.handed_case(&handed, &case), &self.plain_case(&handed, &case))
            }
        }
    }

    /// A guard in front of the untouched body.
    fn guarded(&self) -> TokenStream {
        let guard = self.budget.if_enforced(&self.budget.guard());
        let rest = &self.body.rest;
        self.with_rest(&quote!(#guard #rest))
    }

    /// A guard in front of a body whose limits ask what is freed in it.
    fn judged(&self) -> TokenStream {
        let guard = self.budget.guard();
        let body = self.ended(self.body.rest.clone());
        quote!(#guard #body)
    }

    /// A guard in front of a body that awaits, and a method call in front of each `.await`.
    fn pausing(&self, body: TokenStream) -> TokenStream {
        let guard = self.budget.pausing_guard();
        let body = if self.args.limits_frees() { self.ended(body) } else { body };
        quote!(#guard #body)
    }

    /// The measured future of an `async fn`'s body, awaited.
    ///
    /// An `async` block owns the arguments, and drops them in the order in which it names them: the
    /// last one first, as a function does. An early `return` needs to know its type.
    fn body_future(&self) -> TokenStream {
        let hygienic = Span::mixed_site();
        let support = &self.budget.support;
        let body = self.braced(self.body.rest.clone());
        let Signature { naming, output } = self.function.signature(&body.stream());
        let (naming, output) = (naming.iter().rev(), output.iter());
        let body = arm(&body);
        let future = self.budget.future(&quote_spanned! {hygienic=>
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

    /// The measured future in the box that the function returns.
    fn boxed(&self, boxed: &BoxedFuture) -> TokenStream {
        let BoxedFuture { path, call } = boxed;
        let call = grouped(call, self.budget.future(&call.stream()));
        quote!(#path #call)
    }

    /// The measured future, given to the function's executor.
    fn handed(&self, handed: &HandedFuture) -> TokenStream {
        let HandedFuture { binding, keyword, block, executor } = handed;
        let future = self.budget.future(&quote!(#keyword #block));
        quote_spanned!(Span::mixed_site()=> #binding #future #executor)
    }

    /// As [`Self::handed`], where only the call of the case's test is measured.
    fn handed_case(&self, handed: &HandedFuture, case: &Case) -> TokenStream {
        let hygienic = Span::mixed_site();
        let HandedFuture { binding, keyword, block, executor } = handed;
        let Case { arguments, call } = case;
        let future = self.budget.future(&quote!(#keyword { #call }));
        let block = grouped(block, quote_spanned!(hygienic=> #arguments #future.await));
        quote_spanned!(hygienic=> #binding #keyword #block #executor)
    }

    /// What is there where the budget is not enforced.
    fn plain(&self) -> TokenStream {
        let (unused, rest) = (self.budget.unused(), &self.body.rest);
        quote!(#unused #rest)
    }

    /// As [`Self::plain`], where the limits may name the arguments of the case.
    fn plain_case(&self, handed: &HandedFuture, case: &Case) -> TokenStream {
        let HandedFuture { binding, keyword, block, executor } = handed;
        let (Case { arguments, call }, unused) = (case, self.budget.unused());
        let block = grouped(block, quote!(#arguments #unused #call));
        quote!(#binding #keyword #block #executor)
    }

    /// The user's function once where budgets are enforced, and once where they are not.
    fn twice(&self, measured: &TokenStream, plain: &TokenStream) -> TokenStream {
        let (enforced, not_enforced) = (enforced(), not_enforced());
        let (measured, plain) = (self.with_rest(measured), self.with_rest(plain));
        quote!(#enforced #measured #not_enforced #plain)
    }

    /// The user's function with something else behind the body's items.
    fn with_rest(&self, rest: &TokenStream) -> TokenStream {
        let Body { inner_attributes, items, .. } = &self.body;
        let mut tokens = self.function.head.clone();
        tokens.append(self.braced(quote!(#inner_attributes #items #rest)));
        tokens
    }

    /// A body whose temporaries end before the guard does.
    fn ended(&self, body: TokenStream) -> TokenStream {
        let body = self.braced(body);
        if self.function.has_opaque_value() { returned(&body) } else { arm(&body) }
    }

    /// In braces with the span of the user's own: by it lints tell the user's function from a
    /// macro's.
    fn braced(&self, tokens: TokenStream) -> Group {
        grouped(&self.function.body, tokens)
    }
}

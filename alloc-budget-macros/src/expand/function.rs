//! The annotated function with its budget.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{TokenStreamExt, quote, quote_spanned};
use syn::Error;

use crate::args::Args;
use crate::error::compile_error;
use crate::expand::arm::{arm, returned};
use crate::expand::budget::Budget;
use crate::expand::promise::Promise;
use crate::function::{
    Body, Case, Function, HandedFuture, Measured, Moved, MovedBody, Returned, Signature, breaks_off,
    used_in_box,
};
use crate::reader::{enforced, not_enforced};
use crate::tokens::grouped;

/// The user's function: its head as it was written, and in its braces the budget and the body.
pub(crate) fn budgeted(args: &Args, function: &Function) -> TokenStream {
    let mut body = function.body();
    if let Some(used) = used_in_box(&body.rest.tokens, &|name| args.names(name)) {
        body.rest = used.into();
    }
    let budget = Budget::new(args, function.start);
    let promise = Promise::of(args);
    // Nothing to measure, and some lints look for empty bodies; or still being typed.
    let has_nothing = body.rest.tokens.is_empty() && !args.names_something() || args.is_only_proven();
    let is_nothing = has_nothing && promise.is_none();
    if is_nothing || breaks_off(&body.rest.tokens) || function.lacks_type() {
        let Function { head, body, .. } = function;
        return quote!(#head #body);
    }
    Expansion { args, function, body, budget, promise }.expand()
}

/// Why nothing is proven of a function whose body is where no mark can be put.
const MOVED: &str =
    "its body is in a closure or a box of another macro: give the promise to a function that it calls";

struct Expansion<'a> {
    args: &'a Args,
    function: &'a Function,
    body: Body,
    budget: Budget<'a>,
    /// In a build for `cargo alloc-budget prove`.
    promise: Option<Promise<'a>>,
}

impl Expansion<'_> {
    /// One form for each kind of body.
    fn expand(&self) -> TokenStream {
        if let Some(moved) = self.moved() {
            return moved;
        }
        if self.args.is_only_proven() {
            return self.twice(&self.plain(), &self.plain());
        }
        match self.function.future(&self.body.rest, self.args.on_err.is_some()) {
            None if self.args.on_err.is_some() => self.fallible(),
            None if !self.args.limits_frees() && self.promise.is_none() => self.guarded(),
            None => self.twice(&self.judged(), &self.plain()),
            Some(Measured::Pausing(body)) => self.twice(&self.pausing(body), &self.plain()),
            Some(Measured::Body) => self.twice(&self.body_future(), &self.plain()),
            Some(Measured::Returned(returned)) => self.twice(&self.returned(&returned), &self.plain()),
            Some(Measured::Handed(handed)) => self.twice(&self.handed(&handed), &self.plain()),
            Some(Measured::HandedCase(handed, case)) => {
                self.twice(&self.handed_case(&handed, &case), &self.plain_case(&handed, &case))
            }
        }
    }

    /// A guard in front of the untouched body.
    fn guarded(&self) -> TokenStream {
        let guard = self.budget.if_enforced(&self.budget.guard());
        let rest = &self.body.rest.stream;
        self.with_rest(&quote!(#guard #rest))
    }

    /// A guard in front of a body whose limits ask what is freed in it.
    fn judged(&self) -> TokenStream {
        let guard = self.budget.guard();
        let body = self.ended(self.body.rest.stream.clone());
        quote!(#guard #body)
    }

    /// A guard in front of a body that awaits, and a method call in front of each `.await`.
    fn pausing(&self, body: TokenStream) -> TokenStream {
        let guard = self.budget.pausing_guard();
        let body = if self.args.limits_frees() { self.ended(body) } else { body };
        quote!(#guard #body)
    }

    /// The measured future of an `async fn`'s body, awaited.
    fn body_future(&self) -> TokenStream {
        let future = self.budget.future(&self.owning_future());
        quote_spanned!(Span::mixed_site()=> #future.await)
    }

    /// The body of an `async fn` as a future.
    ///
    /// An `async` block owns the arguments, and drops them in the order in which it names them: the
    /// last one first, as a function does. An early `return` needs to know its type.
    fn owning_future(&self) -> TokenStream {
        let support = &self.budget.support;
        let body = self.braced(self.body.rest.stream.clone());
        let Signature { naming, output } = self.function.signature(&body.stream());
        let (naming, output) = (naming.iter().rev(), output.iter());
        let body = arm(&body);
        quote_spanned! {Span::mixed_site()=>
            async move {
                #(if false {
                    return #support::never::<#output>();
                })*
                #(#naming)*
                #body
            }
        }
    }

    /// The measured future that the function returns. What stands in front of it is measured by a
    /// guard, which hands over to the future.
    fn returned(&self, returned: &Returned) -> TokenStream {
        let Returned { before, future, .. } = returned;
        let (guard, future) = if before.is_empty() {
            (TokenStream::new(), self.budget.future(future))
        } else {
            let body = arm(&self.braced(quote!(#before #future)));
            (self.budget.lasting_guard(), self.budget.handed_over(&body))
        };
        let future = returned.boxed_again(future);
        quote!(#guard #future)
    }

    /// The body as a closure that is called at once, since its value decides on the verdict.
    fn fallible(&self) -> TokenStream {
        if let (Some(on_err), Some(_)) = (&self.args.on_err, self.function.attribute("track_caller")) {
            let Function { head, body, .. } = self.function;
            let error = compile_error(&Error::new(
                on_err.span(),
                "`on_err` would hide the caller from a function with `#[track_caller]`\n\
                 help: remove one of them, or give the budget to a function that this one calls",
            ));
            return quote!(#error #head #body);
        }
        let closure = self.closure(&self.braced(self.body.rest.stream.clone()));
        self.twice(&self.budget.call(&closure), &self.plain())
    }

    fn closure(&self, body: &Group) -> TokenStream {
        let output = self.function.signature(&TokenStream::new()).output.into_iter();
        quote_spanned!(Span::mixed_site()=> move || #(-> #output)* #body)
    }

    /// The function of another crate's macro, which has moved the user's body.
    fn moved(&self) -> Option<TokenStream> {
        let Body { items, rest, .. } = &self.body;
        if let Some(moved) = Moved::of(self.function, items, rest) {
            return Some(self.braced_again(&self.with_moved(&moved, items, &rest.stream)));
        }
        let HandedFuture { binding, keyword, block, executor } = HandedFuture::of(&rest.tokens)?;
        let Body { items: inner_items, rest, .. } = Body::of(&block.stream());
        let moved = Moved::of(self.function, &inner_items, &rest)?;
        let block = grouped(&block, self.with_moved(&moved, &inner_items, &rest.stream));
        Some(self.with_rest(&quote!(#binding #keyword #block #executor)))
    }

    fn with_moved(&self, moved: &Moved, items: &TokenStream, rest: &TokenStream) -> TokenStream {
        match moved {
            Moved::Inside(function) => {
                let function = budgeted(self.args, function);
                quote!(#function #rest)
            }
            Moved::Closure(MovedBody { path, call, before, body, behind, end, is_future }) => {
                let measured = self.in_closure(body, *is_future);
                let call = grouped(call, quote!(#before #measured #behind));
                quote!(#items #path #call #end)
            }
        }
    }

    /// A closure's body, measured where budgets are enforced.
    fn in_closure(&self, body: &TokenStream, is_future: bool) -> TokenStream {
        let braced = self.braced(body.clone());
        let handed = match body.clone().into_iter().next() {
            Some(TokenTree::Group(block)) => {
                HandedFuture::of(&block.stream().into_iter().collect::<Vec<_>>())
            }
            _ => None,
        };
        let measured = if is_future {
            self.budget.future(body)
        } else if let Some(handed) = handed {
            self.handed(&handed)
        } else if self.args.on_err.is_some() {
            self.budget.call(&self.closure(&braced))
        } else {
            let (guard, body) = (self.budget.guard(), arm(&braced));
            quote!(#guard #body)
        };
        let (enforced, not_enforced, unused) = (enforced(), not_enforced(), self.budget.unused());
        let obstacle = if is_future { "" } else { MOVED };
        let record = self.promise.as_ref().map(|promise| self.record(promise, obstacle));
        let plain = match &self.promise {
            Some(promise) if is_future => promise.future(&self.budget, body),
            _ => body.clone(),
        };
        quote_spanned! {Span::mixed_site()=>
            match () {
                #enforced
                () => { #measured }
                #not_enforced
                () => { #record #unused #plain }
            }
        }
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
        let (unused, rest) = (self.budget.unused(), &self.body.rest.stream);
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
        let measured = self.with_rest(measured);
        let plain = match &self.promise {
            Some(promise) => self.proven(promise, plain),
            None => self.with_rest(plain),
        };
        quote!(#enforced #measured #not_enforced #plain)
    }

    /// The user's function as a proving build has it: with a record of what it promises, and where
    /// all of its work begins with a mark.
    fn proven(&self, promise: &Promise<'_>, plain: &TokenStream) -> TokenStream {
        let hygienic = Span::mixed_site();
        let Self { function, body: Body { inner_attributes, items, .. }, .. } = self;
        let unused = self.budget.unused();
        let future = |future: &TokenStream| promise.future(&self.budget, future);
        let is_alone = |head: &TokenStream, obstacle, rest: &TokenStream| {
            let record = self.record(promise, obstacle);
            let body = self.braced(quote!(#inner_attributes #items #record #unused #rest));
            quote!(#head #body)
        };
        let (head, of_its_own) = (&function.head, &function.head_of_its_own());
        match function.future(&self.body.rest, self.args.on_err.is_some()) {
            None if !function.is_async => {
                let (mark, rest) = (promise.mark(&self.budget), &self.body.rest.stream);
                is_alone(of_its_own, "", &quote!(#mark #rest))
            }
            None | Some(Measured::Pausing(_) | Measured::Body) => {
                let future = future(&self.owning_future());
                is_alone(head, "", &quote_spanned!(hygienic=> #future.await))
            }
            Some(Measured::Returned(returned)) if returned.before.is_empty() => {
                is_alone(head, "", &returned.boxed_again(future(&returned.future)))
            }
            Some(Measured::Returned(returned)) if returned.boxed.is_none() => {
                let (mark, before, future) =
                    (promise.mark(&self.budget), &returned.before, future(&returned.future));
                is_alone(of_its_own, "", &quote!(#mark #before #future))
            }
            Some(Measured::Handed(HandedFuture { binding, keyword, block, executor })) => {
                let future = future(&quote!(#keyword #block));
                is_alone(head, "", &quote_spanned!(hygienic=> #binding #future #executor))
            }
            Some(Measured::Returned(_) | Measured::HandedCase(..)) => {
                let record = self.record(promise, MOVED);
                self.with_rest(&quote!(#record #plain))
            }
        }
    }

    fn record(&self, promise: &Promise<'_>, obstacle: &str) -> TokenStream {
        let name = self.function.name.as_ref().map(ToString::to_string).unwrap_or_default();
        promise.record(&self.budget, &name, obstacle)
    }

    /// The user's function with something else behind the body's items.
    fn with_rest(&self, rest: &TokenStream) -> TokenStream {
        let items = &self.body.items;
        self.braced_again(&quote!(#items #rest))
    }

    /// The user's function with something else behind the body's inner attributes.
    fn braced_again(&self, rest: &TokenStream) -> TokenStream {
        let inner_attributes = &self.body.inner_attributes;
        let mut tokens = self.function.head.clone();
        tokens.append(self.braced(quote!(#inner_attributes #rest)));
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

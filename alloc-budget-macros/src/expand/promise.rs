//! What a build for `cargo alloc-budget prove` leaves of a budget: a record of what is promised,
//! and a mark in the code that promises it.

use std::sync::atomic::{AtomicU64, Ordering};

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::args::{Args, Prove};
use crate::expand::budget::Budget;
use crate::expand::site::package;
use crate::reader::Reader;

/// What a function or a block promises.
pub(crate) struct Promise<'a> {
    args: &'a Args,
    /// Of the record, and of the mark.
    id: u64,
    /// The names of the runtime's bits.
    flags: Vec<&'static str>,
}

impl<'a> Promise<'a> {
    /// `None` where the build is none for proofs, or nothing is promised.
    pub(crate) fn of(args: &'a Args) -> Option<Self> {
        let is_zero = |limit| args.literal(limit) == Some(0);
        let is_wanted = args.prove.as_ref().is_some_and(Prove::is_wanted);
        let mut flags = Vec::new();
        if is_zero("max") || is_wanted && !is_zero("max_deallocs") {
            flags.push("NO_ALLOCATION");
        }
        if is_zero("max_deallocs") {
            flags.push("NO_DEALLOCATION");
        }
        if flags.is_empty() || !is_proving() {
            return None;
        }
        if args.warmup.is_some() || args.prime.is_some() {
            flags.push("WARM");
        }
        if args.prove.is_some() && !is_wanted {
            flags.push("SKIPPED");
        }
        Some(Self { args, id: next_id(), flags })
    }

    /// The statement at the front of what promises.
    pub(crate) fn mark(&self, budget: &Budget<'_>) -> TokenStream {
        let (support, id) = (&budget.support, self.id);
        quote_spanned!(Span::mixed_site()=> #support::mark::<#id>();)
    }

    /// A future whose polls promise.
    pub(crate) fn future(&self, budget: &Budget<'_>, future: &TokenStream) -> TokenStream {
        let (support, id) = (&budget.support, self.id);
        quote_spanned!(Span::mixed_site()=> #support::marked_future::<#id, _>(#future))
    }

    /// A block as a function that promises.
    pub(crate) fn block(&self, budget: &Budget<'_>, block: &TokenStream) -> TokenStream {
        let (support, id) = (&budget.support, self.id);
        quote_spanned!(Span::mixed_site()=> #support::marked_block::<#id, _>(|| #block))
    }

    /// The item that tells the tool of the promise, also where no code is left of it. Cargo builds
    /// it anew when the variable changes.
    pub(crate) fn record(&self, budget: &Budget<'_>, name: &str, obstacle: &str) -> TokenStream {
        let hygienic = Span::mixed_site();
        let Self { args, id, flags } = self;
        let (support, start) = (&budget.support, budget.start);
        // A call with the function's own span, which is where it will be said to be.
        let here = Ident::new("__alloc_budget_here", start);
        let here_call = quote_spanned!(start=> #here());
        let (package, is_primary) = package();
        let primary = is_primary.then_some("PRIMARY");
        let block = budget.is_block.then_some("BLOCK");
        let flags = flags.iter().copied().chain(primary).chain(block).map(|flag| Ident::new(flag, hygienic));
        let assume: Vec<String> =
            args.prove.iter().flat_map(|prove| &prove.assume).map(syn::LitStr::value).collect();
        let assume = assume.join("\n");
        let name = args.name.as_ref().map_or_else(|| name.to_owned(), syn::LitStr::value);
        quote_spanned! {hygienic=>
            const _: () = {
                use #support::here as #here;
                const PROMISE: #support::Promise = #support::Promise {
                    id: #id,
                    flags: 0 #(| #support::Promise::#flags)*,
                    place: #here_call,
                    module: ::core::module_path!(),
                    name: #name,
                    package: #package,
                    assume: #assume,
                    obstacle: #obstacle,
                };
                #[used]
                static RECORD: [u8; PROMISE.length()] = PROMISE.bytes();
                const _: ::core::option::Option<&'static str> = ::core::option_env!("ALLOC_BUDGET_PROVE");
            };
        }
    }
}

/// Whether this is a build for proofs. Clippy and rustdoc see the function as ever.
fn is_proving() -> bool {
    matches!(Reader::here(), Reader::Compiler)
        && std::env::var_os("ALLOC_BUDGET_PROVE").is_some_and(|value| value == "1")
}

/// A number that no other promise of a program has: made of what the compiler was called with, and
/// of how many there were before in its crate.
fn next_id() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for argument in std::env::args_os() {
        add(argument.as_encoded_bytes());
        add(&[0]);
    }
    add(&COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    // Compilers pad with the instructions of a mark, with zeros as their operands.
    sum | 1 << 32 | 1
}

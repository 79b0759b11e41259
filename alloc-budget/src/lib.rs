//! Allocation budgets for functions.
//!
//! `#[alloc_budget(max = 0)]` on a function counts what the function allocates whenever it runs in
//! a debug or a test build, and panics when that is more than the budget, saying what allocated and
//! where:
//!
//! ```should_panic
//! use alloc_budget::alloc_budget;
//!
//! #[alloc_budget(max = 0)]
//! fn shout(word: &str) -> String {
//!     word.to_uppercase() // allocates
//! }
//!
//! shout("budget");
//! ```
//!
//! ```text
//! thread 'main' panicked at src/main.rs:4:1:
//! allocation budget exceeded: `shout`
//!
//!   allocations   1 of 0      bytes   6
//!
//!   6 B   ×1   src/main.rs:5:10   shout
//!              str::to_uppercase → Vec::with_capacity
//!
//! help: raise the budget to `max = 1`, or find out more with `ALLOC_BUDGET_TRACE=full`
//! ```
//!
//! # Setting up
//!
//! ```toml
//! [dependencies]
//! alloc-budget = "0.1"
//!
//! [dev-dependencies]            # counts in `cargo test`; a plain `cargo build` installs nothing
//! alloc-budget = { version = "0.1", features = ["install"] }
//! ```
//!
//! The feature `install` makes [`CountingAllocator`] the program's allocator. A program that has
//! one of its own wraps it in a `CountingAllocator` and leaves the feature off. Without either
//! nothing can be counted, and a budget says so instead of looking green: in a crate compiled for
//! its tests it panics, elsewhere it writes one line to standard error, once, and only for crates
//! that the user is building.
//!
//! Budgets are enforced where `cfg(any(debug_assertions, test))` holds in the annotated crate: in
//! its tests, and in a debug build of a program whose allocator counts, so with `install` under
//! `[dependencies]` or an allocator of its own. Anywhere else they leave nothing in the machine
//! code. The feature `enforce` has them enforced everywhere, such as in benches.
//!
//! | feature | what it does |
//! | --- | --- |
//! | `std` (default) | Counts and enforces. Without it the crate is `no_std` and the attribute does nothing, so that a `no_std` library can carry budgets and check them in tests with `std`. |
//! | `install` | Installs the counting allocator for the whole program, with call sites. |
//! | `backtrace` | Call sites in reports, through the crate `backtrace`. Part of `install`; name it beside an allocator of your own. |
//! | `enforce` | Enforces in every profile: in tests and benches, and where `ALLOC_BUDGET` or `alloc_budget::enforce()` ask for it. The code of the budgets is in every program that cargo builds together with the one that asks for the feature. |
//!
//! # What is counted
//!
//! What the thread that runs the function asks the global allocator for, between the function's
//! entry and its exit, in whatever it calls.
//!
//! | event | allocations | reallocations | deallocations | bytes allocated | live bytes |
//! | --- | --- | --- | --- | --- | --- |
//! | `alloc`, `alloc_zeroed` | +1 | | | + size | + size |
//! | `realloc` | +1 | +1 | +1 | + new size | + new − old |
//! | `dealloc` | | | +1 | | − size |
//! | any of them failing | | | | | |
//!
//! A reallocation counts as an allocation of the new size and a deallocation of the old one, which
//! is the convention of DHAT and of Go's `allocs/op`. Its peak is that of the block in place.
//!
//! - **Nesting.** An outer budget includes what the functions inside it allocate, without limit of
//!   depth; in a recursion every call has a budget of its own. A peak is the highest number of live
//!   bytes above what was live at the entry, whatever happens in scopes around or inside.
//! - **Panics.** A panic that unwinds through a budgeted function ends its measurement without a
//!   verdict. Outer budgets stay exact.
//! - **Bookkeeping.** What this crate allocates for itself counts nowhere, and neither does the
//!   panic that it raises. The payload of that panic is freed by whoever catches it; until then it
//!   is live and retained, and the deallocations of the scopes around lag behind by its blocks. The
//!   compiler does not drop the return value of a function whose overage panics: where the panic is
//!   caught, the value has leaked. An overage while the thread is panicking already gets no
//!   verdict.
//! - **Threads.** Each thread counts for itself: tests that run beside each other don't see each
//!   other. A block that another thread frees counts as freed there.
//!
//! # What is not counted
//!
//! - What other threads allocate on the function's behalf, unless it hands them its scope
//!   ([`Handle`]) or asks for all of them (`threads = all`).
//! - Memory that does not come from the global allocator: `malloc` in C code, `mmap`, the stack.
//! - What happens later: a returned iterator or closure that allocates when it is driven, or a
//!   future that is returned by a plain function.
//! - What is dropped after the function's local variables: its by-value parameters. Their blocks
//!   are freed past the budget's end.
//! - What an optimised build does not do. The optimiser may remove an allocation, so a count can
//!   differ between profiles: `max = if cfg!(debug_assertions) { 2 } else { 1 }`.
//!
//! # Environment
//!
//! | variable | value | effect |
//! | --- | --- | --- |
//! | `ALLOC_BUDGET` | `panic`, `warn`, `abort` | What an overage does, whatever the code says. |
//! | | `count` | The program goes on, and says at its end which budgets were exceeded, and how often. |
//! | | `strict` | As `panic`, and the process fails for every budget that was not checked, never judged, or exceeded unseen, see the chapter `verdicts`. |
//! | | `off` | Budgets are not looked at. |
//! | `ALLOC_BUDGET_TRACE` | unset | Reports have the call sites of the allocations past the limit. |
//! | | `full` | Reports have the call sites of all allocations. |
//! | | `off` | Reports have numbers only. |
//!
//! Both are read once. A call site has a file and a line where there is debug information: Cargo's
//! release profile has it with `debug = "line-tables-only"`.
//!
//! # Reading further
//!
//! [`macro@alloc_budget`] has the attribute's arguments. [`Budget`] is the same for a closure,
//! [`measure`] only counts, and [`WithBudget`] and [`measure_future`] do so for a future;
//! [`budget!`](macro@budget) is for a block. [`Handle`] hands a scope to other threads, and
//! [`Budget::all_threads`] counts all of them. [`exempt`] takes a stretch out of the count, and
//! [`records`] has what functions annotated with `measure` did. [`bench()`] prints figures as Go
//! does, and the chapter `guide` says where allocations come from and how to have fewer. The
//! chapter `reliability` says what happens when something goes wrong.
#![cfg_attr(not(feature = "std"), no_std)]

/// Gives a function an allocation budget: `#[alloc_budget(ARGUMENT, …)]`.
///
/// | argument | meaning | unit |
/// | --- | --- | --- |
/// | `max = EXPR` | allocations, reallocations included | blocks |
/// | `max_bytes = EXPR` | bytes allocated, summed | bytes |
/// | `max_peak_bytes = EXPR` | highest number of live bytes above those at the entry | bytes |
/// | `max_retained_bytes = EXPR` | live bytes left at the exit; 0: nothing leaks or escapes | bytes |
/// | `max_reallocs = EXPR` | reallocations; 0: every capacity was right from the start | blocks |
/// | `max_deallocs = EXPR` | deallocations; with `max = 0`: the allocator is left alone | blocks |
/// | `measure` | no limit, only [`records`]; alone or with `name` or `threads` | |
/// | `threads = all` | what every thread does counts, see [`Budget::all_threads`]; not with `max_peak_bytes` | |
/// | `warmup = EXPR` | the function's first EXPR calls on each thread are not judged | calls |
/// | `on_overage = panic`, `warn`, `count` or `abort` | see [`OnOverage`] | |
/// | `name = "…"` | label in reports; by default the function's path | |
/// | `crate = path` | where this crate is, for a renamed dependency | |
/// | `skip` | alone: no budget from the `impl` block or module around it | |
///
/// EXPR is any expression of an unsigned integer type, or of integer literals. It may use the
/// function's arguments, and is evaluated once, before counting begins.
///
/// ```
/// use alloc_budget::alloc_budget;
///
/// #[alloc_budget(max = rows.len() + 1, max_bytes = 64 * rows.len(), max_reallocs = 0)]
/// fn render(rows: &[u32]) -> Vec<String> {
///     rows.iter().map(u32::to_string).collect()
/// }
///
/// assert_eq!(render(&[1, 2]), ["1", "2"]);
/// ```
///
/// In a steady state nothing is allocated, but the first call may fill a buffer. `warmup` counts
/// the calls of each thread for itself, so that the verdict does not depend on which test ran
/// first:
///
/// ```
/// # use alloc_budget::alloc_budget;
/// struct Encoder {
///     buffer: Vec<u8>,
/// }
///
/// impl Encoder {
///     #[alloc_budget(max = 0, warmup = 1)]
///     fn encode(&mut self, input: &[u8]) -> &[u8] {
///         self.buffer.clear();
///         self.buffer.extend_from_slice(input);
///         &self.buffer
///     }
/// }
///
/// let mut encoder = Encoder { buffer: Vec::new() };
/// encoder.encode(b"fills the buffer");
/// encoder.encode(b"finds it there");
/// ```
///
/// On an `impl` block, a trait or an inline module it gives the budget to each function in it,
/// those of blocks and modules inside included, except to a `const fn`. What a function's own
/// attribute says goes first, and `#[alloc_budget(skip)]` leaves it without a budget. A function
/// that a macro makes is not seen.
///
/// ```
/// # use alloc_budget::alloc_budget;
/// struct Mixer {
///     volume: f32,
/// }
///
/// #[alloc_budget(max = 0, max_deallocs = 0)]
/// impl Mixer {
///     fn mix(&self, samples: &mut [f32]) {
///         samples.iter_mut().for_each(|sample| *sample *= self.volume);
///     }
///
///     #[alloc_budget(max = 1)]
///     fn silence(&self, length: usize) -> Vec<f32> {
///         vec![0.0; length]
///     }
///
///     #[alloc_budget(skip)]
///     fn describe(&self) -> String {
///         format!("at {}", self.volume)
///     }
/// }
/// # let mixer = Mixer { volume: 1.0 };
/// # mixer.mix(&mut mixer.silence(2));
/// # mixer.describe();
/// ```
///
/// It goes on every function with a body, and changes nothing of it: signature, types, borrows,
/// lints and diagnostics are those of the plain function, but for what is listed below. A `const
/// fn` is refused, since it may run where nothing is allocated.
///
/// An `async fn` is measured while it is polled, on whichever threads that is, and judged when it
/// is ready: a future that is dropped before gets no verdict. Futures that are polled in turns on
/// one thread don't see each other. So are the methods of `#[async_trait]`, and other functions
/// that are nothing but `Box::pin(async move { … })`: the box itself does not count. For a function
/// that returns another `impl Future` there is [`WithBudget`]. Above or below `#[tokio::test]` and
/// `#[tokio::main]` the function's own future is measured, not the executor.
///
/// The future grows by some 150 bytes (on 64-bit targets), and by nothing where the body has no
/// `.await`. The body begins with the first poll, and so do the limits' expressions.
///
/// Macros can hide an `.await`. A body that calls one that is not known to have none (those of the
/// standard library, of `log`, `tracing` and `anyhow` are, unless their path begins with `crate`,
/// `self` or `super`) becomes a future inside the function's. That one keeps the arguments while it
/// awaits the body, so it grows by those too that the plain future does not keep; the arguments
/// that the body names are freed inside the budget, before those that it does not name or whose
/// names begin with an underscore; and [`type_name`](core::any::type_name) has one more
/// `{{closure}}` for what is in it.
///
/// What the plain function is not asked for: the type of what is awaited must be known where it is,
/// not only from a line further down (other than behind `unwrap`, `expect` and `remove`, which take
/// out what may be put in there); and where functions with budgets await each other more than 20
/// deep, a `Send` bound can ask for `#![recursion_limit = "256"]`. A closure that a body with an
/// unknown macro returns may have to name the types of its arguments. A field that `tracing` would
/// name after a variable that is awaited, `info!(?task.await)`, needs its name: `info!(done =
/// ?task.await)`.
///
/// What the compiler says differs in a debug build where
/// - a value is unused because the `async fn` that gave it is `#[must_use]`: this is said in a
///   release build and under clippy only (of `#[must_use]` types it is always said);
/// - `measure`, `max_deallocs` or `max_retained_bytes` is given: some errors in the body lack a
///   help or a label, and the lint `dangling_pointers_from_locals` is silent;
/// - something is awaited that is no future, or the body calls a macro that may hide an `.await`:
///   errors are at their places, some with other words. In the latter, lints on what is assigned to
///   an argument and never read may err, and an argument is not said to be unused where another
///   variable has its name;
/// - what is awaited is used again: a note names a hidden method, `__alloc_budget_pausing`, which
///   has moved it;
/// - the body is `Box::pin(async move { … })`: errors are at their places, and call it an `impl
///   Future`;
/// - an edition before 2024 has the lint `tail_expr_drop_order` on: it also names the guard, which
///   is not dropped otherwise in 2024, and can be passed over.
///
/// Clippy's lints on a doc comment are silent where a limit names something.
///
/// # Panics
/// At the function's exit when a limit was passed (with `on_overage = panic`, the default), and at
/// its entry when nothing counts allocations in a test of the package. The panic's location is the
/// function. Of an `extern "C"` function no panic may get out: Rust aborts the process after the
/// report.
pub use alloc_budget_macros::alloc_budget;

/// Gives a block an allocation budget: `budget!(ARGUMENT, …, { block })`, with the arguments of
/// [`#[alloc_budget]`](macro@alloc_budget). Its value is the block's.
///
/// ```
/// use alloc_budget::budget;
///
/// fn sum(text: &str, numbers: &mut Vec<u32>) -> Result<u32, std::num::ParseIntError> {
///     numbers.clear();
///     budget!(max = 0, {
///         for word in text.split(' ') {
///             numbers.push(word.parse()?);
///         }
///     });
///     Ok(numbers.iter().sum())
/// }
///
/// assert_eq!(sum("1 2 3", &mut Vec::with_capacity(8)), Ok(6));
/// ```
///
/// The block stays where it is: `?`, `return`, `break` and `continue` leave it as they would
/// without the macro, the budget is judged then too, and borrows are as they were. Before edition
/// 2024 the temporaries of the block's last expression end with the block; and a value that a
/// `#[must_use]` function gives the block is not said to be unused. As with the attribute, budgets
/// are enforced where `cfg(any(debug_assertions, test))` holds.
///
/// With an `.await` in it, the block is measured while it runs and not while it waits, on whichever
/// threads; dropped while it waits, it gets no verdict. An `.await` that a macro hides can't be
/// seen: `join!`, `select!` and their like are refused, and go into a block of their own, `async {
/// join!(a, b) }.await`. Behind a macro that is not known to do so, what the thread does meanwhile
/// counts too; and where others have ended the scope, or the block goes on on another thread, it
/// panics, since it can't be judged. A failed `assert!(ready.await)` prints what was put in front
/// of the `.await` as well.
///
/// A closure that is the block's value learns nothing of its arguments from what is around the
/// block: a function that returns one as `impl Fn(&str) -> &str` has the attribute instead.
///
/// ```
/// use alloc_budget::budget;
///
/// async fn next(frames: &mut impl AsyncRead, buffer: &mut Vec<u8>) -> usize {
///     budget!(max = 0, {
///         let length = frames.read(buffer).await;
///         if length == 0 {
///             return 0;
///         }
///         length + frames.read(buffer).await
///     })
/// }
/// # trait AsyncRead {
/// #     async fn read(&mut self, buffer: &mut Vec<u8>) -> usize;
/// # }
/// # struct Empty;
/// # impl AsyncRead for Empty {
/// #     async fn read(&mut self, _: &mut Vec<u8>) -> usize { 1 }
/// # }
/// # let mut future = std::pin::pin!(async { assert_eq!(next(&mut Empty, &mut vec![]).await, 2) });
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # assert!(future.as_mut().poll(&mut context).is_ready());
/// ```
///
/// # Panics
/// As an annotated function does, at the block's end. The panic's location is the macro's.
pub use alloc_budget_macros::budget;

#[allow(missing_docs)]
mod limits;

#[cfg(feature = "std")]
mod allocator;
#[cfg(feature = "std")]
mod budget;
#[cfg(feature = "std")]
mod count;
#[cfg(feature = "std")]
mod scope;
#[cfg(feature = "std")]
mod task;
#[cfg(feature = "std")]
mod threads;
#[cfg(feature = "std")]
mod trace;

#[cfg(any(doc, doctest))]
pub mod manual;

#[doc(hidden)]
#[allow(missing_docs)]
#[cfg(feature = "std")]
#[path = "site/mod.rs"]
pub mod __macro_support;
#[cfg(feature = "std")]
use __macro_support as site;
#[doc(hidden)]
#[allow(missing_docs)]
#[cfg(not(feature = "std"))]
#[path = "inert.rs"]
pub mod __macro_support;

#[cfg(feature = "std")]
pub use crate::{
    allocator::CountingAllocator,
    budget::bench::{Benchmark, bench},
    budget::enforce::Budget,
    budget::environment::OnOverage,
    budget::installed::is_installed,
    budget::measure::{Totals, measure},
    budget::overage::{Exceeded, Overage},
    count::limit::Limit,
    count::measurement::Measurement,
    scope::exempt::exempt,
    site::record::{Record, records},
    task::future::{WithBudget, measure_future},
    threads::handle::Handle,
    trace::call_site::CallSite,
};

#[cfg(feature = "enforce")]
pub use crate::budget::dormant::enforce;

#[cfg(feature = "install")]
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

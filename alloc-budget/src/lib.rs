//! Allocation budgets for functions.
//!
//! `#[alloc_budget(max = 0)]` counts what a function allocates whenever it runs in a debug or a
//! test build. If that is more than the budget, the function panics and says which line allocated:
//!
//! ```should_panic
//! use alloc_budget::alloc_budget;
//!
//! #[alloc_budget(max = 0)]
//! fn shout(word: &str) -> String {
//!     word.to_uppercase()
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
//! # Quick start
//!
//! ```toml
//! [dependencies]
//! alloc-budget = "0.1"
//!
//! [dev-dependencies]            # counts in `cargo test`; a plain `cargo build` installs nothing
//! alloc-budget = { version = "0.1", features = ["install"] }
//! ```
//!
//! Put [`#[alloc_budget(…)]`](macro@alloc_budget) on the functions that matter, and run
//! `cargo test`. Budgets are enforced where `cfg(any(debug_assertions, test))` holds in the
//! annotated crate. In other builds they leave nothing in the machine code.
//!
//! | feature | what it does |
//! | --- | --- |
//! | `std` (default) | Counts and enforces. Without it the crate is `no_std` and the attribute does nothing. |
//! | `install` | Makes [`CountingAllocator`] the program's global allocator, with call sites. |
//! | `backtrace` | Call sites in reports. Part of `install`; enable it if you wrap an allocator of your own. |
//! | `enforce` | Enforces in every profile: in tests and benches, and in programs that ask for it by `ALLOC_BUDGET` or [`enforce()`]. |
//!
//! | no counting allocator in … | what a budgeted call does |
//! | --- | --- |
//! | a package's unit tests, integration tests, benches | Panics, and prints the lines that `Cargo.toml` lacks. |
//! | the tests of another package that you build with it | Writes one line to standard error, once. |
//! | a plain `cargo run`, a dependency | Nothing, unless `ALLOC_BUDGET` is set. |
//!
//! # Environment
//!
//! | variable | value | effect |
//! | --- | --- | --- |
//! | `ALLOC_BUDGET` | `panic`, `warn`, `abort` | What an overage does, whatever the code says. |
//! | | `count` | The program goes on. At its end it says which budgets were exceeded, and how often. |
//! | | `strict` | As `panic`. The process also fails for every budget that was not checked, never judged, or exceeded unseen. |
//! | | `off` | Disables all budgets: nothing is enforced. |
//! | `ALLOC_BUDGET_TRACE` | unset | Reports have the call sites of the allocations past the limit. |
//! | | `full` | Reports have the call sites of all allocations, the lines of all callers, and who called the function. |
//! | | `off` | Reports have numbers only. |
//! | `ALLOC_BUDGET_RECORD` | a folder | The process writes into it what each budget has done, for `cargo alloc-budget`. The folder is absolute. |
//! | `ALLOC_BUDGET_PROVE` | `1` | For the compiler: the build is one for `cargo alloc-budget prove`. |
//!
//! # What is not counted
//!
//! - What other threads allocate for the function, unless you hand them a [`Handle`].
//! - Memory that does not come from Rust's global allocator: `malloc` in C code, `mmap`, the stack.
//! - What happens later, in an iterator or a closure that the function returns: see [work done
//!   later](macro@alloc_budget#work-done-later).
//! - What the function's by-value parameters free. Rust drops them after the budget's end.
//! - What the optimiser removed: counts may differ between profiles.
//!
//! # Reading further
//!
//! | you want … | read |
//! | --- | --- |
//! | all arguments of the attribute | [`#[alloc_budget]`](macro@alloc_budget) |
//! | a budget for a block, a closure, a future, an iterator | [`budget!`](macro@budget), [`Budget`], [`WithBudget`], [`IterWithBudget`] |
//! | only to count, or to benchmark | [`measure`], [`measure_future`], [`records`], [`bench()`] |
//! | a stretch that doesn't count | [`exempt`] |
//! | what exactly counts, and what the words mean | [`manual::terms`] |
//! | to allocate less | [`manual::guide`] |
//! | `async fn`, other threads | [`manual::async_`], [`manual::threads`] |
//! | several packages, or an allocator of your own | [`manual::workspaces`] |
//! | budgets beside `#[instrument]`, `println!`, a logger, … | [`manual::surroundings`] |
//! | to replace a counting allocator in your tests | [`manual::migrating`] |
//! | to read a report, or to have lines in it | [`manual::reports`] |
//! | to read what budgets have done, by a program | [`manual::records`] |
//! | to know when a budget is judged, and when it isn't | [`manual::verdicts`] |
//! | to prove that a function can't allocate, in the release program | [`manual::prove`] |
//! | to know why rustc says something else | [`manual::differences`] |
//! | to know what happens when something goes wrong | [`manual::reliability`] |
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

/// Gives a function an allocation budget: `#[alloc_budget(ARGUMENT, …)]`.
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
/// | argument | meaning | unit |
/// | --- | --- | --- |
/// | `max = EXPR` | allocations, reallocations included | blocks |
/// | `max_bytes = EXPR` | bytes allocated, summed | bytes |
/// | `max_peak_bytes = EXPR` | the highest number of live bytes, above those at the entry | bytes |
/// | `max_retained_bytes = EXPR` | live bytes left at the exit, less those at the entry: [a net sum](Budget::max_retained_bytes). Also reports blocks that are freed with another size than they were allocated with | bytes |
/// | `max_surviving_bytes = EXPR` | live bytes at the exit in blocks that were allocated inside; 0: nothing leaks or escapes. [Slow](Budget::max_surviving_bytes) | bytes |
/// | `max_reallocs = EXPR` | reallocations; 0: every capacity was right from the start | blocks |
/// | `max_deallocs = EXPR` | deallocations; with `max = 0`: no call of the allocator at all. By-value arguments are freed after the budget's end, unless the body takes them first: `let message: Message = message;` | blocks |
/// | `max_block_bytes = EXPR` | the largest single block that is asked for | bytes |
/// | `max_exempt = EXPR` | allocations that [`exempt`] leaves out, also in whatever is called; 0: nothing is hidden. Not with `threads = all` | blocks |
/// | `measure` | no limit, only counts: see [`records`]. Alone, or with `name`, `threads`, `on_err`, `crate` | |
/// | `warmup = EXPR` | the function's first EXPR calls on each thread are not judged; or, with a `bool`, this one | calls |
/// | `prime = EXPR` | evaluated before the function's first call on each thread, uncounted | |
/// | `on_err = skip` | calls that return `Err` or `None` are not judged | |
/// | `on_overage = panic`, `warn`, `count` or `abort` | what an overage does: see [`OnOverage`] | |
/// | `threads = all` | counts [every thread](manual::threads#all-threads-of-the-process) | |
/// | `name = "…"` | the label in reports; by default the function's path | |
/// | `crate = path` | where this crate is, if you renamed it | |
/// | `prove`, `prove(assume = "…")`, `prove = skip` | what [`cargo alloc-budget prove`](manual::prove) proves of the function | |
/// | `skip` | alone: no budget from the `impl` block, trait or module around | |
///
/// EXPR is any expression of an unsigned integer type, or an integer literal. It may use the
/// function's arguments. It is evaluated once, before counting begins.
///
/// # A steady state
///
/// The first call may fill a buffer. Later calls must find it there:
///
/// ```
/// # use alloc_budget::alloc_budget;
/// #[alloc_budget(max = 0, warmup = 1)]
/// fn encode<'a>(buffer: &'a mut Vec<u8>, input: &[u8]) -> &'a [u8] {
///     buffer.clear();
///     buffer.extend_from_slice(input);
///     buffer
/// }
///
/// let mut buffer = Vec::new();
/// encode(&mut buffer, b"fills the buffer");
/// encode(&mut buffer, b"finds it there");
/// ```
///
/// Each thread counts its own calls, so the verdict doesn't depend on which test ran first.
///
/// A condition says of each call whether it is a warm-up, for example an object's own first one:
/// `warmup = !self.is_warm`. [The guide](manual::guide#state-of-an-object) has more.
///
/// A warm-up leaves the only call of a test unjudged. If the first call is dear because of what it
/// finds unprepared, such as a `LazyLock`, prepare that:
///
/// ```
/// # use alloc_budget::alloc_budget;
/// use std::sync::LazyLock;
///
/// static SQUARES: LazyLock<Vec<u64>> = LazyLock::new(|| (0..100).map(|n| n * n).collect());
///
/// #[alloc_budget(max = 0, prime = LazyLock::force(&SQUARES))]
/// fn square(n: usize) -> u64 {
///     SQUARES[n]
/// }
///
/// assert_eq!(square(12), 144); // Judged, and within the budget.
/// ```
///
/// - `prime` is evaluated once on each thread, before the limits. It counts for no scope.
/// - It may use the arguments, and may call the function itself. Such a call is not judged.
///
/// # Only calls that succeed
///
/// To make an error often allocates. `on_err = skip` judges only calls that succeed:
///
/// ```
/// # use alloc_budget::alloc_budget;
/// #[alloc_budget(max = 0, on_err = skip)]
/// fn digit(text: &str) -> Result<u32, String> {
///     let digit = text.chars().next().ok_or_else(|| String::from("empty"))?;
///     digit.to_digit(10).ok_or_else(|| format!("not a digit: {digit}"))
/// }
///
/// assert_eq!(digit("7"), Ok(7));
/// assert!(digit("x").is_err()); // Allocates, and is not judged.
/// ```
///
/// - **What fails:** `Err`, `None`, `Poll::Ready(Err(_))` and `Poll::Ready(Some(Err(_)))`: what `?`
///   would return early with. A function that returns none of these is a compile error. Of an
///   `Option<Result<_, _>>`, only `None` fails.
/// - **Futures:** the value of an `async fn` decides, or of the future that is measured.
/// - **With `measure`,** a [`Record`] says how many calls were skipped.
/// - **By-value parameters** that the body names are freed inside the budget.
/// - **A warm-up** counts calls that fail too.
///
/// It is refused beside `#[track_caller]`, whose caller it would hide, and in
/// [`budget!`](macro@budget).
///
/// # Work done later
///
/// The budget ends where the function returns. An iterator or a closure that it returns works
/// later, and is not checked:
///
/// | your function returns | give a budget to |
/// | --- | --- |
/// | a future | nothing else, [if it is written as an `async` block](manual::async_#which-functions-are-futures) |
/// | an iterator | the iterator: [`IterWithBudget`] |
/// | a closure, an `impl Display` | what is in it: [`budget!`](macro@budget) |
/// | a stream | each item: `stream.next().with_budget(…)` |
///
/// # Many functions at once
///
/// On an `impl` block, a trait or an inline module, the attribute gives the budget to each function
/// inside:
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
/// - Blocks and modules inside are included.
/// - A function's own attribute replaces the budget. `#[alloc_budget(skip)]` leaves it without one.
/// - A `const fn` gets no budget, and neither does a function that a macro makes.
/// - With `on_err = skip`, a function that can't fail needs an attribute of its own.
///
/// # Which functions
///
/// Every function with a body: methods, generic functions, `unsafe`, `extern` and `async fn`,
/// tests. A `const fn` is refused, because it may run at compile time.
///
/// An `async fn` is measured while it is polled and judged when it is ready: see
/// [the chapter on async](manual::async_). Work of other threads counts through a [`Handle`]: see
/// [the chapter on threads](manual::threads).
///
/// The function stays what it is: signature, types, borrows, lints and compile errors are those of
/// the plain function. [Differences](manual::differences) has the exceptions.
///
/// # Panics
///
/// - At the function's exit, if a limit was passed and `on_overage` is `panic`, the default.
/// - At its entry, if nothing counts allocations in a test of the crate.
///
/// The panic's location is the function. A panic can't leave an `extern "C"` function: Rust prints
/// the report and aborts the process.
pub use alloc_budget_macros::alloc_budget;

/// Gives a block an allocation budget: `budget!(ARGUMENT, …, { block })`.
///
#[doc = include_str!("manual/block.md")]
pub use alloc_budget_macros::budget;

#[allow(missing_docs)]
mod limits;
#[allow(missing_docs)]
mod outcome;
#[allow(missing_docs)]
mod prove;

#[cfg(feature = "std")]
mod allocator;
#[cfg(feature = "std")]
mod budget;
#[cfg(feature = "std")]
mod count;
#[cfg(feature = "std")]
mod record;
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
    count::measurement::{Exempted, Measurement},
    scope::exempt::exempt,
    site::record::{Record, records},
    task::future::{WithBudget, measure_future},
    task::iterator::IterWithBudget,
    threads::handle::Handle,
    trace::call_site::{CallSite, Caller},
    trace::layouts::LayoutMismatch,
};

#[cfg(feature = "enforce")]
pub use crate::budget::dormant::enforce;

#[cfg(feature = "install")]
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

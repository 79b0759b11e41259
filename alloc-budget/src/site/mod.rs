//! The door for expanded code: what the macros name. Not public API: it changes without notice.

mod function;
mod origin;
mod outcome;
mod prime;
pub(crate) mod record;
mod recorded;
mod recorder;
mod unchecked;
mod verdict;
mod warmup;

// Where the frames end that a short backtrace of an overage leaves out: see `budget/raise.rs`.
#[path = "future.rs"]
mod __rust_end_short_backtrace_future;
#[path = "guard.rs"]
mod __rust_end_short_backtrace_guard;
#[path = "pausing.rs"]
mod __rust_end_short_backtrace_pausing;

use __rust_end_short_backtrace_future as future_of_function;
use __rust_end_short_backtrace_guard as guard;
use __rust_end_short_backtrace_pausing as pausing;

pub use crate::budget::environment::OnOverage;
pub use crate::limits::{AnyExempt, Limits, MaxExempt, amount, here, literal, never, warmup};
pub use crate::outcome::{skip_err, skip_none};
pub use crate::prove::{Promise, mark, marked_block, marked_future};
pub use function::{Call, Site, raise};
pub use future_of_function::future;
pub use guard::{Enter, Entry, Guard, SiteGuard};
pub use origin::Origin;
pub use outcome::call;
pub use pausing::{Pausing, PausingGuard};
pub use prime::{Primed, done};

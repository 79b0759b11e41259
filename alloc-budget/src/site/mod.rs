//! The door for expanded code: what the macros name. Not public API: it changes without notice.

mod function;
mod future;
mod guard;
mod outcome;
mod pausing;
mod prime;
pub(crate) mod record;
mod recorded;
mod recorder;
mod unchecked;
mod verdict;
mod warmup;

pub use crate::budget::settings::OnOverage;
pub use crate::limits::{Limits, amount, here, literal, never, warmup};
pub use crate::outcome::{skip_err, skip_none};
pub use function::{Call, Site, raise};
pub use future::future;
pub use guard::{Entry, Guard, SiteGuard};
pub use outcome::call;
pub use pausing::{Pausing, PausingGuard};
pub use prime::{Primed, done};

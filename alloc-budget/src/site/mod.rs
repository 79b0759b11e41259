//! The door for expanded code: what the macros name. Not public API: it changes without notice.

mod function;
mod future;
mod guard;
mod origin;
mod pausing;
pub(crate) mod record;
mod recorded;
mod recorder;
mod unchecked;
mod verdict;
mod warmup;

pub use crate::budget::environment::OnOverage;
pub use crate::limits::{Limits, amount, here, literal, never};
pub use function::{Call, Site, raise};
pub use future::future;
pub use guard::{Entry, Guard, SiteGuard};
pub use origin::Origin;
pub use pausing::{Pausing, PausingGuard};

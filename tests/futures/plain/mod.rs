//! The future is that of the plain function: `Send`, lifetimes, inference, what is dropped when.

use super::*;

mod auto_traits;
mod combinators;
mod drops;
mod receivers;
mod signatures;
mod traits;

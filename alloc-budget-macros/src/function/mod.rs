//! The annotated function: its head told apart from its body, both kept as the user's own tokens.

mod body;
mod future;
mod item;
mod moved;
mod names;
mod recognised;
mod returned;

pub(crate) use body::{Body, breaks_off};
pub(crate) use future::Measured;
pub(crate) use item::{Function, keyword};
pub(crate) use moved::{Moved, MovedBody};
pub(crate) use names::Signature;
pub(crate) use recognised::{Case, HandedFuture, used_in_box};
pub(crate) use returned::Returned;

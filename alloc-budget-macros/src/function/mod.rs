//! The annotated function: its head told apart from its body, both kept as the user's own tokens.

mod body;
mod future;
mod item;
mod names;
mod recognised;

pub(crate) use body::{Body, breaks_off};
pub(crate) use future::Measured;
pub(crate) use item::{Function, keyword};
pub(crate) use names::Signature;
pub(crate) use recognised::{BoxedFuture, Case, HandedFuture};

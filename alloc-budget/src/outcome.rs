//! What expanded code asks a call's value: whether the call has failed.

use core::task::Poll;

/// A value that may be an error: the call has failed where `?` would leave with what it returned.
#[diagnostic::on_unimplemented(
    message = "`on_err = skip` needs a value that may be an error, which `{Self}` is not",
    label = "the function returns no `Result`, `Option`, or `Poll` of a `Result`",
    note = "without `on_err`, every call is judged"
)]
pub trait Outcome {
    fn has_failed(&self) -> bool;
}

impl<T, E> Outcome for Result<T, E> {
    fn has_failed(&self) -> bool {
        self.is_err()
    }
}

impl<T> Outcome for Option<T> {
    fn has_failed(&self) -> bool {
        self.is_none()
    }
}

impl<T, E> Outcome for Poll<Result<T, E>> {
    fn has_failed(&self) -> bool {
        matches!(self, Self::Ready(Err(_)))
    }
}

impl<T, E> Outcome for Poll<Option<Result<T, E>>> {
    fn has_failed(&self) -> bool {
        matches!(self, Self::Ready(Some(Err(_))))
    }
}

/// Calls that fail are not judged.
pub fn skip_err(value: &impl Outcome) -> bool {
    value.has_failed()
}

/// Every call is judged.
pub const fn skip_none<T>(_: &T) -> bool {
    false
}

//! The panic of a budget that was given before, and is judged where somebody polls or iterates.

use std::panic::Location;

use crate::budget::raise::raise;
use crate::budget::subject::Given;
use crate::scope::exempt::quietly;
use crate::trace::paths;

/// Panics at the caller if that is the user's. A place of an executor's says less than ours, and
/// neither says anything of the budget: below its title the message then does.
#[track_caller]
pub(super) fn raise_for(given: &Given, message: String) -> ! {
    let caller = Location::caller();
    if quietly(|| paths::is_users(caller.file())) {
        raise(message);
    }
    raise_here(given, message)
}

fn raise_here(given: &Given, message: String) -> ! {
    // The label that a budget has by default is its place.
    raise(match given.label {
        Some(_) => quietly(|| {
            let (title, report) = message.split_once('\n').unwrap_or((&message, ""));
            let placed = format!("{title}\n  given at {}\n{report}", given.location);
            drop(message);
            placed
        }),
        None => message,
    })
}

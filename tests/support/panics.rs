//! What a panic says, and where.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::places::slashed;

/// A panic that was caught, and of which nothing was printed. Its files have slashes.
#[derive(Debug)]
pub struct Panic {
    /// File, line and column.
    pub place: String,
    /// What it says.
    pub message: String,
}

/// What `f` returns, or the panic that it ends with.
pub fn catch<T>(f: impl FnOnce() -> T) -> Result<T, Panic> {
    thread_local!(static PLACE: RefCell<Option<String>> = const { RefCell::new(None) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        // At the end of a thread there may be no such variable any more.
        panic::set_hook(Box::new(move |info| match PLACE.try_with(RefCell::take) {
            Ok(Some(_)) => PLACE.set(info.location().map(ToString::to_string)),
            _ => others(info),
        }));
    });
    PLACE.set(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    let place = slashed(&PLACE.take().unwrap());
    result.map_err(|payload| Panic { place, message: slashed(text(&*payload)) })
}

/// The place and the message of the panic that `f` ends with.
pub fn panic_of<T>(f: impl FnOnce() -> T) -> (String, String) {
    let Panic { place, message } = catch(|| drop(f())).expect_err("an overage");
    (place, message)
}

/// What a panic says.
pub fn text(payload: &(dyn Any + Send)) -> &str {
    let literal = || payload.downcast_ref::<&str>().copied();
    payload.downcast_ref::<String>().map(String::as_str).or_else(literal).expect("a message")
}

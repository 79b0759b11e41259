//! What a panic says, and where.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// The place and the message of the panic that `f` ends with.
pub(crate) fn panic_of<T>(f: impl FnOnce() -> T) -> (String, String) {
    thread_local!(static PLACE: RefCell<Option<String>> = const { RefCell::new(None) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| match PLACE.take() {
            Some(_) => PLACE.set(info.location().map(ToString::to_string)),
            None => others(info),
        }));
    });
    PLACE.set(Some(String::new()));
    let payload = panic::catch_unwind(AssertUnwindSafe(|| drop(f()))).expect_err("an overage");
    (PLACE.take().unwrap(), *payload.downcast().expect("a message"))
}

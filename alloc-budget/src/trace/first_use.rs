//! Whether something is used for the first time: an initialiser that runs once, in the process or
//! on a thread, is on the stack. Which call of a function it falls into, others decide.

use crate::trace::frame::Frame;
use crate::trace::names;

/// What runs its initialiser: its name, the paths of its functions, and the file that they are in.
/// While something is allocated below one of these, the initialiser runs.
const CELLS: [(&str, &[&str], &str); 8] = [
    ("LazyLock", &["std::sync::lazy_lock::LazyLock::"], "/std/src/sync/lazy_lock.rs"),
    ("OnceLock", &["std::sync::once_lock::OnceLock::"], "/std/src/sync/once_lock.rs"),
    ("LazyCell", &["core::cell::lazy::LazyCell::"], "/core/src/cell/lazy.rs"),
    ("OnceCell", &["core::cell::once::OnceCell::"], "/core/src/cell/once.rs"),
    ("once_cell", &["once_cell::imp::", "once_cell::sync::", "once_cell::unsync::"], "/once_cell-"),
    // The others are made of it.
    (ONCE, &["std::sync::once::Once::"], "/std/src/sync/once.rs"),
    (ONCE, &["std::sync::poison::once::Once::"], "/std/src/sync/poison/once.rs"),
    // What is left of it where it was inlined.
    (ONCE, &["std::sys::sync::once::"], "/std/src/sys/sync/once/"),
];

const ONCE: &str = "Once";
const THREAD_LOCAL: &str = "thread-local";

/// Of std's functions for thread-locals, those that make one ready. Others run what a user does
/// with it.
const STARTS: [&str; 7] =
    ["initialize", "try_initialize", "get_or_init", "get_or_init_slow", "lazy_init", "register", "enable"];

/// What is used for the first time, the innermost. `frames` are those from the allocation to the
/// budget.
pub(super) fn among(frames: &[&Frame]) -> Option<&'static str> {
    let mut uses = frames.iter().filter_map(|frame| what(frame));
    let first = uses.next()?;
    if first == ONCE { uses.find(|name| *name != ONCE).or(Some(first)) } else { Some(first) }
}

fn what(frame: &Frame) -> Option<&'static str> {
    let path = names::tidy(&frame.function, None);
    let file = frame.file.as_deref().map(|file| file.to_string_lossy().replace('\\', "/"));
    let is_in = |part: &str| file.as_ref().is_some_and(|file| file.contains(part));
    let is_of_thread_locals =
        ["std::sys::thread_local::", "std::thread::local::"].iter().any(|start| path.starts_with(start))
            || is_in("/std/src/sys/thread_local/");
    if is_of_thread_locals {
        return STARTS.contains(&&*names::last(&path)).then_some(THREAD_LOCAL);
    }
    let runs_it = |(_, paths, file): &&(_, &[&str], &str)| {
        paths.iter().any(|start| path.starts_with(start)) || is_in(file)
    };
    CELLS.iter().find(runs_it).map(|(name, ..)| *name)
}

#[cfg(test)]
mod tests {
    use super::{Frame, among};

    fn found(functions: &[&str]) -> Option<&'static str> {
        let frame = |(function, file): (&str, Option<&str>)| Frame {
            function: function.into(),
            file: file.map(Into::into),
            line: 1,
            column: 1,
        };
        let frames: Vec<_> = functions
            .iter()
            .map(|function| match function.split_once(" in ") {
                Some((function, file)) => frame((function, Some(file))),
                None => frame((function, None)),
            })
            .collect();
        among(&frames.iter().collect::<Vec<_>>())
    }

    /// As the compiler's two schemes spell them, and as line tables have them.
    #[test]
    fn is_known_by_functions_of_either_mangling_and_by_files() {
        for (functions, expected) in [
            (&["app::TABLE::{{closure}}", "std::sync::lazy_lock::LazyLock<T,F>::force"][..], "LazyLock"),
            (&["<std::sync::lazy_lock::LazyLock<alloc::vec::Vec<u8>>>::force"], "LazyLock"),
            (&["<std::sync::lazy_lock::LazyLock<T,F> as core::ops::deref::Deref>::deref"], "LazyLock"),
            (&["force in /rustc/1a2b/library/std/src/sync/lazy_lock.rs"], "LazyLock"),
            (&["{closure#0} in /rustc/1a2b/library/std/src/sync/once.rs"], "Once"),
            (&["{closure#0} in /rustc/1a2b/library/std/src/sync/poison/once.rs"], "Once"),
            (&["std::sync::once_lock::OnceLock<T>::initialize"], "OnceLock"),
            (&["<std::sync::once_lock::OnceLock<u8>>::get_or_init::<app::f::{closure#0}>"], "OnceLock"),
            (&["get_or_init in C:\\rust\\library\\std\\src\\sync\\once_lock.rs"], "OnceLock"),
            (&["std::sync::poison::once::Once::call_once"], "Once"),
            (&["<std::sync::once::Once>::call_once_force::<app::f::{closure#0}>::{closure#0}"], "Once"),
            (
                &["std::sync::poison::once::Once::call_once", "std::sync::lazy_lock::LazyLock<T,F>::force"],
                "LazyLock",
            ),
            (&["std::sys::thread_local::native::lazy::Storage<T,D>::get_or_init_slow"], "thread-local"),
            (&["<std::sys::thread_local::native::lazy::Storage<u8, ()>>::initialize"], "thread-local"),
            (&["core::cell::lazy::LazyCell<T,F>::really_init"], "LazyCell"),
            (&["<core::cell::once::OnceCell<u8>>::get_or_init::<app::f::{closure#0}>"], "OnceCell"),
            (&["once_cell::imp::OnceCell<T>::initialize"], "once_cell"),
        ] {
            assert_eq!(found(functions), Some(expected), "{functions:?}");
        }
    }

    #[test]
    fn is_nothing_that_a_function_does_each_time() {
        for functions in [
            &["app::once::Once::call"][..],
            &["std::thread::local::LocalKey<T>::with", "<std::thread::local::LocalKey<u8>>::try_with"],
            &["std::sys::thread_local::native::lazy::destroy"],
            &["<alloc::vec::Vec<u8>>::push"],
            &["(unknown)", ""],
        ] {
            assert_eq!(found(functions), None, "{functions:?}");
        }
    }
}

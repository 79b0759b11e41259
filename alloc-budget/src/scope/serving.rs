//! Calls of an allocator that may allocate for its own books: what it asks for while it serves one
//! is no event of the program's.

use std::ptr;

use crate::count::system;
use crate::scope::exempt::Exempt;
use crate::scope::open::OpenScope;
use crate::scope::scopes::SERVING;
use crate::scope::thread::{self, Thread};

/// While it is there, the thread's allocator serves a call.
///
/// The thread is not ready to enter a scope then: so the allocator's own scopes, and nobody else's,
/// take the way on which those around the call are set aside.
pub(crate) struct Serving {
    /// Up to where the scopes were ready before. [`SERVING`] in a call of the allocator's own.
    ready: *mut OpenScope,
}

impl Serving {
    #[inline(always)]
    pub(crate) fn begin() -> Self {
        // SAFETY: nothing is called while the reference is used.
        let scopes = unsafe { &mut thread::current_mut().scopes };
        let ready = scopes.ready;
        scopes.ready = SERVING;
        Self { ready }
    }

    /// Whether it is a call of the program's, or of a scope that the allocator has opened.
    #[inline(always)]
    pub(crate) fn is_counted(&self) -> bool {
        self.ready != SERVING
    }

    /// Ends the call, and says whether it counts.
    #[inline(always)]
    pub(crate) fn end(self) -> bool {
        self.is_counted()
    }
}

impl Drop for Serving {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the reference is gone before anything is called.
        let scopes = unsafe { &mut thread::current_mut().scopes };
        if scopes.ready == SERVING {
            scopes.ready = self.ready;
        } else {
            end_aside(self.is_counted());
        }
    }
}

/// Whether the thread's allocator serves a call, and may not be able to serve another.
pub(crate) fn is_serving() -> bool {
    thread::with(|Thread { aside, scopes, .. }| !aside.is_null() || scopes.ready == SERVING)
}

/// What the scopes that the allocator opens while it serves a call are in.
struct Aside {
    exempt: Exempt,
    /// That of a call around it, or null.
    outer: *mut (),
}

/// Before the allocator enters its first scope in a call: what happens from here to the call's end
/// counts, but for none of the scopes around it. False where the system has no memory left.
#[must_use]
pub(crate) fn set_aside() -> bool {
    let is_serving = thread::with(|thread| {
        let is_serving = thread.scopes.ready == SERVING;
        if is_serving {
            thread.scopes.ready = ptr::null_mut();
        }
        is_serving
    });
    if !is_serving {
        return true;
    }
    let exempt = Exempt::enter();
    let outer = thread::with(|thread| thread.aside);
    let Some(aside) = system::keep(Aside { exempt, outer }) else { return false };
    thread::with(|thread| thread.aside = ptr::from_mut(aside).cast());
    true
}

/// At the end of a call in which the allocator has entered a scope.
#[cold]
#[inline(never)]
fn end_aside(is_counted: bool) {
    let aside = thread::with(|Thread { aside, scopes, .. }| {
        if !is_counted {
            // The call around it is still being served.
            scopes.ready = SERVING;
        }
        aside.cast::<Aside>()
    });
    if aside.is_null() {
        return;
    }
    // SAFETY: not null, so from `set_aside`, which kept it for this call alone: calls end in the
    // reverse order of their beginnings. It is read once, and nobody has it afterwards.
    let Aside { exempt, outer } = unsafe { ptr::read(aside) };
    thread::with(|thread| thread.aside = outer);
    // SAFETY: as above.
    unsafe { system::free(aside) };
    drop(exempt);
}

//! Handing a scope to other threads.

use std::fmt;
use std::sync::Arc;

use crate::count::counters::{PLENTY, cast_unsigned};
use crate::count::limit::Limit;
use crate::limits::Limits;
use crate::scope::enter::Scope;
use crate::scope::exempt::{Exempt, SetAside};
use crate::scope::mode::{self, State};
use crate::scope::open::OpenScope;
use crate::scope::remote::Remote;
use crate::scope::scopes::Ended;
use crate::scope::thread::{self, Thread};
use crate::scope::uncounted::Uncounted;
use crate::scope::work::{Done, Lane, Work};

/// A handle of a scope, by which other threads can work for it.
///
/// A scope counts what its own thread does. What another thread runs through a handle of the scope
/// counts for the scope too, and for all scopes around it:
///
/// ```
/// use alloc_budget::{Handle, measure};
///
/// let ((), m) = measure(|| {
///     let scope = Handle::current();
///     std::thread::scope(|threads| {
///         threads.spawn(|| scope.run(|| drop(vec![1, 2, 3])));
///     });
/// });
/// assert!(m.bytes_allocated >= 12); // the vector, and what spawning took
/// ```
///
/// - It works with `std::thread`, with rayon's `join`, `scope` and parallel iterators, and with
///   tokio's `spawn_blocking`. For `tokio::spawn` there is [`Handle::instrument`].
/// - Work through a handle counts for the handle's scope and those around it, and for no other
///   scope.
/// - The scope must wait for the work. Work that ends after the scope counts nowhere.
/// - In a thread pool, give every job a handle.
/// - A peak of a scope with helpers may be higher than the truth, never lower. All else is exact.
///
/// [The chapter on threads](crate::manual::threads) has the rules and their reasons.
#[derive(Clone)]
pub struct Handle(Option<Shared>);

impl Handle {
    /// A handle of the innermost scope that is open on this thread.
    ///
    /// - The scope may be that of an annotated function, of [`measure`](crate::measure()), of a
    ///   [`Budget`](crate::Budget), or of a future that is being polled.
    /// - In work through a handle, this is a handle of the same scope.
    /// - If no scope is open, or inside [`exempt`](crate::exempt), the handle runs its work and
    ///   counts it nowhere.
    #[must_use]
    pub fn current() -> Self {
        let innermost = thread::with(|Thread { tally, scopes, .. }| {
            let (limits, limited) = scopes.limits_left(tally);
            let open = scopes.counting().last()?;
            Some((limits, limited, open.piece_of, open.remote))
        });
        let Some((limits, limited, piece_of, mut remote)) = innermost else { return Self(None) };
        if let Some(shared) = Shared::of(piece_of) {
            return Self(Some(shared));
        }
        let exempt = Exempt::enter();
        if remote.is_none() {
            remote = Remote::new();
        }
        let shared = Shared::of(remote);
        if let Some(shared) = &shared {
            shared.0.limit(limits, limited);
        }
        drop(exempt);
        thread::with(|Thread { tally, scopes, .. }| {
            if let Some(innermost) = scopes.counting().last_mut() {
                innermost.remote = remote;
                innermost.set_slow_exit();
                share_blocks(innermost, &limits);
            }
            scopes.follow_blocks(tally);
        });
        Self(shared)
    }

    /// Runs `f` on this thread, and counts it for the handle's scope.
    ///
    /// # Panics
    /// If `f` panics. What it did until then counts.
    pub fn run<T>(&self, f: impl FnOnce() -> T) -> T {
        if self.is_innermost() {
            return f();
        }
        let _aside = SetAside::enter();
        let _piece = self.0.as_ref().and_then(Piece::begin);
        f()
    }

    /// Whether what happens here counts for the handle's scope and those around it anyway, and for
    /// no other one.
    fn is_innermost(&self) -> bool {
        self.0.as_ref().map(Shared::remote).is_some_and(|remote| {
            thread::with(|thread| {
                let innermost = thread.scopes.counting().last();
                innermost.is_some_and(|open| [open.remote, open.piece_of].contains(&remote))
            })
        })
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

/// A share in the work for a scope. Its memory counts nowhere.
#[derive(Clone)]
struct Shared(Uncounted<Arc<Work>>);

impl Shared {
    fn of(remote: Remote) -> Option<Self> {
        remote.share().map(|work| Self(Uncounted::new(work)))
    }

    fn remote(&self) -> Remote {
        Remote::of(&self.0)
    }
}

/// With a limit on what is left, nothing is said of a block that another thread has freed.
fn share_blocks(open: &mut OpenScope, limits: &Limits) {
    let is_traced = limits.max_retained_bytes < cast_unsigned(PLENTY) && mode::state() != State::CountOnly;
    if is_traced || limits.max_surviving_bytes != u64::MAX {
        open.captures.share_blocks();
        open.set_slow_exit();
    }
}

/// Work for a scope, on the thread that does it.
struct Piece<'a> {
    shared: &'a Shared,
    scope: Scope,
    lane: Lane,
}

impl<'a> Piece<'a> {
    /// `None` where the scope has ended.
    fn begin(shared: &'a Shared) -> Option<Self> {
        let exempt = Exempt::enter();
        let (limits, limited) = shared.0.begin()?;
        drop(exempt);
        let scope = if limited == 0 {
            Scope::enter::<0>(&limits)
        } else {
            Scope::enter_tracing::<{ Limit::ANY }>(&limits)
        };
        let depth = thread::with(|Thread { tally, scopes, .. }| {
            if let Some(piece) = scopes.all().last_mut() {
                piece.piece_of = shared.remote();
                share_blocks(piece, &limits);
            }
            scopes.follow_blocks(tally);
            scopes.all().len()
        });
        Some(Self { shared, scope, lane: (thread::id(), depth) })
    }
}

impl Drop for Piece<'_> {
    fn drop(&mut self) {
        let ended = self.scope.end();
        let _exempt = Exempt::enter();
        let done = ended.map(|Ended { counters, peak, captures, .. }| Done { counters, peak, captures });
        self.shared.0.end(self.lane, done);
    }
}

//! Handing a scope to other threads.

use std::fmt;
use std::sync::Arc;

use crate::count::counters::PLENTY;
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

/// The innermost open scope of a thread, for other threads to work for.
///
/// A scope counts what its own thread allocates. What it hands to other threads it takes along as a
/// handle; what is run there through the handle counts for the scope too, and for all scopes around
/// it, as if the scope's own thread had done it.
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
/// assert!(m.bytes_allocated >= 12); // the vector, and what it took to begin a thread
/// ```
///
/// It is the same with `std::thread::spawn`, with rayon's `join`, `scope` and parallel iterators,
/// and with tokio's `spawn_blocking`; for `tokio::spawn` there is [`Handle::instrument`].
///
/// - **For whom.** What is run through a handle counts once for the handle's scope, and once for
///   each scope around it. It counts for no other one, whichever thread runs it and whatever is
///   open there: an inner scope of the same thread, a scope that waits there for something else, or
///   [`exempt`](crate::exempt) around [`Handle::run`]. Inside of it, scopes and `exempt` are as
///   elsewhere.
/// - **Work stealing.** A thread that waits inside a scope may run something else meanwhile: a
///   thread of rayon's pool steals jobs while it waits in a `join`. A job with a handle counts for
///   the handle's scope, and not for the one that waits. A job without one counts for the scope
///   that waits, whoever asked for it. So jobs that share a pool with budgets should have handles
///   too, even if they are of no scope.
/// - **When.** Work is added when it ends, also by a panic. The scope has to wait for it, by
///   joining the thread or however else: work that ends after the scope counts nowhere. Work for a
///   future's scope is added to the scopes around it when the future is ready or dropped: to those
///   that are open there.
/// - **Peaks.** [`peak_bytes`](crate::Measurement::peak_bytes) of a scope with helpers is never
///   less than the truth, and may be more: it is the peak of its own thread and, on top, those of
///   the threads that helped it between two moments at which none did, as if all had had them at
///   once. So helpers one after another don't add up. All else is exact.
/// - **Where.** Reports have the call sites of other threads for what passes a limit there:
///   counting from what the scope had left when its newest handle was made, less what other work
///   had used that had ended when this began. Where each thread stays below the limit and only the
///   sum is above it, `ALLOC_BUDGET_TRACE=full` has the call sites.
///
/// In the work for a scope, [`Handle::current()`] is a handle of the same scope. The handle of no
/// scope runs what it is given, and counts it nowhere.
#[derive(Clone)]
pub struct Handle(Option<Shared>);

impl Handle {
    /// The handle of the innermost scope that is open on this thread: of an annotated function, of
    /// [`measure`](crate::measure()), of a [`Budget`](crate::Budget), or of a future that is being
    /// polled. Inside [`exempt`](crate::exempt) it is that of no scope.
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

    /// Runs `f` on this thread for the handle's scope.
    ///
    /// # Panics
    /// When `f` does.
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
    let is_traced = limits.max_retained_bytes < PLENTY.cast_unsigned() && mode::state() != State::CountOnly;
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

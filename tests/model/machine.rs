//! Runs a program with the real allocator, and writes down what happens in storage made before.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::any::Any;
use std::cell::Cell;
use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread;

use alloc_budget::__macro_support::{AnyExempt, Entry, Limits, Origin, Site, SiteGuard, here, raise};
use alloc_budget::{CallSite, Handle, Limit, Measurement, Overage, Totals, exempt, measure, measure_future};

use super::ledger::{Event, PollEnd, What};
use super::program::{self, Allowed, BLOCKS, FutureKind, HANDLES, Op, Program, budget};

/// What a scope said at its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    /// It gave no result.
    Nothing,
    Kept,
    Measured(Measurement),
    Exceeded {
        measurement: Measurement,
        limits: u8,
        sites: Sites,
    },
    /// A panic that says that it cannot be checked.
    Lost,
    /// A panic with the report, whose numbers are in this part of `Log::text`.
    Reported(usize, usize),
}

/// The sums of a report's call sites.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sites {
    pub(crate) allocations: u64,
    pub(crate) bytes: u64,
    pub(crate) left_out: u64,
}

/// What happened in a run.
pub(crate) struct Log {
    pub(crate) trace: Vec<(usize, What)>,
    /// Of each scope, in the order of entry: what it allowed, and what it said.
    pub(crate) scopes: Vec<(Allowed, Seen)>,
    pub(crate) futures: Vec<Option<Seen>>,
    pub(crate) text: String,
    /// Of each thread: allocations and bytes.
    pub(crate) totals: Vec<(u64, u64)>,
    blocks: [(usize, usize); BLOCKS],
    handles: [Option<Handle>; HANDLES],
    turn: usize,
    running: Vec<usize>,
    steps: usize,
}

struct Machine {
    program: Program,
    /// The size of the block that a panic allocates.
    exception: Option<usize>,
    log: Mutex<Log>,
    turned: Condvar,
    futures: Vec<Mutex<Option<Running>>>,
}

struct Running {
    future: Pin<Box<dyn Future<Output = Seen> + Send>>,
    is_over: bool,
}

/// What a program throws: of no size, so that the panic allocates only what the unwinder does.
struct Thrown;

/// The size of the block that such a panic allocates, where it does.
pub(crate) fn exception() -> Option<usize> {
    let ((), m) = measure(|| {
        let _ = panic::catch_unwind(|| panic::resume_unwind(Box::new(Thrown)));
    });
    assert!(m.allocations <= 1 && m.deallocations == m.allocations, "{m:?}");
    (m.allocations > 0).then(|| m.bytes_allocated.try_into().unwrap())
}

/// Where a panic's block is, as far as anybody knows, and a future's, which was there before.
const EXCEPTION: usize = 0;
const FUTURE: usize = 1;

/// All limits there are, as the macro passes them.
type Opened = SiteGuard<{ u8::MAX }>;
type Slot = Cell<Option<(usize, ManuallyDrop<Opened>)>>;

thread_local! {
    static THREAD: Cell<usize> = const { Cell::new(0) };
    static GUARDS: [Slot; program::GUARDS] = const { [const { Cell::new(None) }; program::GUARDS] };
}

pub(crate) fn run(program: &Program, exception: Option<usize>) -> Log {
    let threads = program.threads.len();
    let machine = Arc::new(Machine {
        program: program.clone(),
        exception,
        log: Mutex::new(Log {
            trace: Vec::with_capacity(1 << 16),
            scopes: Vec::with_capacity(1 << 13),
            futures: vec![None; program.futures.len()],
            text: String::with_capacity(1 << 20),
            totals: vec![(0, 0); threads],
            blocks: [(0, 0); BLOCKS],
            handles: [const { None }; HANDLES],
            turn: 0,
            running: (0..threads).collect(),
            steps: 0,
        }),
        turned: Condvar::new(),
        futures: program.futures.iter().map(|_| Mutex::new(None)).collect(),
    });
    for (at, slot) in machine.futures.iter().enumerate() {
        *slot.lock().unwrap() = Some(Running { future: future(&machine, at), is_over: false });
    }
    thread::scope(|scope| {
        for (thread, ops) in program.threads.iter().enumerate() {
            let machine = &machine;
            // Scopes in each other take a few frames each, which are large in a debug build.
            let builder = thread::Builder::new().stack_size(64 << 20);
            builder.spawn_scoped(scope, move || machine.run_thread(thread, ops)).unwrap();
        }
    });
    for slot in &machine.futures {
        slot.lock().unwrap().take();
    }
    let mut log = Arc::into_inner(machine).unwrap().log.into_inner().unwrap();
    for (address, size) in log.blocks.iter_mut().filter(|(_, size)| *size > 0) {
        // SAFETY: the block was allocated with this layout, and nobody else has it.
        unsafe { dealloc(ptr::with_exposed_provenance_mut(*address), layout(*size)) };
    }
    log.handles = [const { None }; HANDLES];
    log
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn signed(size: usize) -> i64 {
    size.try_into().unwrap()
}

impl Log {
    /// Whose turn it is next.
    fn pass(&mut self, schedule: &[usize]) {
        let Some(first) = self.running.first() else { return };
        self.turn = match schedule {
            [] => *first,
            _ => self.running[schedule[self.steps % schedule.len()] % self.running.len()],
        };
        self.steps += 1;
    }
}

/// Notes what has ended, also where a panic ends it.
struct AtEnd<'a>(&'a Machine, What);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

impl Machine {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, what: What) {
        let mut log = self.log();
        assert!(log.trace.len() < log.trace.capacity());
        log.trace.push((THREAD.get(), what));
    }

    fn event(&self, event: Event) {
        self.note(What::Event(event));
    }

    fn run_thread(&self, thread: usize, ops: &[Op]) {
        THREAD.set(thread);
        drop(self.wait(self.log()));
        let before = Totals::now();
        self.catching(|| self.run(ops));
        let after = Totals::now();
        let mut log = self.log();
        log.totals[thread] =
            (after.allocations - before.allocations, after.bytes_allocated - before.bytes_allocated);
        log.running.retain(|running| *running != thread);
        log.pass(&self.program.schedule);
        self.turned.notify_all();
        // The end of a thread ends its scopes.
        drop(self.turned.wait_while(log, |log| !log.running.is_empty()));
    }

    fn wait<'m>(&'m self, log: MutexGuard<'m, Log>) -> MutexGuard<'m, Log> {
        let is_turn_of_another = |log: &mut Log| log.turn != THREAD.get();
        self.turned.wait_while(log, is_turn_of_another).unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, ops: &[Op]) {
        for op in ops {
            let mut log = self.log();
            log.pass(&self.program.schedule);
            if log.turn != THREAD.get() {
                self.turned.notify_all();
                log = self.wait(log);
            }
            drop(log);
            self.step(op);
        }
    }

    fn step(&self, op: &Op) {
        match op {
            Op::Allocate { slot, size, zeroed } => self.allocate(*slot, *size, *zeroed),
            Op::Reallocate { slot, size } => self.reallocate(*slot, *size),
            Op::Free { slot } => self.free(*slot),
            Op::Fail { slot } => self.fail(*slot),
            Op::Measure(body) => {
                let scope = self.scope(&[None; Limit::ALL.len()]);
                let left = AtEnd(self, What::Left(scope));
                let ((), m) = measure(|| self.run_in(scope, body));
                drop(left);
                self.saw(scope, Seen::Measured(m));
            }
            Op::Check(allowed, body) => {
                let scope = self.scope(allowed);
                let left = AtEnd(self, What::Left(scope));
                let result = budget(allowed).check(|| self.run_in(scope, body));
                drop(left);
                self.saw(scope, verdict(&result));
            }
            Op::Annotated { only, allowed, body } => self.annotated(*only, *allowed, body),
            Op::Exempt(body) => {
                let _end = AtEnd(self, What::ExemptEnded);
                exempt(|| {
                    self.note(What::ExemptBegan);
                    self.run(body);
                });
            }
            Op::Catch(body) => drop(self.catching(|| self.run(body))),
            Op::Throw => {
                if let Some(size) = self.exception {
                    self.event(Event::Allocated(EXCEPTION, signed(size)));
                }
                panic::resume_unwind(Box::new(Thrown));
            }
            Op::Share { handle } => {
                let current = Handle::current();
                let before = self.log().handles[*handle].replace(current);
                drop(before);
                self.note(What::Shared(*handle));
            }
            Op::Work { handle, body } => {
                let taken = self.log().handles[*handle].clone();
                let Some(taken) = taken else { return self.run(body) };
                let _end = AtEnd(self, What::WorkEnded);
                taken.run(|| {
                    self.note(What::WorkBegan(*handle));
                    self.run(body);
                });
            }
            Op::Poll { future } => self.poll(*future),
            Op::DropFuture { future } => {
                let Some(running) = self.take_future(*future) else { return };
                let size = size_of_val(&*running.future);
                drop(running);
                self.note(What::FutureDropped(*future));
                self.event(Event::Freed(FUTURE, signed(size)));
            }
            Op::Open { guard, allowed } => {
                let opened = self.open(allowed);
                GUARDS.with(|guards| guards[*guard].set(Some(opened)));
            }
            Op::Close { guard } => {
                let Some((scope, opened)) = GUARDS.with(|guards| guards[*guard].take()) else { return };
                let left = AtEnd(self, What::Left(scope));
                let result = self.catching(|| drop(ManuallyDrop::into_inner(opened)));
                drop(left);
                self.saw(scope, result.unwrap_or(Seen::Kept));
            }
            Op::Leak { allowed } => drop(self.open(allowed)),
        }
    }

    fn allocate(&self, slot: usize, size: usize, zeroed: bool) {
        self.free(slot);
        // SAFETY: the size is not zero.
        let block = unsafe { if zeroed { alloc_zeroed(layout(size)) } else { alloc(layout(size)) } };
        assert!(!black_box(block).is_null());
        self.log().blocks[slot] = (block.expose_provenance(), size);
        self.event(Event::Allocated(block.addr(), signed(size)));
    }

    fn reallocate(&self, slot: usize, size: usize) {
        let (address, old) = self.log().blocks[slot];
        if old == 0 {
            return;
        }
        let block = ptr::with_exposed_provenance_mut(address);
        // SAFETY: the block was allocated with this layout, and the new size is not zero.
        let block = unsafe { realloc(block, layout(old), size) };
        assert!(!black_box(block).is_null());
        self.log().blocks[slot] = (block.expose_provenance(), size);
        self.event(Event::Reallocated(address, signed(old), block.addr(), signed(size)));
    }

    fn free(&self, slot: usize) {
        let (address, size) = std::mem::take(&mut self.log().blocks[slot]);
        if size > 0 {
            // SAFETY: the block was allocated with this layout, and is not used again.
            unsafe { dealloc(ptr::with_exposed_provenance_mut(address), layout(size)) };
            self.event(Event::Freed(address, signed(size)));
        }
    }

    fn fail(&self, slot: usize) {
        const TOO_MUCH: usize = isize::MAX as usize / 2;
        // With fewer bits there is no size that every system refuses.
        if cfg!(not(target_pointer_width = "64")) {
            return;
        }
        let (address, size) = self.log().blocks[slot];
        // SAFETY: the sizes are not zero, and the block was allocated with this layout.
        unsafe {
            assert!(black_box(alloc(layout(TOO_MUCH))).is_null());
            assert!(black_box(alloc_zeroed(layout(TOO_MUCH))).is_null());
            if size > 0 {
                let block = ptr::with_exposed_provenance_mut(address);
                assert!(black_box(realloc(block, layout(size), TOO_MUCH)).is_null());
            }
        }
    }

    /// The number of a scope that is entered now.
    fn scope(&self, allowed: &Allowed) -> usize {
        let mut log = self.log();
        assert!(log.scopes.len() < log.scopes.capacity());
        log.scopes.push((*allowed, Seen::Nothing));
        log.scopes.len() - 1
    }

    fn saw(&self, scope: usize, seen: Seen) {
        self.log().scopes[scope].1 = seen;
    }

    fn run_in(&self, scope: usize, body: &[Op]) {
        self.note(What::Entered { scope, has_peak: true });
        self.run(body);
    }

    fn open(&self, allowed: &Allowed) -> (usize, ManuallyDrop<Opened>) {
        const ORIGIN: &Origin =
            &Origin { module: module_path!(), package: "", is_primary: true, is_test: true, is_debug: true };
        static SITE: Site = Site::new(here(), raise, || {}, ORIGIN);
        let scope = self.scope(allowed);
        let guard = ManuallyDrop::new(SiteGuard::enter(Entry::new(&SITE, limits(allowed), AnyExempt)));
        self.note(What::Entered { scope, has_peak: true });
        (scope, guard)
    }

    fn annotated(&self, only: Option<usize>, mut allowed: Allowed, body: &[Op]) {
        if let Some(only) = only {
            let limit = allowed[only];
            allowed = [None; Limit::ALL.len()];
            allowed[only] = limit;
        }
        let scope = self.scope(&allowed);
        let result = self.catching(|| {
            let _left = AtEnd(self, What::Left(scope));
            // The third limit is that of peaks, the fourth that of retained bytes.
            let has_peak = only.is_none_or(|only| [2, 3].contains(&only));
            let mut body = || {
                self.note(What::Entered { scope, has_peak });
                self.run(body);
            };
            annotated::call(only, &allowed.map(|limit| limit.unwrap_or(u64::MAX)), &mut body);
        });
        self.saw(scope, result.unwrap_or(Seen::Kept));
    }

    /// Runs `f` to its end or to its panic; returns what that one says.
    fn catching(&self, f: impl FnOnce()) -> Option<Seen> {
        panic::catch_unwind(AssertUnwindSafe(f)).err().map(|payload| self.caught(&*payload))
    }

    fn caught(&self, payload: &(dyn Any + Send)) -> Seen {
        let Some(report) = payload.downcast_ref::<String>() else {
            assert!(payload.is::<Thrown>(), "a panic that is no part of the program");
            if let Some(size) = self.exception {
                self.event(Event::Freed(EXCEPTION, signed(size)));
            }
            return Seen::Nothing;
        };
        if report.contains("cannot be checked") {
            return Seen::Lost;
        }
        let numbers = report.lines().nth(2).unwrap_or_default();
        let mut log = self.log();
        let start = log.text.len();
        assert!(log.text.capacity() - start > numbers.len());
        log.text.push_str(numbers);
        Seen::Reported(start, log.text.len())
    }

    /// The future, where there is one that is not being polled.
    fn take_future(&self, future: usize) -> Option<Running> {
        self.futures.get(future)?.lock().unwrap().take()
    }

    fn poll(&self, future: usize) {
        let Some(mut running) = self.take_future(future) else { return };
        if !running.is_over {
            self.note(What::PollBegan(future));
            let polled = panic::catch_unwind(AssertUnwindSafe(|| support::poll(running.future.as_mut())));
            let (end, seen) = match polled {
                Ok(Poll::Pending) => (PollEnd::Pending, None),
                Ok(Poll::Ready(seen)) => (PollEnd::Ready, Some(Ok(seen))),
                Err(payload) if payload.is::<Thrown>() => (PollEnd::Panicked, Some(Err(payload))),
                Err(payload) => (PollEnd::Ready, Some(Err(payload))),
            };
            self.note(What::PollEnded(future, end));
            let seen = seen.map(|seen| seen.unwrap_or_else(|payload| self.caught(&*payload)));
            running.is_over = seen.is_some();
            self.log().futures[future] = seen;
        }
        *self.futures[future].lock().unwrap() = Some(running);
    }
}

fn future(machine: &Arc<Machine>, future: usize) -> Pin<Box<dyn Future<Output = Seen> + Send>> {
    let body = Body { machine: machine.clone(), future, polls: 0 };
    match machine.program.futures[future].0 {
        FutureKind::Measured => Box::pin(async { Seen::Measured(measure_future(body).await.1) }),
        FutureKind::Checked(allowed) => {
            Box::pin(async move { verdict(&budget(&allowed).check_future(body).await) })
        }
        FutureKind::Annotated(allowed) => Box::pin(async move {
            annotated::future(allowed.map(|limit| limit.unwrap_or(u64::MAX)), body).await;
            Seen::Kept
        }),
    }
}

/// Does a part of its program in each poll.
pub(crate) struct Body {
    machine: Arc<Machine>,
    future: usize,
    polls: usize,
}

impl Future for Body {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let polls = &self.machine.program.futures[self.future].1;
        self.machine.run(&polls[self.polls]);
        let is_last = self.polls + 1 == polls.len();
        self.polls += 1;
        if is_last { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn limits(allowed: &Allowed) -> Limits {
    let limit = |limit: Limit| allowed[position(limit)].unwrap_or(u64::MAX);
    Limits {
        max: limit(Limit::Allocations),
        max_bytes: limit(Limit::Bytes),
        max_peak_bytes: limit(Limit::PeakBytes),
        max_retained_bytes: limit(Limit::RetainedBytes),
        max_reallocs: limit(Limit::Reallocations),
        max_deallocs: limit(Limit::Deallocations),
        max_block_bytes: limit(Limit::BlockBytes),
        max_surviving_bytes: limit(Limit::SurvivingBytes),
    }
}

fn verdict(result: &Result<(), Overage>) -> Seen {
    let Err(overage) = result else { return Seen::Kept };
    let allocating = || overage.call_sites().iter().filter(|site| !site.is_deallocation());
    Seen::Exceeded {
        measurement: *overage.measurement(),
        limits: overage.exceeded().fold(0, |bits, exceeded| bits | 1 << position(exceeded.limit)),
        sites: Sites {
            allocations: allocating().map(CallSite::count).sum(),
            bytes: allocating().map(CallSite::bytes).sum(),
            left_out: overage.left_out(),
        },
    }
}

fn position(limit: Limit) -> usize {
    Limit::ALL.iter().position(|other| *other == limit).unwrap()
}

/// Functions with budgets, whose bodies are given.
mod annotated {
    use alloc_budget::{Limit, alloc_budget};

    use super::Body;

    type Limits = [u64; Limit::ALL.len()];

    pub(crate) fn call(only: Option<usize>, limits: &Limits, body: &mut dyn FnMut()) {
        let call = match only {
            Some(0) => allocations,
            Some(1) => bytes,
            Some(2) => peak_bytes,
            Some(3) => retained_bytes,
            Some(4) => reallocations,
            Some(5) => deallocations,
            Some(6) => block_bytes,
            Some(7) => surviving_bytes,
            _ => all,
        };
        call(limits, body);
    }

    #[alloc_budget(
        max = limits[0],
        max_bytes = limits[1],
        max_peak_bytes = limits[2],
        max_retained_bytes = limits[3],
        max_reallocs = limits[4],
        max_deallocs = limits[5],
        max_block_bytes = limits[6],
        max_surviving_bytes = limits[7]
    )]
    fn all(limits: &Limits, body: &mut dyn FnMut()) {
        body();
    }

    #[alloc_budget(max = limits[0])]
    fn allocations(limits: &Limits, body: &mut dyn FnMut()) {
        body();
    }

    #[alloc_budget(max_bytes = limits[1])]
    fn bytes(limits: &Limits, body: &mut dyn FnMut()) {
        body();
    }

    #[alloc_budget(max_peak_bytes = limits[2])]
    fn peak_bytes(limits: &Limits, body: &mut dyn FnMut()) {
        body();
    }

    #[alloc_budget(max_retained_bytes = limits[3])]
    fn retained_bytes(limits: &Limits, body: &mut dyn FnMut()) {
        body();
    }

    #[alloc_budget(max_reallocs = limits[4])]
    fn reallocations(limits: &Limits, body: &mut dyn FnMut()) {
        body();
    }

    #[alloc_budget(max_deallocs = limits[5])]
    fn deallocations(limits: &Limits, body: &mut dyn FnMut()) {
        body();
    }

    #[alloc_budget(max_block_bytes = limits[6])]
    fn block_bytes(limits: &Limits, body: &mut dyn FnMut()) {
        body();
    }

    #[alloc_budget(max_surviving_bytes = limits[7])]
    fn surviving_bytes(limits: &Limits, body: &mut dyn FnMut()) {
        body();
    }

    #[alloc_budget(
        max = limits[0],
        max_bytes = limits[1],
        max_peak_bytes = limits[2],
        max_retained_bytes = limits[3],
        max_reallocs = limits[4],
        max_deallocs = limits[5],
        max_block_bytes = limits[6],
        max_surviving_bytes = limits[7]
    )]
    pub(crate) async fn future(limits: Limits, body: Body) {
        body.await;
    }
}

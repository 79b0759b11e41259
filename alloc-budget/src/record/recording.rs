//! The recording of this process: its threads' tables, and its file.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use crate::count::process;
use crate::count::system;
use crate::record::asked::{Asked, asked};
use crate::record::file::Output;
use crate::record::sites::Site;
use crate::record::table::Table;
use crate::record::writer::Writer;
use crate::record::{clock, fork, header};
use crate::scope::exempt::bookkeeping;
use crate::scope::{mode, process_end, serving};
use crate::trace::call_site::CallSite;
use crate::trace::captures::Captures;

/// The recording of one process. A forked one begins its own.
pub(super) struct Recording {
    generation: u32,
    process: u32,
    /// The newest of the tables; each knows the one before it. They are never freed: there are as
    /// many as threads were there at the same time.
    newest: AtomicPtr<Table>,
    /// That of calls whose threads have none.
    shared: Table,
    /// `None` where there is no file.
    writer: Mutex<Option<Writer>>,
}

static CURRENT: AtomicPtr<Recording> = AtomicPtr::new(ptr::null_mut());

/// Of the newest recording, which may be that of the process before a fork.
fn newest() -> Option<&'static Recording> {
    // SAFETY: null, or from `begin`: written before it was shared, and never freed.
    unsafe { CURRENT.load(Ordering::Acquire).as_ref() }
}

impl Recording {
    /// That of this process, which begins with it.
    pub(super) fn current() -> Option<&'static Self> {
        match newest() {
            Some(recording) if recording.is_current() => Some(recording),
            before => bookkeeping(|| Self::begin(before)).flatten(),
        }
    }

    #[cold]
    fn begin(before: Option<&'static Self>) -> Option<&'static Self> {
        let asked = asked()?;
        fork::watch();
        let generation = fork::generation();
        let made = system::keep(Self {
            generation,
            process: process::id(),
            newest: AtomicPtr::new(ptr::null_mut()),
            shared: Table::new(generation),
            writer: Mutex::new(None),
        })?;
        let made = ptr::from_mut(made);
        // SAFETY: `keep` has just made it, and nobody else has seen it.
        let recording = unsafe { &*made };
        // Until there is a file: a thread that ends before that would find nobody to take over what
        // it has.
        let writer = recording.lock();
        let known = before.map_or(ptr::null_mut(), |before| ptr::from_ref(before).cast_mut());
        let begun = CURRENT.compare_exchange(known, made, Ordering::AcqRel, Ordering::Acquire);
        if begun.is_err() {
            drop(writer);
            // SAFETY: nobody else has seen it, it owns nothing, and `recording` is not used any
            // more.
            unsafe { system::free(made) };
            return newest();
        }
        Self::open(writer, asked, before.map(|before| before.process));
        Some(recording)
    }

    fn open(mut opened: MutexGuard<'_, Option<Writer>>, asked: &Asked, parent: Option<u32>) {
        let file = if asked.folder.is_absolute() {
            Output::create(&asked.folder).map_err(|error| error.to_string())
        } else {
            Err("it has to be an absolute folder".to_owned())
        };
        let result = file.map(|file| {
            let writer = opened.insert(Writer::new(file, header::header(parent)));
            // Written at once, for whoever is killed soon. What can't be is kept.
            let _is_written = writer.write();
        });
        drop(opened);
        if let Err(error) = result {
            mode::end_record();
            // A child that was forked off might wait for its parent's threads to have said theirs.
            if parent.is_none() {
                let folder = asked.folder.display();
                (asked.say)(&format!("ALLOC_BUDGET_RECORD={folder} is ignored: {error}"));
            }
            return;
        }
        process_end::at_end(at_end);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_lock(&self) -> Option<MutexGuard<'_, Option<Writer>>> {
        match self.writer.try_lock() {
            Ok(writer) => Some(writer),
            Err(TryLockError::Poisoned(writer)) => Some(writer.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn is_current(&self) -> bool {
        self.is_own() && self.generation == fork::generation()
    }

    /// Whether it is this process's. A fork that nobody has told of is one all the same.
    fn is_own(&self) -> bool {
        if self.process == process::id() {
            return true;
        }
        if self.generation == fork::generation() {
            fork::begin_child();
        }
        false
    }

    pub(super) fn shared_table(&'static self) -> &'static Table {
        &self.shared
    }

    /// One that no thread has; a new one where there is none. `None` where the system has no memory
    /// left.
    pub(super) fn take_table(&self) -> Option<&'static Table> {
        let free = |table: &&Table| {
            let taken = table.is_taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
            taken.is_ok()
        };
        self.tables().find(free).or_else(|| self.append())
    }

    fn tables(&self) -> impl Iterator<Item = &'static Table> + use<> {
        // SAFETY: null, or from `append`: written before it was shared, and never freed.
        let newest = unsafe { self.newest.load(Ordering::Acquire).as_ref() };
        std::iter::successors(newest, |table| table.next)
    }

    fn append(&self) -> Option<&'static Table> {
        let table = system::keep(Table::new(self.generation))?;
        loop {
            table.next = self.tables().next();
            let newest = table.next.map_or(ptr::null_mut(), |newest| ptr::from_ref(newest).cast_mut());
            let appended =
                self.newest.compare_exchange_weak(newest, table, Ordering::AcqRel, Ordering::Relaxed);
            if appended.is_ok() {
                return Some(table);
            }
        }
    }

    /// Takes over what all threads have done so far.
    fn take_all(&self, writer: &mut Writer) {
        for table in self.tables() {
            writer.take(table);
        }
        writer.take(&self.shared);
    }

    /// Takes over what a thread has done, and its table.
    pub(super) fn thread_has_ended(&self, table: &Table) {
        if !self.is_own() {
            return;
        }
        if let Some(writer) = &mut *self.lock() {
            writer.take(table);
            let _is_written = writer.write_all();
        }
        if let Some(mut rows) = table.lock() {
            rows.end();
        }
        table.is_taken.store(false, Ordering::Release);
    }
}

/// Writes what was done so far, where that is due.
#[cold]
#[inline(never)]
pub(super) fn checkpoint() {
    // An allocator that serves a call may have none left.
    if serving::is_serving() {
        return;
    }
    let write = || {
        let Some(recording) = Recording::current() else { return };
        // Whoever has it writes.
        if let Some(Some(writer)) = recording.try_lock().as_deref_mut() {
            recording.take_all(writer);
            let _is_written = writer.write();
        }
    };
    clock::run(|| bookkeeping(write).unwrap_or_default());
}

/// Writes an overage of the call that ended last in a table, and what the table has: the process
/// may be about to end.
pub(super) fn overage(table: &Table, site: &'static Site, exceeded: &[(&str, u64, u64)], from: &[CallSite]) {
    let write = || {
        let recording = Recording::current()?;
        let mut writer = recording.lock();
        let writer = writer.as_mut()?;
        let test = writer.take(table);
        writer.overage(site, test, exceeded, from);
        writer.write().ok()
    };
    let _is_written = bookkeeping(write);
}

/// Adds the stacks that a call has captured.
pub(super) fn trace(site: &'static Site, captures: Captures) {
    let add = || {
        let recording = Recording::current()?;
        recording.lock().as_mut().map(|writer| writer.trace(site, captures))
    };
    let _is_added = bookkeeping(add);
}

extern "C" fn at_end() {
    finish();
}

/// In milliseconds: a thread that writes may have been ended, or be waiting for this one.
const PATIENCE: u32 = 500;

/// At the end of the process: writes the rest.
pub(crate) fn finish() {
    let write = || {
        let Some(recording) = newest().filter(|recording| recording.is_current()) else { return };
        for _ in 0..PATIENCE {
            if let Some(mut writer) = recording.try_lock() {
                if let Some(mut writer) = writer.take() {
                    recording.take_all(&mut writer);
                    let _is_written = writer.write_all();
                    writer.end();
                }
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let _is_written = bookkeeping(write);
}

//! Calls of the allocator in one of its calls: it keeps books, for which it allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::panic;

use alloc_budget::{Budget, CountingAllocator, Measurement, OnOverage, measure};
use support::row;

static ALLOCATOR: CountingAllocator<Booked> = CountingAllocator::new(Booked);

struct Booked;

thread_local! {
    /// What the allocator does in a call, beside serving it.
    static BOOKS: Cell<fn()> = const { Cell::new(|| ()) };
    static IS_BUSY: Cell<bool> = const { Cell::new(false) };
    /// What the allocator has measured of its own books.
    static MEASURED: RefCell<Vec<Measurement>> = const { RefCell::new(Vec::new()) };
}

fn keep_books() {
    struct Busy;
    impl Drop for Busy {
        fn drop(&mut self) {
            IS_BUSY.set(false);
        }
    }
    if !IS_BUSY.replace(true) {
        let _busy = Busy;
        BOOKS.get()();
    }
}

// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Booked {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        keep_books();
        // SAFETY: what the caller promises is what it asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        keep_books();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        keep_books();
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) };
        keep_books();
    }
}

/// Every way to allocate once, in blocks of so many bytes.
fn work(size: usize) {
    let layout = |size| Layout::from_size_align(size, 8).unwrap();
    // SAFETY: no layout is empty, and each block is freed once, with the layout that it has.
    unsafe {
        let block = ALLOCATOR.alloc(layout(size));
        let zeroed = ALLOCATOR.alloc_zeroed(layout(size));
        let block = ALLOCATOR.realloc(block, layout(size), 2 * size);
        ALLOCATOR.dealloc(zeroed, layout(size));
        ALLOCATOR.dealloc(block, layout(2 * size));
    }
}

/// The measurement of `work(size)`.
fn of_work(size: u64) -> (u64, u64, u64, u64, u64, i64) {
    (3, 1, 3, 4 * size, 3 * size, 0)
}

fn measured_of(books: fn()) -> (u64, u64, u64, u64, u64, i64) {
    BOOKS.set(books);
    let ((), m) = measure(|| work(10));
    BOOKS.set(|| ());
    row(&m)
}

#[test]
fn are_no_events_of_the_program() {
    assert_eq!(measured_of(|| work(1000)), of_work(10));
}

#[test]
fn pass_no_limit_of_the_program() {
    BOOKS.set(|| work(1000));
    let exact = Budget::new().max(3).max_bytes(40).max_peak_bytes(30).max_retained_bytes(0);
    assert!(exact.max_reallocs(1).max_deallocs(3).check(|| work(10)).is_ok());
}

#[test]
fn count_for_the_scopes_that_the_allocator_opens() {
    let books = || {
        let ((), m) = measure(|| work(1000));
        MEASURED.with_borrow_mut(|measured| measured.push(m));
        let exceeded = Budget::new().max(0).on_overage(OnOverage::Warn).check(|| work(1000));
        assert_eq!(row(exceeded.unwrap_err().measurement()), of_work(1000));
        // In none of them again.
        work(5000);
    };
    MEASURED.set(Vec::with_capacity(5));
    assert_eq!(measured_of(books), of_work(10));
    let measured: Vec<_> = MEASURED.take().iter().map(row).collect();
    assert_eq!(measured, [of_work(1000); 5]);
    assert_eq!(measured_of(|| work(1000)), of_work(10));
}

#[cfg(not(target_family = "wasm"))] // no unwinding
#[test]
fn are_over_when_the_allocator_panics() {
    BOOKS.set(|| panic::resume_unwind(Box::new(())));
    for call in [0, 1] {
        let layout = Layout::new::<u64>();
        let called = panic::catch_unwind(|| {
            // SAFETY: the layout is not empty. The block is freed by the call that panics.
            unsafe {
                if call == 0 {
                    ALLOCATOR.alloc(layout)
                } else {
                    ALLOCATOR.dealloc(System.alloc(layout), layout);
                    std::ptr::null_mut()
                }
            }
        });
        assert!(called.is_err());
        assert_eq!(measured_of(|| ()), of_work(10));
        BOOKS.set(|| panic::resume_unwind(Box::new(())));
    }
}

/// Whatever the thread has done before.
#[cfg(not(target_family = "wasm"))] // no threads
#[test]
fn are_no_events_at_a_threads_first_use_of_it() {
    std::thread::spawn(|| {
        assert_eq!(measured_of(|| measure(|| work(1000)).0), of_work(10));
    })
    .join()
    .unwrap();
}

//! Blocks that are freed with another layout than they were allocated with. The system's allocator
//! looks at neither, so nothing else happens here.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::hint::black_box;

use alloc_budget::{Budget, LayoutMismatch, Limit, Overage, alloc_budget};
use support::{block, panic_of};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

/// Allocates a block, and frees it as another one.
fn misfree(allocated: Layout, freed: Layout) {
    // SAFETY: no layout is empty. That the second one is not the block's is what this is about.
    unsafe { dealloc(black_box(alloc(allocated)), freed) };
}

fn check(f: impl FnOnce()) -> Option<Overage> {
    Budget::new().max_retained_bytes(0).check(f).err()
}

fn sizes(mismatch: &LayoutMismatch) -> [usize; 2] {
    [mismatch.allocated_size, mismatch.freed_size]
}

/// What looks like a leak has no call site of its own: nothing was leaked.
#[test]
fn smaller_ones_are_reported() {
    let overage = check(|| misfree(layout(100, 8), layout(60, 8))).unwrap();
    let [exceeded] = overage.exceeded().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((exceeded.limit, exceeded.actual), (Limit::RetainedBytes, 40));
    let [mismatch] = overage.layout_mismatches() else { panic!("{overage}") };
    assert_eq!(sizes(mismatch), [100, 60]);
    for site in [&mismatch.allocated_at, &mismatch.freed_at] {
        // Line tables may have but the last part of a path.
        let name = if cfg!(debug_assertions) { "layouts::misfree" } else { "misfree" };
        assert!(site.function().ends_with(name) && site.count() == 1, "{overage}");
    }
    assert!(!overage.to_string().contains("no call sites"), "{overage}");
}

/// Neither hides what is leaked elsewhere.
#[test]
fn larger_ones_do_not_hide_a_leak() {
    let mut leaked = None;
    let overage = check(|| {
        leaked = Some(block(40));
        misfree(layout(60, 8), layout(100, 8));
    });
    let overage = overage.expect("an overage");
    assert_eq!((overage.exceeded().count(), overage.measurement().retained_bytes), (0, 0));
    let report = overage.to_string();
    assert!(report.starts_with("allocation budget cannot be judged: `"), "{report}");
    assert!(report.contains("a block was freed with another layout than it had\n"), "{report}");
    assert!(report.contains("  allocated    60 B   "), "{report}");
    assert!(report.contains("  freed       100 B   "), "{report}");
    assert!(report.contains("help: free a block with the layout"), "{report}");
}

#[test]
fn reallocations_are_frees_too() {
    let mut leaked = None;
    let overage = check(|| {
        leaked = Some(block(6));
        // SAFETY: as in `misfree`.
        unsafe {
            let grown = realloc(black_box(alloc(layout(10, 8))), layout(16, 8), 32);
            dealloc(black_box(grown), layout(32, 8));
        }
    });
    let overage = overage.unwrap();
    let [mismatch] = overage.layout_mismatches() else { panic!("{overage}") };
    assert_eq!(sizes(mismatch), [10, 16]);
}

/// It changes no number, so it is said where there is an overage.
#[test]
fn an_alignment_is_part_of_a_layout() {
    let misaligned = || misfree(layout(64, 8), layout(64, 32));
    assert!(check(misaligned).is_none());
    let mut leaked = None;
    let overage = check(|| {
        misaligned();
        leaked = Some(block(100));
    });
    let overage = overage.unwrap();
    let [mismatch] = overage.layout_mismatches() else { panic!("{overage}") };
    assert_eq!(sizes(mismatch), [64, 64]);
    assert_eq!((mismatch.allocated_align, mismatch.freed_align), (8, 32));
    let report = overage.to_string();
    assert!(report.contains("  allocated   64 B, aligned to 8    "), "{report}");
    assert!(report.contains("  freed       64 B, aligned to 32   "), "{report}");
}

/// Each way that a block can be asked for, and each that it can be given back.
#[test]
fn an_alignment_is_known_of_every_event() {
    fn alignments(f: impl FnOnce()) -> Option<(usize, usize)> {
        let mut leaked = None;
        let overage = check(|| {
            leaked = Some(block(100));
            f();
        });
        let overage = overage.unwrap();
        let mismatch = overage.layout_mismatches().first()?;
        Some((mismatch.allocated_align, mismatch.freed_align))
    }
    let [four, sixteen] = [4, 16].map(|align| layout(64, align));
    // SAFETY: as in `misfree`.
    unsafe {
        assert_eq!(alignments(|| dealloc(black_box(alloc_zeroed(four)), sixteen)), Some((4, 16)));
        let regrow = |old: Layout, freed| {
            let grown = realloc(black_box(alloc(four)), old, 128);
            dealloc(black_box(grown), freed);
        };
        assert_eq!(alignments(|| regrow(sixteen, layout(128, 16))), Some((4, 16)));
        assert_eq!(alignments(|| regrow(four, layout(128, 16))), Some((4, 16)));
        assert_eq!(alignments(|| regrow(four, layout(128, 4))), None);
    }
}

#[test]
fn many_of_one_place_are_one() {
    let overage = check(|| (0..1000).for_each(|_| misfree(layout(24, 8), layout(16, 8)))).unwrap();
    let [mismatch] = overage.layout_mismatches() else { panic!("{overage}") };
    assert_eq!((mismatch.allocated_at.count(), mismatch.freed_at.bytes()), (1000, 16_000));
    assert!(overage.to_string().contains("than it had, 1 000 times\n"), "{overage}");
}

#[test]
fn a_function_panics_for_them() {
    #[alloc_budget(max_retained_bytes = 0)]
    fn shrink() {
        let mut bytes = block(50);
        bytes.shrink_to(20);
        let block = std::mem::ManuallyDrop::new(bytes).as_mut_ptr();
        // SAFETY: as in `misfree`.
        unsafe { dealloc(block, layout(10, 1)) };
    }
    let (_, message) = panic_of(shrink);
    assert!(message.contains("  freed       10 B   "), "{message}");
}

/// That is no undefined behaviour, and its books are those of two threads.
#[test]
fn a_block_that_another_thread_has_grown_is_no_fault() {
    let (give, take) = std::sync::mpsc::channel::<Vec<u8>>();
    let (give_back, take_back) = std::sync::mpsc::channel();
    let helper = std::thread::spawn(move || {
        let mut bytes = take.recv().unwrap();
        bytes.reserve_exact(1000);
        give_back.send(bytes).unwrap();
    });
    let budget = Budget::new().max_retained_bytes(10_000);
    let kept = budget.check(|| {
        give.send(block(10)).unwrap();
        drop(take_back.recv().unwrap());
    });
    assert!(kept.is_ok(), "{}", kept.unwrap_err());
    helper.join().unwrap();
}

#[test]
fn what_is_freed_as_it_was_allocated_is_none() {
    assert!(check(|| drop((block(10), black_box(Box::new(1_u64)), vec![1_u16; 3]))).is_none());
}

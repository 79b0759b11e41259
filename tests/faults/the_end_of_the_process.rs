//! Processes that end in the middle of a budget, as they would without one.

use std::hint::black_box;
use std::process::{self, Output};
use std::sync::Barrier;
use std::thread;

use alloc_budget::{Budget, Handle, alloc_budget, exempt, measure};
use support::{block, output, work};

#[alloc_budget(max = 0, max_retained_bytes = 0, max_deallocs = 0)]
fn within_budgets(depth: u32, f: &mut dyn FnMut()) {
    let block = block(10);
    let scope = Handle::current();
    if depth > 0 {
        scope.run(|| within_budgets(depth - 1, f));
    } else {
        f();
    }
    drop(block);
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn by_exit() {
    let test = "the_end_of_the_process::by_exit";
    let exit = || within_budgets(5, &mut || exempt(|| within_budgets(5, &mut || process::exit(7))));
    if let Some(output) = output(test, &[], exit) {
        assert_eq!((output.status.code(), said(&output)), (Some(7), String::new()));
    }
}

/// What each exempt stretch adds to what is left, and each budget in it withholds, is more than
/// there is room for.
#[test]
fn by_exit_in_exempt_stretches_in_each_other() {
    fn descend(depth: u32) {
        if depth == 0 {
            process::exit(7);
        }
        let budget = Budget::new().max(0).max_deallocs(0).max_bytes(0).max_retained_bytes(0);
        exempt(|| budget.enforce(|| descend(depth - 1)));
    }
    for depth in 0..12 {
        let test = "the_end_of_the_process::by_exit_in_exempt_stretches_in_each_other";
        let exit = || {
            let depth = std::env::var("DEPTH").unwrap().parse().unwrap();
            measure(|| descend(depth));
        };
        let Some(output) = output(test, &[("DEPTH", &*depth.to_string())], exit) else { return };
        assert_eq!((output.status.code(), said(&output)), (Some(7), String::new()), "{depth}");
    }
}

#[test]
fn by_exit_while_other_threads_are_in_budgets() {
    let test = "the_end_of_the_process::by_exit_while_other_threads_are_in_budgets";
    let exit = || {
        const THREADS: usize = 8;
        static ALL_IN: Barrier = Barrier::new(THREADS + 1);
        for _ in 0..THREADS {
            thread::spawn(|| {
                within_budgets(5, &mut || {
                    ALL_IN.wait();
                    loop {
                        work(10);
                    }
                });
            });
        }
        ALL_IN.wait();
        process::exit(7);
    };
    if let Some(output) = output(test, &[], exit) {
        assert_eq!((output.status.code(), said(&output)), (Some(7), String::new()));
    }
}

#[test]
fn by_abort() {
    let test = "the_end_of_the_process::by_abort";
    let abort = || within_budgets(5, &mut || process::abort());
    if let Some(output) = output(test, &[], abort) {
        assert!(!matches!(output.status.code(), Some(0 | 101)), "{}", output.status);
        assert_eq!(said(&output), "");
    }
}

#[test]
fn by_a_stack_overflow() {
    #[alloc_budget(max = 0)]
    #[expect(unconditional_recursion, reason = "it is what this is about")]
    fn descend() -> u64 {
        work(10);
        black_box(descend()) + 1
    }
    let test = "the_end_of_the_process::by_a_stack_overflow";
    // Without call sites, whose walk of a stack like that would take its time.
    if let Some(output) = output(test, &[("ALLOC_BUDGET_TRACE", "off")], || _ = descend()) {
        assert!(!matches!(output.status.code(), Some(0 | 101)), "{}", output.status);
        assert!(said(&output).contains("overflowed its stack"), "{}", said(&output));
    }
}

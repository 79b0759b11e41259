//! allocation-counter on the workloads of `main.rs`, and where it goes wrong.

mod workloads;

use std::env;
use std::hint::black_box;
use std::panic::{catch_unwind, resume_unwind};
use std::process::{Command, Stdio};
use std::thread;

use allocation_counter::measure;
use workloads::{TOO_MANY, touch};

#[test]
fn counts_of_every_workload() {
    workloads::check(|run| {
        let info = measure(run);
        let (allocations, bytes) = (info.count_total.cast_signed(), info.bytes_total.cast_signed());
        [allocations, bytes, info.count_current, info.bytes_current]
    });
}

#[test]
fn peak_of_a_realloc_is_both_blocks_at_once() {
    let info = measure(|| {
        let mut bytes = black_box(vec![7_u8; 100]);
        bytes.reserve_exact(100);
        black_box(bytes);
    });
    assert_eq!((info.count_total, info.bytes_max), (2, 300));
}

#[test]
fn peak_of_sequential_scopes_is_their_sum() {
    let info = measure(|| {
        touch(500);
        let (first, second) = (measure(|| touch(1000)), measure(|| touch(800)));
        assert_eq!((first.bytes_max, second.bytes_max), (1000, 800));
    });
    assert_eq!((info.bytes_total, info.bytes_max), (2300, 2300));
}

#[test]
fn panic_inside_a_scope_loses_what_the_outer_one_counted() {
    // On a thread of its own: the scope stays open for good.
    let broken = thread::spawn(|| {
        let caught = |body: fn()| catch_unwind(body).unwrap_err();
        let unwinding = measure(|| drop(caught(|| resume_unwind(Box::new(())))));

        let info = measure(|| {
            touch(1000);
            drop(caught(|| _ = measure(|| resume_unwind(Box::new(())))));
            touch(10);
        });
        assert_eq!(info.count_total - unwinding.count_total, 1, "2 in truth");
        assert_eq!(info.bytes_total - unwinding.bytes_total, 10, "1010 in truth");
    });
    broken.join().unwrap();
}

#[test]
fn recursion_of_64_levels_aborts() {
    const LEVELS: &str = "CONFORMANCE_LEVELS";

    fn descend(levels: u32) {
        measure(|| {
            if levels > 1 {
                descend(levels - 1);
            }
        });
    }

    if let Ok(levels) = env::var(LEVELS) {
        return descend(levels.parse().unwrap());
    }
    let run = |levels: &str| {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", "recursion_of_64_levels_aborts"]).env(LEVELS, levels);
        child.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
    };
    assert!(run("63").success());
    let aborted = run("64");
    assert!(!aborted.success());
    assert_ne!(aborted.code(), Some(101), "what a harness that lives on says of a failed test");
}

#[test]
fn allocation_that_fails_counts() {
    let info = measure(|| {
        black_box(Vec::<u8>::new()).try_reserve_exact(TOO_MANY).unwrap_err();
    });
    assert_eq!((info.count_total, info.bytes_total), (1, TOO_MANY as u64));
}

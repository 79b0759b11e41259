//! What an overage says of work that other threads did.

use std::sync::Barrier;

use alloc_budget::{Budget, Overage, alloc_budget};
use support::{panic_of, site, slashed, this_program};

use super::*;

/// (bytes, blocks, line) of each call site, most bytes first.
fn sites(overage: &Overage) -> Vec<(u64, u64, u32)> {
    assert!(overage.call_sites().iter().all(|site| site.file() == Some(file!())));
    overage.call_sites().iter().map(|site| (site.bytes(), site.count(), site.line())).collect()
}

#[test]
fn names_the_function_and_the_helpers_line() {
    const LINE: u32 = line!() + 2;
    #[alloc_budget(max = 0)]
    fn parallel(size: usize) {
        let scope = Handle::current();
        on_another_thread(|| {
            scope.run(|| {
                drop(black_box(Block::with_capacity(size)));
            });
        });
    }
    let (place, message) = panic_of(|| parallel(51));
    assert_eq!(place, format!("{}:{LINE}:5", slashed(file!())));
    let name = "reports::names_the_function_and_the_helpers_line::parallel";
    assert!(message.starts_with(&format!("allocation budget exceeded: `{name}`\n")), "{message}");
    assert!(message.contains("\n  allocations   1 of 0      bytes   51\n"), "{message}");
    let site = format!("\n  51 B   ×1   {}   {name}\n", site(file!(), LINE + 4, 32));
    assert!(message.contains(&site), "{message}");
    assert_eq!(message.matches("tests/threads").count(), 1, "one call site, {message}");
}

#[test]
fn has_the_lines_of_every_thread() {
    const BELOW: u32 = line!() + 4;
    let overage = Budget::new().max(0).check(|| {
        let scope = Handle::current();
        let [first, second] = [&scope; 2];
        drop(black_box(Block::with_capacity(10)));
        on_another_thread(|| first.run(|| drop(black_box(Block::with_capacity(20)))));
        on_another_thread(|| second.run(|| (0..3).for_each(|_| drop(black_box(Block::with_capacity(30))))));
        scope.run(|| drop(black_box(Block::with_capacity(40))));
        measure(|| scope.run(|| drop(black_box(Block::with_capacity(50)))));
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().allocations, 7);
    assert_eq!(
        sites(&overage),
        [(90, 3, BELOW + 2), (50, 1, BELOW + 4), (40, 1, BELOW + 3), (20, 1, BELOW + 1), (10, 1, BELOW)]
    );
    assert_eq!(overage.left_out(), 0);
}

/// What the scope has used when the handle is made, and what other work has used that has ended, is
/// not there any more.
#[test]
fn counts_from_what_is_left() {
    const BELOW: u32 = line!() + 5;
    let overage = Budget::new().max(4).check(|| {
        drop(block(1));
        let scope = Handle::current();
        let run = |f: &(dyn Fn() + Sync)| on_another_thread(|| scope.run(f));
        run(&|| drop(black_box(Block::with_capacity(10))));
        run(&|| drop(black_box(Block::with_capacity(20))));
        run(&|| {
            drop(black_box(Block::with_capacity(30)));
            drop(black_box(Block::with_capacity(40)));
        });
        run(&|| drop(black_box(Block::with_capacity(50))));
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().allocations, 6);
    assert_eq!(sites(&overage), [(50, 1, BELOW + 6), (40, 1, BELOW + 4)]);
}

/// A handle that is made later knows of what the scope has used until then.
#[test]
fn counts_from_what_was_left_when_the_handle_was_made() {
    const LINE: u32 = line!() + 6;
    let overage = Budget::new().max(2).check(|| {
        drop(Handle::current());
        drop((block(1), block(2)));
        on_another_thread({
            let scope = Handle::current();
            move || scope.run(|| drop(black_box(Block::with_capacity(10))))
        });
    });
    let overage = overage.unwrap_err();
    assert_eq!(sites(&overage), [(10, 1, LINE)]);
}

#[test]
fn of_each_limit_has_the_lines() {
    const LINE: u32 = line!() + 4;
    let run = |budget: Budget| {
        let overage = budget.check(|| {
            let scope = Handle::current();
            let mut helped = on_another_thread(|| scope.run(|| black_box(Block::with_capacity(10))));
            on_another_thread(|| scope.run(|| helped.reserve_exact(black_box(30))));
            helped
        });
        sites(&overage.unwrap_err())
    };
    let new = Budget::new();
    assert_eq!(run(new.max(1)), [(30, 1, LINE + 1)]);
    assert_eq!(run(new.max_bytes(9)), [(30, 1, LINE + 1), (10, 1, LINE)]);
    assert_eq!(run(new.max_peak_bytes(10)), [(30, 1, LINE + 1)]);
    assert_eq!(run(new.max_reallocs(0)), [(30, 1, LINE + 1)]);
}

#[test]
fn of_freed_blocks_has_the_lines() {
    const LINE: u32 = line!() + 4;
    let blocks = [block(10), block(20)];
    let overage = Budget::new().max_deallocs(0).check(|| {
        let scope = Handle::current();
        on_another_thread(|| scope.run(|| drop(blocks)));
    });
    let overage = overage.unwrap_err();
    assert_eq!(sites(&overage), [(30, 2, LINE)]);
    assert!(overage.call_sites()[0].is_deallocation());
}

/// Both scopes are short.
#[test]
fn of_a_scope_around_has_the_lines() {
    const LINE: u32 = line!() + 7;
    let mut inner = None;
    let outer = Budget::new().max(1).check(|| {
        drop(block(1));
        let result = Budget::new().max(0).check(|| {
            let scope = Handle::current();
            on_another_thread(|| {
                scope.run(|| drop(black_box(Block::with_capacity(10))));
            });
        });
        inner = Some(result.unwrap_err());
    });
    assert_eq!(sites(&inner.unwrap()), [(10, 1, LINE)]);
    assert_eq!(sites(&outer.unwrap_err()), [(10, 1, LINE)]);
}

/// A scope in the work, and those that are worked for.
#[test]
fn of_a_scope_in_the_work_has_the_lines() {
    const LINE: u32 = line!() + 6;
    let mut inner = None;
    let outer = Budget::new().max(0).check(|| {
        let scope = Handle::current();
        inner = on_another_thread(|| {
            scope.run(|| {
                let result = Budget::new().max(0).check(|| drop(black_box(Block::with_capacity(10))));
                result.err()
            })
        });
    });
    assert_eq!(sites(&inner.unwrap()), [(10, 1, LINE)]);
    assert_eq!(sites(&outer.unwrap_err()), [(10, 1, LINE)]);
}

#[test]
fn has_no_lines_of_others() {
    const LINE: u32 = line!() + 5;
    let overage = Budget::new().max(0).check(|| {
        let scope = Handle::current();
        let elsewhere = || {
            let result =
                Budget::new().max(0).check(|| scope.run(|| drop(black_box(Block::with_capacity(10)))));
            assert!(result.is_ok());
        };
        on_another_thread(elsewhere);
    });
    assert_eq!(sites(&overage.unwrap_err()), [(10, 1, LINE)]);
}

#[test]
fn has_the_lines_of_blocks_that_stay() {
    const BELOW: u32 = line!() + 4;
    let overage = Budget::new().max_retained_bytes(0).check(|| {
        let scope = Handle::current();
        on_another_thread(|| {
            scope.run(|| {
                drop(black_box(Block::with_capacity(10)));
                let kept = black_box(Block::with_capacity(20));
                drop(black_box(Block::with_capacity(30)));
                kept
            })
        })
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().retained_bytes, 20);
    assert_eq!(sites(&overage), [(20, 1, BELOW + 2)]);
}

/// Blocks change hands before they are freed: by a helper, by the scope's own thread, and between
/// helpers.
#[test]
fn has_no_lines_of_blocks_that_another_thread_frees() {
    const KEPT: u32 = line!() + 10;
    let overage = Budget::new().max_retained_bytes(0).check(|| {
        let scope = Handle::current();
        let own = black_box(Block::with_capacity(10));
        on_another_thread(|| scope.run(|| drop(own)));
        let theirs = on_another_thread(|| scope.run(|| black_box(Block::with_capacity(20))));
        drop(theirs);
        let theirs = on_another_thread(|| scope.run(|| black_box(Block::with_capacity(30))));
        on_another_thread(|| scope.run(|| drop(theirs)));
        // At an address that may have been used before.
        on_another_thread(|| scope.run(|| black_box(Block::with_capacity(40))))
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().retained_bytes, 40);
    assert_eq!(sites(&overage), [(40, 1, KEPT)]);
}

/// The work that has allocated the block ends after the one that has freed it.
#[test]
fn has_no_lines_of_blocks_that_are_freed_before_the_work_ends() {
    const KEPT: u32 = line!() + 6;
    let overage = Budget::new().max_retained_bytes(0).check(|| {
        let scope = Handle::current();
        on_another_thread(|| {
            scope.run(|| {
                let given = black_box(Block::with_capacity(10));
                let kept = black_box(Block::with_capacity(20));
                on_another_thread(|| scope.run(|| drop(given)));
                kept
            })
        })
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().retained_bytes, 20);
    assert_eq!(sites(&overage), [(20, 1, KEPT)]);
}

/// The allocator gives the same address to one after another. What stays is there, whatever is
/// freed.
#[test]
fn has_the_line_of_the_last_one_at_an_address() {
    const KEPT: u32 = line!() + 9;
    let overage = Budget::new().max_retained_bytes(0).check(|| {
        let scope = Handle::current();
        for _ in 0..100 {
            let own = black_box(Block::with_capacity(10));
            on_another_thread(|| scope.run(|| drop(own)));
            let theirs = on_another_thread(|| scope.run(|| black_box(Block::with_capacity(10))));
            drop(theirs);
        }
        black_box(Block::with_capacity(11))
    });
    let overage = overage.unwrap_err();
    assert_eq!((overage.measurement().retained_bytes, overage.measurement().allocations), (11, 201));
    assert!(sites(&overage).contains(&(11, 1, KEPT)), "{overage}");
}

/// The scope around has the limit.
#[test]
fn of_a_scope_around_has_no_lines_of_blocks_that_another_thread_frees() {
    const KEPT: u32 = line!() + 8;
    let overage = Budget::new().max_retained_bytes(0).check(|| {
        let inner = || {
            let scope = Handle::current();
            let own = black_box(Block::with_capacity(10));
            on_another_thread(|| scope.run(|| drop(own)));
            let theirs = on_another_thread(|| scope.run(|| black_box(Block::with_capacity(20))));
            drop(theirs);
            on_another_thread(|| scope.run(|| black_box(Block::with_capacity(30))))
        };
        let (kept, m) = measure(inner);
        assert_eq!((m.allocations, m.deallocations), (3, 2));
        drop(block(1));
        kept
    });
    let overage = overage.unwrap_err();
    let m = overage.measurement();
    assert_eq!((m.allocations, m.deallocations, m.retained_bytes), (4, 3, 30));
    assert_eq!(sites(&overage), [(30, 1, KEPT)]);
}

/// No thread passes the limit, but their sum does.
#[test]
fn of_the_sum_has_the_lines_with_full_tracing() {
    const NAME: &str = "reports::of_the_sum_has_the_lines_with_full_tracing";
    const LINE: u32 = line!() + 6;
    let overage = Budget::new().max(3).check(|| {
        let scope = Handle::current();
        let barrier = Barrier::new(2);
        let two = || {
            exempt(|| barrier.wait());
            (0..2).for_each(|_| drop(black_box(Block::with_capacity(10))));
            exempt(|| barrier.wait());
        };
        exempt(|| {
            thread::scope(|threads| {
                threads.spawn(|| scope.run(two));
                scope.run(two);
            });
        });
    });
    let overage = overage.unwrap_err();
    assert_eq!(overage.measurement().allocations, 4);
    // It is read once in a process.
    if std::env::var_os("ALLOC_BUDGET_TRACE").is_some_and(|value| value == "full") {
        assert_eq!(sites(&overage), [(40, 4, LINE)]);
        return;
    }
    assert_eq!(sites(&overage), []);
    let why = "\n  no call sites: no thread alone passed a limit, only the sum of several did\n\n";
    assert!(overage.to_string().contains(why), "{overage}");
    assert!(overage.to_string().ends_with("or find out more with `ALLOC_BUDGET_TRACE=full`"), "{overage}");
    let output = this_program().args(["--exact", NAME]).env("ALLOC_BUDGET_TRACE", "full").output().unwrap();
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.contains("1 passed; 0 failed"), "{output}");
}

//! Programs that make an allocator's life hard: nothing deadlocks, recurses, aborts or is
//! miscounted.

mod layouts;

use std::alloc::Layout;
use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::panic::{self, AssertUnwindSafe};
use std::path::MAIN_SEPARATOR_STR;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};
use std::thread;

use alloc_budget::{Budget, Limit, Overage, alloc_budget, measure};
use support::{Block, alone, assert_work, block, on_a_deep_stack, output, panic_of, slashed, work};

#[alloc_budget(max = 0)]
fn exceed() {
    work(10);
}

/// The walk of a stack in the allocator meets the walk of a stack by std, which allocates under a
/// lock.
mod backtraces {
    use super::*;

    fn fail(depth: u32) -> anyhow::Error {
        if depth == 0 { anyhow::anyhow!("from the depths") } else { black_box(fail(depth - 1)) }
    }

    #[test]
    fn of_anyhow_in_a_budget_that_is_exceeded() {
        let render = || {
            let error = fail(5);
            let text = format!("{error:?}");
            assert!(text.contains(&["hostile", "main.rs"].join(MAIN_SEPARATOR_STR)), "{text}");
        };
        let render_on_threads = || {
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let all = Budget::new().max(0).max_bytes(0).max_peak_bytes(0).max_retained_bytes(0);
                        let overage = all.max_reallocs(0).max_deallocs(0).check(render).unwrap_err();
                        assert!(overage.measurement().allocations > 0);
                        assert_ne!(overage.call_sites(), []);
                    });
                }
            });
        };
        let environments: [&[(&str, &str)]; 2] = [
            &[("RUST_BACKTRACE", "1")],
            &[("RUST_BACKTRACE", "1"), ("ALLOC_BUDGET_TRACE", "full"), ("RUST_LIB_BACKTRACE", "1")],
        ];
        for environment in environments {
            let test = "backtraces::of_anyhow_in_a_budget_that_is_exceeded";
            alone(test, environment, render_on_threads);
        }
    }

    #[test]
    fn of_panics_in_a_budget_that_is_exceeded() {
        alone("backtraces::of_panics_in_a_budget_that_is_exceeded", &[("RUST_BACKTRACE", "full")], || {
            let overage = Budget::new().max(0).max_deallocs(0).check(|| {
                assert!(panic::catch_unwind(|| panic!("in the budget")).is_err());
                assert!(panic::catch_unwind(exceed).is_err());
            });
            assert!(overage.is_err());
        });
    }
}

mod panic_hooks {
    use super::*;

    /// Allocates, is budgeted itself, and exceeds.
    #[test]
    fn may_do_all_of_it() {
        static SEEN: AtomicU64 = AtomicU64::new(0);
        alone("panic_hooks::may_do_all_of_it", &[], || {
            panic::set_hook(Box::new(|info| {
                exceed();
                let overage = Budget::new().max(0).check(|| work(20)).unwrap_err();
                assert_work(overage.measurement(), 1, 20);
                // Kept for ever, and of no concern to the scopes around the panic.
                Box::leak(black_box(info.to_string().into_boxed_str()));
                SEEN.fetch_add(1, Ordering::Relaxed);
            }));
            let ((), m) = measure(|| {
                for _ in 0..100 {
                    assert!(panic::catch_unwind(exceed).is_err());
                }
            });
            drop(panic::take_hook());
            assert_eq!(SEEN.load(Ordering::Relaxed), 100);
            assert_work(&m, 100, 1000);
        });
    }
}

mod logging {
    use super::*;

    /// Formats each record, keeps it under a lock, and is itself one that exceeds.
    struct Logger(Mutex<Vec<String>>);

    impl log::Log for Logger {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &log::Record<'_>) {
            let mut lines = self.0.lock().unwrap();
            let overage = Budget::new().max(0).check(|| lines.push(record.args().to_string()));
            lines.push(overage.unwrap_err().to_string());
        }

        fn flush(&self) {}
    }

    #[test]
    fn in_a_budget_that_is_exceeded() {
        static LOGGER: Logger = Logger(Mutex::new(Vec::new()));
        log::set_logger(&LOGGER).unwrap();
        log::set_max_level(log::LevelFilter::Info);
        thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for i in 0..20 {
                        let overage = Budget::new().max(0).check(|| log::info!("{thread} {i}"));
                        log::info!("{}", overage.unwrap_err());
                    }
                });
            }
        });
        assert_eq!(LOGGER.0.lock().unwrap().len(), 4 * 20 * 2 * 2);
    }
}

/// What happens when a thread's own variables are being destroyed, or after that.
mod the_end_of_a_thread {
    use super::*;

    static VERDICTS: Mutex<Vec<(&str, u64)>> = Mutex::new(Vec::new());

    struct Last(&'static str);

    impl Drop for Last {
        fn drop(&mut self) {
            #[alloc_budget(max = 2, max_retained_bytes = 0, warmup = 1)]
            fn within() {
                work(10);
                work(20);
            }
            #[alloc_budget(max = 0, warmup = 2)]
            fn warming_up() {
                work(40);
            }
            #[alloc_budget(max = 0, name = "last")]
            fn beyond() {
                work(30);
            }
            let ((), m) = measure(|| {
                within();
                within();
                warming_up();
                assert!(panic::catch_unwind(beyond).is_err());
                let overage = Budget::new().max_retained_bytes(9).check(|| block(10));
                assert_eq!(overage.unwrap_err().measurement().retained_bytes, 10);
            });
            VERDICTS.lock().unwrap().push((self.0, m.allocations));
        }
    }

    thread_local! {
        static BEFORE: RefCell<Option<Last>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<Last>> = const { RefCell::new(None) };
    }

    #[test]
    fn is_as_exact_as_its_life() {
        for uses_budgets in [false, true] {
            let run = move || {
                // The order in which they are destroyed is not ours, so one is made before all
                // else, one after.
                BEFORE.set(Some(Last("before")));
                if uses_budgets {
                    assert!(panic::catch_unwind(exceed).is_err());
                    Budget::new().max(1).enforce(|| work(1));
                }
                AFTER.set(Some(Last("after")));
            };
            thread::spawn(run).join().unwrap();
        }
        let mut verdicts = VERDICTS.lock().unwrap().clone();
        verdicts.sort_unstable();
        assert_eq!(verdicts, [("after", 7), ("after", 7), ("before", 7), ("before", 7)]);
    }

    /// A process that exits inside of a budget leaves scopes open for ever.
    #[test]
    fn with_open_budgets() {
        #[alloc_budget(max = 0, max_retained_bytes = 0, max_deallocs = 0)]
        fn leave(depth: u32) {
            work(10);
            let _kept = block(depth as usize + 1);
            if depth == 0 {
                std::process::exit(7);
            }
            leave(depth - 1);
        }
        let exit = || {
            BEFORE.set(Some(Last("exit")));
            leave(20);
        };
        let Some(output) = output("the_end_of_a_thread::with_open_budgets", &[], exit) else { return };
        assert_eq!(output.status.code(), Some(7), "{output:?}");
    }

    #[test]
    fn of_a_thousand_threads_with_an_overage_each() {
        for threads in [8; 125] {
            thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        let overage = Budget::new().max_retained_bytes(0).check(|| block(3));
                        assert_eq!(overage.unwrap_err().measurement().retained_bytes, 3);
                        assert_work(&measure(|| work(5)).1, 1, 5);
                    });
                }
            });
        }
    }

    /// Blocks of a thread that is gone, freed under a budget that never saw them.
    #[test]
    fn leaves_its_blocks_to_others() {
        let blocks = thread::spawn(|| [1, 2, 3].map(block)).join();
        let overage = Budget::new().max_deallocs(2).check(|| drop(black_box(blocks.unwrap())));
        let overage = overage.unwrap_err();
        assert!(overage.measurement().deallocations >= 3);
        assert!(overage.measurement().retained_bytes <= -6);
    }
}

/// Before `main` there is no runtime of Rust's that would be set up.
#[cfg(target_os = "linux")]
mod before_main {
    use super::*;

    static COUNTED: AtomicU64 = AtomicU64::new(0);

    extern "C" fn measure_early() {
        let ((), m) = measure(|| work(10));
        let overage = Budget::new().max(0).check(|| work(20));
        COUNTED.store(m.allocations + u64::from(overage.is_err()), Ordering::Relaxed);
    }

    // SAFETY: the section is an array of functions of this type, which the C runtime calls once,
    // one at a time.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static MEASURE_EARLY: extern "C" fn() = measure_early;

    #[test]
    fn is_counted() {
        assert_eq!(COUNTED.load(Ordering::Relaxed), 2);
    }
}

mod depth {
    use super::*;

    /// What the optimiser cannot turn into a loop.
    fn descend(depth: u32, f: &mut dyn FnMut()) -> u32 {
        if depth == 0 {
            f();
            return 0;
        }
        1 + black_box(descend(depth - 1, f))
    }

    #[test]
    fn of_the_stack_is_no_limit() {
        #[alloc_budget(max = 0, name = "deep")]
        fn deep() {
            assert_eq!(descend(5_000, &mut || drop(black_box(Box::new(1)))), 5_000);
        }
        on_a_deep_stack(|| {
            let (_, message) = panic_of(deep);
            assert!(message.contains("allocations   1 of 0"), "{message}");
            assert!(message.contains(&slashed(file!())), "{message}");
            descend(5_000, &mut || assert!(panic::catch_unwind(exceed).is_err()));
        });
    }

    /// As many stacks as levels, of one call site.
    #[test]
    fn of_recursion_gives_one_call_site() {
        fn level(depth: u64) {
            work(1);
            if depth > 1 {
                level(depth - 1);
            }
            black_box(depth);
        }
        on_a_deep_stack(|| {
            let overage = Budget::new().max(0).check(|| level(5_000)).unwrap_err();
            let [site] = overage.call_sites() else { panic!("{overage}") };
            assert_eq!((site.count(), site.bytes(), overage.left_out()), (5_000, 5_000, 0));
        });
    }
}

mod blocks {
    use super::*;

    /// `realloc` to the same address, to another one, and of blocks that no scope knows.
    #[test]
    fn every_way_of_moving_a_block() {
        let mut known_before = block(10);
        let overage = Budget::new().max_retained_bytes(0).check(|| {
            known_before.reserve_exact(20);
            let mut block = block(1);
            for capacity in (2..200).chain([100_000, 10_000_000, 100_000_000]) {
                block.reserve_exact(capacity);
            }
            block.shrink_to(50);
            block
        });
        let overage = overage.unwrap_err();
        assert_eq!(overage.measurement().retained_bytes, 10 + 50);
        let listed: Vec<_> = overage.call_sites().iter().map(|site| (site.count(), site.bytes())).collect();
        assert_eq!(listed, [(1, 50), (1, 20)]);
    }

    /// Blocks whose addresses come back again and again.
    #[test]
    fn addresses_that_are_used_again() {
        let overage = Budget::new().max_retained_bytes(0).check(|| {
            for _ in 0..20_000 {
                work(64);
            }
            block(64)
        });
        let overage = overage.unwrap_err();
        let [site] = overage.call_sites() else { panic!("{overage}") };
        assert_eq!((site.count(), site.bytes()), (1, 64));
    }

    /// An allocation that fails inside of a budget is not a block.
    #[test]
    fn memory_that_cannot_be_had() {
        let huge = Layout::from_size_align(isize::MAX as usize - 4096, 8).unwrap();
        let result = Budget::new().max(0).max_peak_bytes(0).check(|| {
            // SAFETY: the layout is not empty; what is returned is null.
            let block = unsafe { std::alloc::alloc(black_box(huge)) };
            assert!(black_box(block).is_null());
            assert!(black_box(Block::new()).try_reserve_exact(huge.size()).is_err());
        });
        assert!(result.is_ok(), "{result:?}");
    }
}

mod reentrance {
    use super::*;

    /// A budget in the rendering of another one's report, in its destructor, and in its budget's
    /// expression.
    #[test]
    fn budgets_wherever_code_can_be() {
        fn allowed() -> u64 {
            work(5);
            exempt_overage().measurement().allocations
        }
        fn exempt_overage() -> Overage {
            Budget::new().max(0).check(|| work(6)).unwrap_err()
        }
        #[alloc_budget(max = allowed())]
        fn budgeted() {
            work(7);
        }
        // The expression is evaluated before the scope opens, and is the caller's.
        let ((), m) = measure(budgeted);
        assert_work(&m, 3, 5 + 6 + 7);
    }

    /// The value of a closure is dropped after its scope, and its destructor has scopes of its own.
    #[test]
    fn values_whose_destructors_exceed() {
        struct Exceeds<'a>(&'a Cell<u32>);
        impl Drop for Exceeds<'_> {
            fn drop(&mut self) {
                assert!(Budget::new().max(0).check(|| work(1)).is_err());
                self.0.set(self.0.get() + 1);
            }
        }
        let dropped = &Cell::new(0);
        let exceeding = || {
            work(3);
            Exceeds(dropped)
        };
        let overage = Budget::new().max(0).check(exceeding).err().unwrap();
        assert_eq!((overage.measurement().allocations, dropped.get()), (1, 1));
        let enforce = AssertUnwindSafe(|| Budget::new().max(0).enforce(exceeding));
        assert!(panic::catch_unwind(enforce).is_err());
        assert_eq!(dropped.get(), 2);
    }

    /// Initialisers that run once, inside of whichever budget comes first.
    #[test]
    fn initialisers_in_a_budget() {
        static ONCE: Once = Once::new();
        let verdicts: Vec<_> = thread::scope(|scope| {
            let check = || Budget::new().max(0).check(|| ONCE.call_once(|| work(1))).is_err();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(check)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(verdicts.into_iter().filter(|exceeded| *exceeded).count(), 1);
    }

    #[test]
    fn limits_that_are_no_limits() {
        for limit in [u64::MAX, u64::MAX - 1, i64::MAX as u64 + 1, i64::MAX as u64] {
            let all = Budget::new().max(limit).max_bytes(limit).max_peak_bytes(limit);
            let all = all.max_retained_bytes(limit).max_reallocs(limit).max_deallocs(limit);
            assert!(all.check(|| work(1 << 20)).is_ok());
            let overage = all.max(0).check(|| work(1)).unwrap_err();
            let exceeded: Vec<_> = overage.exceeded().map(|exceeded| exceeded.limit).collect();
            assert_eq!(exceeded, [Limit::Allocations]);
        }
    }
}

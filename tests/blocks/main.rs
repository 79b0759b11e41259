//! `budget!` around a block: what leaves it, what it borrows, and what is said of it.

use std::hint::black_box;

use alloc_budget::{alloc_budget, budget, measure, records};
use support::{Block, block, panic_of, slashed};

mod a_block {
    use super::*;

    #[test]
    fn has_its_value() {
        assert_eq!(budget!(max = 1, { block(7).capacity() }), 7);
        let text: &str = budget!(max = 0, { "borrowed" });
        assert_eq!(text, "borrowed");
        let () = budget!(max = 0, {});
        if budget!(max = 0, { true }) {
            return;
        }
        unreachable!();
    }

    #[test]
    fn may_be_left_by_a_question_mark() {
        fn parse(text: &str) -> Result<u8, std::num::ParseIntError> {
            let n = budget!(max = 0, {
                let n: u8 = text.parse()?;
                n + 1
            });
            Ok(n)
        }
        fn first(numbers: &[u8]) -> Option<u8> {
            Some(budget!(max = 0, { *numbers.first()? }))
        }
        assert_eq!(parse("1"), Ok(2));
        assert!(parse("one").is_err());
        assert_eq!(first(&[]), None);
    }

    #[test]
    fn may_be_left_by_return() {
        fn early(n: u8) -> &'static str {
            budget!(max = 0, {
                if n == 0 {
                    return "early";
                }
            });
            "late"
        }
        assert_eq!((early(0), early(1)), ("early", "late"));
    }

    #[test]
    fn may_be_left_by_break_and_continue() {
        let mut visited = vec![];
        let found = 'outer: loop {
            for n in 0.. {
                budget!(max = 1, {
                    if n == 1 {
                        continue;
                    }
                    if n == 3 {
                        break 'outer n;
                    }
                });
                visited.push(n);
            }
        };
        assert_eq!((found, visited), (3, vec![0, 2]));
    }

    #[test]
    fn borrows_and_moves_as_if_it_were_not_there() {
        let mut buffer = Block::with_capacity(8);
        let moved = block(4);
        let (first, rest) = budget!(max = 0, max_deallocs = 1, {
            drop(moved);
            buffer.extend_from_slice(b"bytes");
            buffer.split_first_mut().unwrap()
        });
        *first = b'B';
        rest[0] = b'Y';
        assert_eq!(buffer, b"BYtes");
        let late;
        budget!(max = 0, {
            late = 5;
        });
        assert_eq!(late, 5);
    }

    #[test]
    fn has_limits_of_what_is_around_it() {
        let sizes = [1, 2, 3];
        let blocks = budget!(max = sizes.len() + 1, max_bytes = 6 + 3 * size_of::<Block>(), {
            sizes.map(block).into_iter().collect::<Vec<_>>()
        });
        assert_eq!(blocks.len(), 3);
    }
}

/// Allocates nine bytes. In no profile its name has a path.
fn nine() {
    drop(black_box(Block::with_capacity(9)));
}

mod an_overage {
    use super::*;

    #[test]
    fn is_raised_at_the_macro() {
        let line = line!() + 1;
        let (place, message) = panic_of(|| budget!(max = 0, { nine() }));
        assert_eq!(place, format!("{}:{line}:44", slashed(file!())));
        let head = "allocation budget exceeded: `an_overage::is_raised_at_the_macro`\n\n  allocations   1 of 0      bytes   9\n";
        assert!(message.starts_with(head), "{message}");
        assert!(message.contains("  nine\n"), "{message}");
    }

    #[test]
    fn is_raised_however_the_block_is_left() {
        fn question() -> Option<()> {
            budget!(max = 0, {
                drop(block(1));
                None?;
            });
            Some(())
        }
        fn returned(early: bool) -> u8 {
            budget!(max = 0, {
                drop(block(1));
                if early {
                    return 1;
                }
            });
            2
        }
        fn broken(numbers: &[u8]) {
            for n in numbers {
                budget!(max = 0, {
                    drop(block(1));
                    if *n == 0 {
                        break;
                    }
                });
            }
        }
        for (_, message) in [panic_of(question), panic_of(|| returned(true)), panic_of(|| broken(&[0]))] {
            assert!(message.contains("allocations   1 of 0"), "{message}");
        }
    }

    #[test]
    fn has_the_name_that_was_given() {
        let (_, message) = panic_of(|| budget!(max = 0, name = "hot loop", { drop(block(1)) }));
        assert!(message.starts_with("allocation budget exceeded: `hot loop`"), "{message}");
    }

    #[test]
    fn may_be_a_warning() {
        budget!(max = 0, on_overage = warn, { drop(block(1)) });
    }

    #[test]
    fn counts_the_temporaries_of_the_last_expression() {
        budget!(max = 1, max_retained_bytes = 0, { block(3).capacity() });
        budget!(max = 1, max_retained_bytes = 0, { black_box(block(3).as_slice().len()) });
    }

    #[test]
    fn is_none_in_a_warm_up() {
        let pass = || budget!(max = 0, warmup = 2, { drop(block(1)) });
        pass();
        pass();
        let (_, message) = panic_of(pass);
        assert!(message.contains("allocations   1 of 0"), "{message}");
    }
}

#[test]
fn blocks_may_be_in_each_other_and_in_functions() {
    #[alloc_budget(max = 3)]
    fn nested(inner: u64) {
        budget!(max = 2, {
            drop(block(1));
            budget!(max = inner, { drop(block(2)) });
        });
        drop(block(3));
    }
    nested(1);
    let (_, message) = panic_of(|| nested(0));
    assert!(message.contains("2 B   ×1"), "{message}");
    let ((), m) = measure(|| nested(1));
    assert_eq!((m.allocations, m.bytes_allocated), (3, 6));
}

#[test]
fn a_block_may_only_be_measured() {
    for size in [3, 5, 4] {
        budget!(measure, name = "a measured block", { drop(block(size)) });
    }
    let records = records();
    let record = records.iter().find(|record| record.name == "a measured block").unwrap();
    assert_eq!((record.calls, record.highest.peak_bytes), (3, 5));
}

#[test]
fn the_channels_of_crossbeam_are_no_hidden_await() {
    /// As `crossbeam_channel::select!`.
    macro_rules! select {
        (recv($channel:ident) -> $value:ident => $then:expr) => {{
            let $value = $channel.len();
            $then
        }};
    }
    let channel = [1, 2];
    assert_eq!(budget!(max = 0, { select!(recv(channel) -> value => value + 1) }), 3);
}

#[test]
fn a_limit_on_what_is_exempted_is_one_on_the_block() {
    let exempts = || alloc_budget::exempt(|| drop(block(1)));
    let logs = |allowed: u64| {
        exempts();
        budget!(max = 0, max_exempt = allowed, {
            exempts();
            exempts();
        });
    };
    logs(2);
    let (_, message) = panic_of(|| logs(1));
    assert!(message.contains("  exempted   2 of 1 allocations, 2 bytes\n"), "{message}");
}

/// The mean over many operations, of which some take more than that.
mod a_loop {
    use alloc_budget::{Budget, Limit};

    use super::*;

    const OPERATIONS: u64 = 10_000;

    /// On average 10 allocations.
    fn operation(i: u64) {
        let blocks = if i.is_multiple_of(100) { 109 } else { 9 };
        (0..blocks).for_each(|_| drop(block(1)));
    }

    fn judged_together(allowed: u64) {
        budget!(max = allowed, {
            (0..OPERATIONS).for_each(operation);
        });
    }

    #[alloc_budget(max = 10)]
    fn judged_alone(i: u64) {
        operation(i);
    }

    #[test]
    fn has_a_budget_on_its_mean() {
        judged_together(10 * OPERATIONS);
        let (_, message) = panic_of(|| judged_together(10 * OPERATIONS - 1));
        assert!(message.contains("allocations   100 000 of 99 999"), "{message}");
        judged_alone(1);
        let (_, message) = panic_of(|| judged_alone(100));
        assert!(message.contains("allocations   109 of 10"), "{message}");
    }

    #[test]
    fn has_one_in_a_closure_too() {
        let mean = |allowed: u64| Budget::new().max(allowed * OPERATIONS);
        let work = || (0..OPERATIONS).for_each(operation);
        mean(10).check(work).unwrap();
        let overage = mean(9).check(work).unwrap_err();
        let exceeded = overage.exceeded().next().unwrap();
        assert_eq!((exceeded.limit, exceeded.actual), (Limit::Allocations, 10 * OPERATIONS));
    }
}

//! More threads than there is room for at once.

use std::sync::Barrier;
use std::thread;

use alloc_budget::{Budget, measure};
use support::{assert_work, work};

#[test]
fn ten_thousand() {
    const AT_A_TIME: usize = 100;
    for _ in 0..10_000 / AT_A_TIME {
        let barrier = Barrier::new(AT_A_TIME);
        thread::scope(|scope| {
            for bytes in 1..=AT_A_TIME as u64 {
                let barrier = &barrier;
                let run = move || {
                    let ((), m) = measure(|| {
                        Budget::new().max(1).max_retained_bytes(0).enforce(|| {
                            // All of them are in a budget at the same time.
                            barrier.wait();
                            work(bytes.try_into().unwrap());
                        });
                    });
                    assert_work(&m, 1, bytes);
                };
                thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, run).unwrap();
            }
        });
    }
}

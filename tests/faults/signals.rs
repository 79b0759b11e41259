//! A signal between two allocations.

use alloc_budget::{Budget, measure};
use support::{alone, assert_work, work};

extern "C" fn handle(_: libc::c_int) {
    work(10);
    let ((), m) = measure(|| {
        let overage = Budget::new().max(0).check(|| work(20)).unwrap_err();
        assert_eq!(overage.measurement().bytes_allocated, 20);
    });
    assert_work(&m, 1, 20);
}

fn raise() {
    // SAFETY: the signal is handled on this thread before this returns, outside of any allocation.
    assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
}

#[test]
fn whose_handler_allocates() {
    alone("signals::whose_handler_allocates", &[], || {
        let handler: extern "C" fn(libc::c_int) = handle;
        // SAFETY: it is a function of the right type, for a signal that has none.
        unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
        let ((), m) = measure(|| {
            for calls in 1..=50 {
                Budget::new().max(2).max_bytes(30).max_retained_bytes(0).enforce(raise);
                let overage = Budget::new().max(2 * calls).check(|| (0..=calls).for_each(|_| raise()));
                assert_work(overage.unwrap_err().measurement(), 2 * (calls + 1), 30 * (calls + 1));
            }
        });
        let signals = 50 + (2..=51).sum::<u64>();
        assert_work(&m, 2 * signals, 30 * signals);
    });
}

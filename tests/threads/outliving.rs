//! Work that outlives its scope: it counts nowhere, and corrupts nothing.

use std::sync::mpsc::{self, Receiver, Sender};

use alloc_budget::Budget;

use super::*;

/// A thread that works for a scope in steps, each when it is told to.
struct Helper {
    go: Sender<()>,
    is_done: Receiver<()>,
    thread: thread::JoinHandle<Measurement>,
}

impl Helper {
    /// Two blocks, kept, and freed in the third step. Measured there by a scope around it.
    fn start(scope: &Handle) -> Self {
        let (go, next) = mpsc::channel();
        let (done, is_done) = mpsc::channel();
        let step = move || {
            exempt(|| {
                done.send(()).unwrap();
                // It may be told no more.
                let _ = next.recv();
            });
        };
        let scope = scope.clone();
        let thread = thread::spawn(move || {
            measure(|| {
                scope.run(|| {
                    step();
                    let first = block(50);
                    step();
                    let second = block(60);
                    step();
                    drop((first, second));
                });
            })
            .1
        });
        is_done.recv().unwrap();
        Self { go, is_done, thread }
    }

    fn step(&self) {
        self.go.send(()).unwrap();
        self.is_done.recv().unwrap();
    }

    /// Goes on to the end.
    fn join(self) -> Measurement {
        drop(self.go);
        self.thread.join().unwrap()
    }
}

#[test]
fn it_counts_nowhere() {
    for steps in 0..3 {
        let (helper, m) = measure(|| {
            let scope = Handle::current();
            exempt(|| {
                let helper = Helper::start(&scope);
                (0..steps).for_each(|_| helper.step());
                helper
            })
        });
        assert_work(&m, 0, 50);
        let ((), m) = measure(|| {
            let scope = Handle::current();
            assert_work(&exempt(|| helper.join()), 0, 50);
            on_another_thread(|| scope.run(|| work(50)));
        });
        assert_work(&m, 1, 50);
        assert_exact();
    }
}

#[test]
fn what_begins_later_counts_nowhere() {
    let (scope, m) = measure(|| {
        let scope = Handle::current();
        on_another_thread(|| scope.run(|| work(50)));
        scope
    });
    assert_work(&m, 1, 50);
    let ((), here) = measure(|| scope.run(|| work(50)));
    let ((), there) = on_another_thread(|| measure(|| scope.run(|| work(50))));
    assert_work(&here, 0, 50);
    assert_work(&there, 0, 50);
    assert_exact();
}

/// What has ended by then counts, beside what has not.
#[test]
fn what_has_ended_before_counts() {
    for _ in 0..100 {
        let (helper, m) = measure(|| {
            let scope = Handle::current();
            let helper = exempt(|| Helper::start(&scope));
            on_another_thread(|| scope.run(|| work(50)));
            exempt(|| helper.step());
            helper
        });
        assert_work(&m, 1, 50);
        assert_work(&helper.join(), 0, 50);
    }
}

#[test]
fn it_gets_no_verdict() {
    let helper = Budget::new().max(0).max_peak_bytes(0).max_deallocs(0).enforce(|| {
        let scope = Handle::current();
        exempt(|| {
            let helper = Helper::start(&scope);
            helper.step();
            helper
        })
    });
    assert_work(&helper.join(), 0, 50);
    assert_exact();
}

/// A scope inside of it is as exact as elsewhere.
#[test]
fn scopes_in_it_are_exact() {
    let (scope, _) = measure(Handle::current);
    let m = on_another_thread(|| {
        scope.run(|| {
            measure(|| {
                let scope = Handle::current();
                on_another_thread(|| scope.run(|| work(50)));
            })
            .1
        })
    });
    assert_work(&m, 1, 50);
}

#[test]
fn it_may_go_on_while_scopes_come_and_go() {
    let mut helpers = Vec::new();
    for _ in 0..100 {
        let (helper, m) = measure(|| {
            let scope = Handle::current();
            let helper = exempt(|| Helper::start(&scope));
            work(50);
            helper
        });
        assert_work(&m, 1, 50);
        helpers.push(helper);
    }
    helpers.iter().for_each(Helper::step);
    for helper in helpers {
        assert_work(&measure(|| work(50)).1, 1, 50);
        assert_work(&helper.join(), 0, 50);
    }
}

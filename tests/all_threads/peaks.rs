//! Peaks of all threads together, and blocks that are too large or survive on any of them.

use std::hint::black_box;
use std::sync::{Barrier, Mutex};

use alloc_budget::{Budget, Limit, Overage, WithBudget, alloc_budget, exempt, records};
use support::{Block, alone, block, block_on, on_line, panic_of, pause, slashed};

use super::workers::Workers;

/// Of which threads take, and to which they give, without a word to the allocator.
static KEPT: Mutex<[Option<Block>; 4]> = Mutex::new([const { None }; 4]);

fn keep(place: usize, size: usize) {
    let block = block(size);
    KEPT.lock().unwrap()[place] = Some(block);
}

fn free(place: usize) {
    let block = KEPT.lock().unwrap()[place].take();
    drop(block);
}

fn at_most(bytes: u64) -> Budget {
    Budget::new().max_peak_bytes(bytes).all_threads()
}

/// The peak that is just within the limit.
fn exact_peak(peak: u64, f: impl Fn()) {
    at_most(peak).check(&f).unwrap();
    let overage = at_most(peak - 1).check(&f).unwrap_err();
    exempt(|| assert_eq!(exceeded(&overage), [(Limit::PeakBytes, peak, peak - 1)]));
    assert_eq!(overage.measurement().peak_bytes, peak);
}

fn exceeded(overage: &Overage) -> Vec<(Limit, u64, u64)> {
    overage.exceeded().map(|e| (e.limit, e.actual, e.allowed)).collect()
}

pub(crate) fn the_peak_is_that_of_all_threads_together() {
    let workers = Workers::new(2);
    exact_peak(160, || {
        workers.run(&[|| keep(0, 100)]);
        workers.run(&[|| (), || drop(block(50))]);
        drop(block(60));
        workers.run(&[|| (), || drop(block(40))]);
        free(0);
        drop(block(90));
    });
    // What is freed of what was there before makes room.
    exact_peak(30, || {
        exempt(|| keep(0, 1_000));
        workers.run(&[|| free(0)]);
        workers.run(&[|| (), || drop(block(900))]);
        workers.run(&[|| drop(block(1_030))]);
    });
}

pub(crate) fn a_block_that_another_thread_frees_is_gone() {
    let workers = Workers::new(2);
    exact_peak(10, || {
        for _ in 0..100 {
            workers.run(&[|| keep(0, 10)]);
            workers.run(&[|| (), || free(0)]);
        }
    });
}

/// However short a time it lasted.
pub(crate) fn each_sum_there_was_is_seen() {
    const THREADS: usize = 4;
    static TOGETHER: Barrier = Barrier::new(THREADS);
    let workers = Workers::new(THREADS);
    let job: fn() = || {
        for round in 0..200 {
            exempt(|| TOGETHER.wait());
            let held = block(if round == 77 { 20 } else { 10 });
            exempt(|| TOGETHER.wait());
            drop(black_box(held));
        }
    };
    exact_peak(4 * 20, || workers.run(&[job; THREADS]));
}

pub(crate) fn scopes_in_each_other_have_peaks_of_their_own() {
    let workers = Workers::new(1);
    exact_peak(130, || {
        workers.run(&[|| keep(0, 100)]);
        exact_peak(30, || workers.run(&[|| drop(block(30))]));
        workers.run(&[|| free(0)]);
        exact_peak(120, || drop(block(120)));
        exempt(|| drop(block(1_000)));
        // On this thread alone.
        Budget::new().max_peak_bytes(0).check(|| workers.run(&[|| drop(block(130))])).unwrap();
    });
}

pub(crate) fn a_scope_inside_an_exempt_stretch_has_a_peak_of_its_own() {
    let workers = Workers::new(1);
    exact_peak(20, || {
        exempt(|| {
            exact_peak(300, || {
                drop(block(300));
                // That thread is not exempt.
                workers.run(&[|| drop(block(10))]);
            });
            drop(block(500));
        });
        drop(block(20));
    });
}

pub(crate) fn the_report_has_what_took_the_sum_past_the_limit() {
    const LINE: u32 = line!() + 2;
    fn allocate() {
        drop(black_box(Block::with_capacity(51)));
    }
    let workers = Workers::new(2);
    let overage = at_most(150).check(|| {
        // Alone each of them is far below.
        workers.run(&[|| keep(0, 100)]);
        workers.run(&[|| (), || drop(block(50))]);
        workers.run(&[|| (), allocate]);
        workers.run(&[|| free(0)]);
        workers.run(&[|| (), || drop(block(149))]);
    });
    let overage = overage.unwrap_err();
    assert_eq!(exceeded(&overage)[0].0, Limit::PeakBytes);
    assert_eq!(overage.call_sites().len(), 1, "{overage}");
    assert!(
        slashed(&overage.to_string()).contains(&format!("51 B   ×1   {}", on_line(file!(), LINE))),
        "{overage}"
    );
    let numbers = |overage: &Overage| overage.to_string().contains("peak bytes   151 of 150");
    assert!(numbers(&overage), "{overage}");
}

#[alloc_budget(max_peak_bytes = allowed, threads = all)]
fn limited(allowed: u64, workers: &Workers) {
    workers.run(&[|| keep(0, 7)]);
    drop(block(8));
    free(0);
}

pub(crate) fn a_function_may_limit_it() {
    let workers = Workers::new(1);
    limited(15, &workers);
    let (_, message) = panic_of(|| limited(14, &workers));
    assert!(message.contains("peak bytes   15 of 14"), "{message}");
}

#[alloc_budget(max_peak_bytes = allowed, threads = all)]
async fn awaited(allowed: u64, workers: &Workers) {
    workers.run(&[|| keep(0, 7)]);
    pause().await;
    // On an exempt thread too.
    drop(block(8));
    pause().await;
    free(0);
}

pub(crate) fn a_future_may_limit_it() {
    let workers = Workers::new(1);
    block_on(awaited(15, &workers));
    exempt(|| block_on(awaited(15, &workers)));
    for around in [|f: &dyn Fn()| f(), |f: &dyn Fn()| exempt(f)] {
        let (_, message) = panic_of(|| around(&|| block_on(awaited(14, &workers))));
        assert!(message.contains("peak bytes   15 of 14"), "{message}");
    }
    let plain = || async {
        workers.run(&[|| keep(0, 7)]);
        pause().await;
        drop(block(8));
        free(0);
    };
    block_on(plain().with_budget(at_most(15)));
    assert!(block_on(at_most(14).check_future(plain())).is_err());
}

#[alloc_budget(measure, threads = all, name = "the peak of all threads")]
fn measured(workers: &Workers) {
    workers.run(&[|| keep(0, 7)]);
    drop(block(8));
    free(0);
}

pub(crate) fn without_a_limit_it_is_measured() {
    let workers = Workers::new(1);
    measured(&workers);
    let records = records();
    let record = records.iter().find(|record| record.name == "the peak of all threads").unwrap();
    assert_eq!(record.highest.peak_bytes, 15);
}

/// A block that was too large, on another thread.
fn too_large() -> Overage {
    let workers = Workers::new(1);
    let job = || (0..3).for_each(|_| drop(block(100)));
    let at_most = |bytes| Budget::new().max_block_bytes(bytes).all_threads();
    at_most(100).check(|| workers.run(&[job])).unwrap();
    let overage = at_most(99).check(|| workers.run(&[job])).unwrap_err();
    assert_eq!(exceeded(&overage), [(Limit::BlockBytes, 100, 99)]);
    overage
}

pub(crate) fn the_largest_block_of_any_thread_is_seen() {
    let overage = too_large();
    let sites: Vec<_> = overage.call_sites().iter().map(|site| (site.count(), site.bytes())).collect();
    assert_eq!(sites, [(3, 300)]);
}

pub(crate) fn the_largest_block_is_seen_where_call_sites_are_not_wanted() {
    let test = "peaks::the_largest_block_is_seen_where_call_sites_are_not_wanted";
    alone(test, &[("ALLOC_BUDGET_TRACE", "off")], || assert_eq!(too_large().call_sites(), []));
}

pub(crate) fn what_the_system_refuses_is_reported() {
    // With fewer bits there is no size that every system refuses.
    #[cfg(target_pointer_width = "64")]
    refused_is_reported();
}

#[cfg(target_pointer_width = "64")]
fn refused_is_reported() {
    let test = "peaks::what_the_system_refuses_is_reported";
    let refused = support::output(test, &[], || {
        let workers = Workers::new(1);
        let tries = || (0..3).for_each(|_| assert!(Block::new().try_reserve(1 << 62).is_err()));
        at_most(1_000).check(|| workers.run(&[tries])).unwrap();
        Budget::new().max(0).all_threads().check(|| workers.run(&[tries])).unwrap();
    });
    let Some(refused) = refused else { return };
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.success(), "{said}");
    assert_eq!(said.matches("peak bytes   4 611 686 018 427 387 904 of 1 000").count(), 1, "{said}");
    assert_eq!(said.matches("alloc-budget:").count(), 1, "{said}");
}

pub(crate) fn blocks_that_survive_are_seen_whichever_thread_freed_the_others() {
    let workers = Workers::new(2);
    let at_most = |bytes| Budget::new().max_surviving_bytes(bytes).all_threads();
    let work = || {
        // Was there before, and makes no room.
        workers.run(&[|| free(0)]);
        workers.run(&[|| keep(1, 20), || keep(2, 30)]);
        workers.run(&[|| free(2), || free(1)]);
        workers.run(&[|| keep(0, 7)]);
    };
    for bytes in [7, 6] {
        keep(0, 100);
        let verdict = at_most(bytes).check(work);
        free(0);
        match verdict {
            Ok(()) => assert_eq!(bytes, 7),
            Err(overage) => {
                assert_eq!(exceeded(&overage), [(Limit::SurvivingBytes, 7, 6)]);
                assert_eq!(overage.call_sites().len(), 1, "{overage}");
            }
        }
    }
}

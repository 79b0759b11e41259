//! How much a future grows by its budget.

use std::sync::Mutex;

use alloc_budget::{Limit, alloc_budget};

use super::*;

/// Limits, totals, and what is kept to judge by: whatever the body and its arguments are.
const GROWTH: usize = 104 + size_of::<u64>() * Limit::ALL.len();

async fn pauses() {
    pause().await;
    pause().await;
}

/// The size of the future that each of two functions returns, the second one with a budget.
macro_rules! sizes {
    (($($argument:tt)*) $(-> $output:ty)? $body:block, $($value:expr),*) => {{
        async fn plain($($argument)*) $(-> $output)? $body
        #[alloc_budget(max = 1_000)]
        async fn budgeted($($argument)*) $(-> $output)? $body
        (size_of_val(&plain($($value),*)), size_of_val(&budgeted($($value),*)))
    }};
}

#[track_caller]
fn assert_grows((plain, budgeted): (usize, usize)) {
    assert!(budgeted > plain && budgeted <= plain + GROWTH, "{plain} → {budgeted}: {}", budgeted - plain);
}

#[test]
fn a_future_grows_by_a_constant() {
    assert_grows(sizes!(() { pauses().await; },));
    assert_grows(sizes!((n: u64) -> u64 { pauses().await; n }, 1));
    assert_grows(sizes!((bytes: [u8; 10_000]) -> u8 { pauses().await; bytes[0] }, [1; 10_000]));
    assert_grows(sizes!((bytes: [u8; 10_000]) -> [u8; 10_000] { pauses().await; bytes }, [1; 10_000]));
    assert_grows(sizes!((bytes: &[u8; 10_000]) -> u8 { pauses().await; bytes[0] }, &[1; 10_000]));
    assert_grows(
        sizes!((text: String, block: Block) { pauses().await; drop((text, block)); }, String::new(), vec![]),
    );
    assert_grows(sizes!((mut n: u64) -> u64 { n += 1; pauses().await; n }, 1));
    assert_grows(sizes!(((a, b): (u64, [u64; 50])) -> u64 { pauses().await; a + b[0] }, (1, [2; 50])));
}

#[test]
fn locals_are_not_stored_twice() {
    assert_grows(sizes!(() -> u8 { let local = [1_u8; 5_000]; pauses().await; black_box(local)[0] },));
    assert_grows(sizes!(() {
        for n in 0..3_u8 {
            let local = [n; 5_000];
            pauses().await;
            black_box(local);
        }
    },));
}

#[test]
fn arguments_that_are_used_up_before_the_first_await_are_not_kept() {
    assert_grows(sizes!((bytes: [u8; 10_000]) { black_box(bytes); pauses().await; }, [1; 10_000]));
    assert_grows(sizes!((_: [u8; 10_000]) { pauses().await; }, [1; 10_000]));
    assert_grows(
        sizes!((bytes: [u8; 10_000]) { let n = [1]; black_box((bytes, n)); pauses().await; }, [1; 10_000]),
    );
    // Nor beside macros that are known to await only what is awaited in their arguments.
    assert_grows(sizes!((bytes: [u8; 10_000]) {
        assert_eq!(black_box(bytes)[0], 1);
        assert!(black_box(true));
        pauses().await;
        assert_eq!(std::future::ready(1).await, 1);
    }, [1; 10_000]));
}

/// Where a macro may await, a function keeps its arguments while it awaits its body, and the body
/// has them too. A plain future that does not use an argument after its first `.await` has it but
/// once.
#[test]
fn arguments_beside_a_macro_are_kept() {
    macro_rules! awaits {
        () => {
            pauses().await
        };
    }
    let (plain, budgeted) = sizes!((bytes: [u8; 10_000]) { black_box(bytes); awaits!(); }, [1; 10_000]);
    assert_grows((plain + 10_000, budgeted));
    assert_grows(sizes!((bytes: [u8; 10_000]) -> u8 { awaits!(); bytes[0] }, [1; 10_000]));
    assert_grows(sizes!((_: [u8; 10_000]) { awaits!(); }, [1; 10_000]));
    assert_grows(sizes!(() -> u8 { let local = [1_u8; 5_000]; awaits!(); black_box(local)[0] },));
}

#[test]
fn futures_in_each_other_each_grow_by_the_constant() {
    async fn plain_inner(bytes: &[u8; 1_000]) -> u8 {
        pauses().await;
        bytes[0]
    }
    async fn plain_outer(bytes: &[u8; 1_000]) -> u8 {
        plain_inner(bytes).await + bytes[0]
    }
    #[alloc_budget(max = 0)]
    async fn inner(bytes: &[u8; 1_000]) -> u8 {
        pauses().await;
        bytes[0]
    }
    #[alloc_budget(max = 0)]
    async fn outer(bytes: &[u8; 1_000]) -> u8 {
        inner(bytes).await + bytes[0]
    }
    let (plain, budgeted) = (size_of_val(&plain_outer(&[1; 1_000])), size_of_val(&outer(&[1; 1_000])));
    assert_grows((plain + GROWTH, budgeted));
}

#[test]
fn every_limit_and_a_warmup_take_no_more() {
    #[alloc_budget(max = n, max_bytes = n, max_peak_bytes = n, max_retained_bytes = n, max_reallocs = n, max_deallocs = n, max_block_bytes = n, max_surviving_bytes = n, warmup = n)]
    async fn budgeted(n: u64) -> u64 {
        pauses().await;
        n
    }
    #[alloc_budget(measure)]
    async fn measured(n: u64) -> u64 {
        pauses().await;
        n
    }
    async fn plain(n: u64) -> u64 {
        pauses().await;
        n
    }
    assert_grows((size_of_val(&plain(1)), size_of_val(&budgeted(1))));
    assert_grows((size_of_val(&plain(1)), size_of_val(&measured(1))));
}

fn assert_same((plain, budgeted): (usize, usize)) {
    assert_eq!(plain, budgeted);
}

#[test]
fn a_body_without_await_does_not_grow() {
    assert_same(sizes!(() {},));
    assert_same(sizes!((n: u64) -> u64 { n + 1 }, 1));
    assert_same(sizes!((bytes: [u8; 10_000]) -> usize { bytes.len() }, [1; 10_000]));
    assert_same(sizes!((bytes: [u8; 10_000]) -> Block { bytes.to_vec() }, [1; 10_000]));
    assert_same(sizes!((text: &str) -> String { format!("{text}!") }, ""));
    assert_same(sizes!((lock: &Mutex<u8>) -> u8 { *lock.lock().unwrap() }, &Mutex::new(1)));
}

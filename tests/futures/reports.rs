//! What an overage says: the async function and the user's line in it, not the executor's. And what
//! becomes of it.

use std::panic::{self, AssertUnwindSafe};
use std::task::Context;

use alloc_budget::{Budget, Overage, WithBudget as _, alloc_budget, measure_future};
use futures::FutureExt as _;
use support::{panic_of, site, slashed};

use super::executors::Executor;
use super::*;

/// The line that this one was called in, `offset` lines on.
#[track_caller]
fn line(offset: u32) -> u32 {
    panic::Location::caller().line() + offset
}

const LINE_OF_RENDER: u32 = line!() + 2;
#[alloc_budget(max = 1)]
async fn render(size: usize) -> Block {
    pause().await;
    let first = black_box(Block::with_capacity(size));
    pause().await;
    let second = black_box(Block::with_capacity(first.capacity() + 1));
    pause().await;
    second
}

/// The report of `render(50)`: the second block took it past the limit.
#[track_caller]
fn assert_report((place, message): (String, String)) {
    assert_eq!(place, format!("tests/futures/reports.rs:{LINE_OF_RENDER}:1"));
    assert_message(&message);
}

#[track_caller]
fn assert_message(message: &str) {
    let message = &slashed(message);
    assert!(message.starts_with("allocation budget exceeded: `reports::render`\n"), "{message}");
    assert!(message.contains("\n  allocations   2 of 1      bytes   101\n"), "{message}");
    let site = format!("\n  51 B   ×1   {}   ", site(file!(), LINE_OF_RENDER + 4, 28));
    assert!(message.contains(&site), "{message}");
    assert_eq!(message.matches("tests/futures").count(), 1, "one call site, {message}");
    for executor in ["tokio", "poll", "block_on", "executor", "{{closure}}"] {
        assert!(!message.contains(executor), "{message}");
    }
}

#[test]
fn names_the_function_and_its_line() {
    assert_report(panic_of(|| block_on(render(50))));
}

#[test]
fn is_the_same_on_every_executor() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_report(panic_of(|| runtime.block_on(render(50))));
    let local = tokio::task::LocalSet::new();
    assert_report(panic_of(|| local.block_on(&runtime, render(50))));
    assert_report(panic_of(|| smol::block_on(render(50))));
    assert_report(panic_of(|| futures::executor::block_on(render(50))));
    let mut pool = futures::executor::LocalPool::new();
    assert_report(panic_of(|| pool.run_until(render(50))));
    let executor = smol::LocalExecutor::new();
    assert_report(panic_of(|| smol::block_on(executor.run(render(50)))));
}

#[test]
fn is_the_same_in_a_task_of_every_executor() {
    for executor in Executor::ALL {
        let mut results = executor.try_run::<usize>(vec![Box::pin(async { render(50).await.capacity() })]);
        let message: Box<String> = results.pop().unwrap().unwrap_err().downcast().unwrap();
        assert_message(&message);
    }
}

const LINE_OF_PLAIN: u32 = line!() + 6;
/// As `render`, without an attribute.
async fn plain(size: usize) -> Block {
    pause().await;
    let first = black_box(Block::with_capacity(size));
    pause().await;
    let second = black_box(Block::with_capacity(first.capacity() + 1));
    pause().await;
    second
}

/// Of a budget without a function: the line is the user's still.
#[test]
fn of_a_budget_names_the_line_on_every_executor() {
    for executor in Executor::ALL {
        let checked = Budget::new().max(1).check_future(plain(50));
        let overage = executor.run::<Overage>(vec![Box::pin(checked.map(Result::unwrap_err))]).pop().unwrap();
        let [site] = overage.call_sites() else { panic!("{executor:?}: {overage}") };
        assert_eq!((site.file(), site.line()), (Some(file!()), LINE_OF_PLAIN));
        // Inlined, it has no name that debug information of lines would tell.
        assert!(!cfg!(debug_assertions) || site.function() == "reports::plain", "{overage}");
        assert_eq!(site.bytes(), 51, "{executor:?}");

        let expected = format!("allocation budget exceeded: `{}:{}:", file!(), line(1));
        let future = plain(50).with_budget(Budget::new().max(1)).map(drop);
        let future_too = Budget::new().max(1).name("named").instrument(plain(50)).map(drop);
        let results = executor.try_run::<()>(vec![Box::pin(future), Box::pin(future_too)]);
        let messages = results.into_iter().map(|r| *r.unwrap_err().downcast::<String>().unwrap());
        let [message, named] = messages.collect::<Vec<_>>().try_into().unwrap();
        assert!(message.starts_with(&expected), "{message}");
        assert!(named.starts_with("allocation budget exceeded: `named`\n"), "{named}");
        for message in [message, named] {
            let site = format!("\n  51 B   ×1   {}   ", support::site(file!(), LINE_OF_PLAIN, 28));
            assert!(slashed(&message).contains(&site), "{message}");
            for executor in ["tokio", "poll", "block_on", "executor", "{{closure}}"] {
                assert!(!message.contains(executor), "{message}");
            }
        }
    }
}

#[test]
fn is_the_same_through_other_futures() {
    async fn calls(size: usize) -> usize {
        render(size).await.capacity()
    }
    assert_report(panic_of(|| block_on(calls(50))));
    assert_report(panic_of(|| block_on(async { futures::join!(pause(), calls(50)) })));
    let boxed: Boxed<usize> = Box::pin(calls(50));
    assert_report(panic_of(|| block_on(boxed)));
}

#[cfg(debug_assertions)]
#[test]
fn is_that_of_a_function() {
    let (_, message) = panic_of(|| block_on(render(50)));
    let expected = format!(
        "\
allocation budget exceeded: `reports::render`

  allocations   2 of 1      bytes   101

  51 B   ×1   {}   reports::render
              Vec::with_capacity

help: raise the budget to `max = 2`, or find out more with `ALLOC_BUDGET_TRACE=full`",
        site(file!(), LINE_OF_RENDER + 4, 28)
    );
    assert_eq!(message, expected);
}

#[test]
fn names_the_lines_of_every_poll_and_thread() {
    const BELOW: u32 = line!() + 2;
    async fn three() {
        drop(black_box(Block::with_capacity(10)));
        pause().await;
        drop(black_box(Block::with_capacity(20)));
        pause().await;
        drop(black_box(Block::with_capacity(30)));
    }
    let mut future: Boxed<Result<(), Overage>> = Box::pin(Budget::new().max(0).check_future(three()));
    for _ in 0..2 {
        let poll_it = || assert!(poll(future.as_mut()).is_pending());
        std::thread::scope(|scope| scope.spawn(poll_it).join().unwrap());
    }
    let Poll::Ready(Err(overage)) = poll(future.as_mut()) else { panic!("no overage") };
    let sites: Vec<_> = overage.call_sites().iter().map(|site| (site.bytes(), site.line())).collect();
    assert_eq!(sites, [(30, BELOW + 4), (20, BELOW + 2), (10, BELOW)]);
    assert_eq!((overage.measurement().allocations, overage.left_out()), (3, 0));
}

/// A block of an earlier poll, which another thread might have freed since.
#[test]
fn names_the_line_of_a_block_that_stays() {
    const BELOW: u32 = line!() + 2;
    async fn leaky() -> Block {
        let kept = black_box(Block::with_capacity(10));
        pause().await;
        drop(black_box(Block::with_capacity(20)));
        pause().await;
        kept
    }
    let overage = block_on(Budget::new().max_retained_bytes(0).check_future(leaky())).unwrap_err();
    let sites: Vec<_> = overage.call_sites().iter().map(|site| (site.bytes(), site.line())).collect();
    assert_eq!(sites, [(10, BELOW)]);
}

#[test]
fn falls_when_the_future_is_ready() {
    let mut future = pin!(render(50));
    for _ in 0..3 {
        assert!(poll(future.as_mut()).is_pending());
    }
    let (_, message) = panic_of(|| poll(future.as_mut()));
    assert!(message.contains("allocations   2 of 1"), "{message}");
}

#[test]
fn of_a_budget_has_the_place_of_the_call() {
    let expected = line(1);
    let overage = block_on(Budget::new().max(0).check_future(work(50))).unwrap_err();
    assert_eq!((overage.location().file(), overage.location().line()), (file!(), expected));

    let expected = format!("allocation budget exceeded: `{}:{}:", slashed(file!()), line(1));
    let (_, message) = panic_of(|| block_on(work(50).with_budget(Budget::new().max(0))));
    assert!(message.starts_with(&expected), "{message}");

    let expected = format!("allocation budget exceeded: `{}:{}:", slashed(file!()), line(1));
    let (_, message) = panic_of(|| block_on(Budget::new().max(0).instrument(work(50))));
    assert!(message.starts_with(&expected), "{message}");

    let (_, message) = panic_of(|| block_on(work(50).with_budget(Budget::new().max(0).name("named"))));
    assert!(message.starts_with("allocation budget exceeded: `named`"), "{message}");
}

/// Whether the compiler gives an `.await` a place of its own, which the future's `poll` is told.
fn is_awaits_place_known() -> bool {
    struct Place;
    impl Future for Place {
        type Output = &'static panic::Location<'static>;

        #[track_caller]
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            Poll::Ready(panic::Location::caller())
        }
    }
    let line = line!() + 1;
    block_on(async { Place.await.line() == line })
}

/// Not in a line of ours: the user's `.await`. An older compiler knows none for it; the message has
/// the line on which the budget was given.
#[test]
fn of_a_budget_panics_where_it_is_awaited() {
    const LINE: u32 = line!() + 3;
    async fn awaits() {
        pause().await;
        work(50).with_budget(Budget::new().max(0)).await;
    }
    let (place, message) = panic_of(|| block_on(awaits()));
    let line = format!("tests/futures/reports.rs:{LINE}:");
    assert!(message.starts_with(&format!("allocation budget exceeded: `{line}")), "{message}");
    assert_eq!(place.starts_with(&line), is_awaits_place_known(), "{place}");
    // What polls it itself has a line too, as long as it is the user's.
    let (place, _) = panic_of(|| block_on(work(50).with_budget(Budget::new().max(0))));
    assert!(place.contains("tests/support/polls.rs:"), "{place}");
    let (place, message) = panic_of(|| smol::block_on(work(50).with_budget(Budget::new().max(0))));
    assert!(place.contains("alloc-budget/src/task/"), "{place}");
    assert!(message.starts_with("allocation budget exceeded: `tests/futures/reports.rs:"), "{message}");
}

/// Behind `spawn` there is no line of the user's at all.
#[test]
fn of_a_spawned_budget_says_where_that_was_given() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let line = line!() + 1;
    let spawn = || tokio::spawn(work(50).with_budget(Budget::new().max(0).name("a task of the tests")));
    let payload = runtime.block_on(async { spawn().await }).unwrap_err().into_panic();
    let message = support::text(&*payload);
    let title = "allocation budget exceeded: `a task of the tests`\n  given at ";
    let place = format!("{title}tests/futures/reports.rs:{line}:");
    assert!(message.starts_with(&place) && message.contains("\n\n  allocations   3 of 0 "), "{message}");
}

/// Nothing of ours is between the line and what it called.
#[test]
fn names_what_was_awaited() {
    #[alloc_budget(max = 0)]
    async fn yields() {
        drop(tokio::spawn(async {}).await);
        tokio::task::yield_now().await;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let task = async { tokio::spawn(yields()).await };
    let payload = runtime.block_on(task).unwrap_err().into_panic();
    let message = support::text(&*payload);
    assert!(message.contains("   tokio::spawn"), "{message}");
    for ours in ["Polled", "alloc_budget::", "alloc-budget/src"] {
        assert!(!message.contains(ours), "{message}");
    }
}

#[test]
fn names_methods_by_their_type() {
    struct Encoder<T>(T);
    impl<T: AsRef<str>> Encoder<T> {
        #[alloc_budget(max = 0)]
        async fn owned(&self) -> String {
            pause().await;
            self.0.as_ref().to_owned()
        }
    }
    let (_, message) = panic_of(|| block_on(Encoder("a").owned()));
    assert!(
        message.starts_with(
            "allocation budget exceeded: `reports::names_methods_by_their_type::Encoder::owned`\n"
        ),
        "{message}"
    );
}

#[test]
fn may_have_a_name_of_its_own() {
    #[alloc_budget(max = 0, name = "the name")]
    async fn named() {
        work(50).await;
    }
    let (_, message) = panic_of(|| block_on(named()));
    assert!(message.starts_with("allocation budget exceeded: `the name`\n"), "{message}");
}

#[test]
fn may_be_a_warning() {
    #[alloc_budget(max = 0, on_overage = warn, name = "a warning of the tests of futures, as it should be")]
    async fn warned(size: usize) -> usize {
        work(size).await;
        size
    }
    let (size, m) = block_on(measure_future(warned(50)));
    assert_eq!(size, 50);
    assert_work(&m, 50);
    let budget = Budget::new().max(0).on_overage(alloc_budget::OnOverage::Warn);
    let ((), m) = block_on(measure_future(
        work(50).with_budget(budget.name("another warning of the tests of futures, as it should be")),
    ));
    assert_work(&m, 50);
}

#[test]
fn comes_after_the_warmup() {
    #[alloc_budget(max = 0, warmup = 2)]
    async fn warm() {
        work(50).await;
    }
    // Warm-up is by thread, so each test has its own.
    std::thread::spawn(|| {
        block_on(warm());
        block_on(warm());
        let (_, message) = panic_of(|| block_on(warm()));
        assert!(message.contains("allocations   3 of 0"), "{message}");
        // A call that is not polled is none.
        drop(warm());
    })
    .join()
    .unwrap();
}

#[tokio::test]
#[should_panic(expected = "allocation budget exceeded: `reports::render`")]
async fn is_the_panic_of_a_tokio_test() {
    render(50).await;
}

#[tokio::test]
#[should_panic(expected = "allocation budget exceeded: `reports::render`")]
async fn is_the_panic_of_a_tokio_task() {
    let payload = tokio::spawn(render(50)).await.unwrap_err().into_panic();
    panic::resume_unwind(payload);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn can_be_caught() {
    for _ in 0..100 {
        let caught = tokio::spawn(AssertUnwindSafe(render(50)).catch_unwind()).await.unwrap();
        assert!(caught.is_err());
        let ((), m) = tokio::spawn(measure_future(work(50))).await.unwrap();
        assert_work(&m, 50);
    }
}

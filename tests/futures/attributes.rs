//! The attribute above and below others. Each of these functions does work whose budget is exact,
//! so one that counted the executor as well would fail, and the twin of each is one allocation
//! short.

use alloc_budget::alloc_budget;
use async_trait::async_trait;
use rstest::{fixture, rstest};
use support::panic_of;

use super::*;

#[tokio::test]
#[alloc_budget(max = 3, max_bytes = 90, max_retained_bytes = 0)]
async fn below_tokio_test() {
    work(50).await;
}

#[alloc_budget(max = 3, max_bytes = 90, max_retained_bytes = 0)]
#[tokio::test]
async fn above_tokio_test() {
    work(50).await;
}

#[tokio::test]
#[should_panic(expected = "allocations   3 of 2")]
#[alloc_budget(max = 2)]
async fn below_tokio_test_short() {
    work(50).await;
}

#[alloc_budget(max = 2)]
#[tokio::test]
#[should_panic(expected = "allocations   3 of 2")]
async fn above_tokio_test_short() {
    work(50).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[alloc_budget(max = 3)]
async fn below_tokio_test_with_arguments() {
    work(50).await;
}

#[alloc_budget(max = 3)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_tokio_test_with_arguments() {
    work(50).await;
}

/// Nothing in it awaits.
#[tokio::test]
#[alloc_budget(max = 1)]
async fn below_tokio_test_in_one_poll() {
    drop(block(1));
}

#[alloc_budget(max = 1)]
#[tokio::test]
async fn above_tokio_test_in_one_poll() {
    drop(block(1));
}

#[tokio::test]
#[alloc_budget(max = 3)]
async fn below_tokio_test_with_a_result() -> Result<(), Box<dyn std::error::Error>> {
    work(50).await;
    "1".parse::<u8>()?;
    Ok(())
}

#[alloc_budget(max = 3)]
#[tokio::test]
async fn above_tokio_test_with_a_result() -> Result<(), Box<dyn std::error::Error>> {
    work(50).await;
    "1".parse::<u8>()?;
    Ok(())
}

mod tokio_main {
    use super::*;

    #[tokio::main(flavor = "current_thread")]
    #[alloc_budget(max = max)]
    async fn below(max: u64, size: usize) -> usize {
        work(size).await;
        size
    }

    #[alloc_budget(max = max)]
    #[tokio::main(flavor = "current_thread")]
    async fn above(max: u64, size: usize) -> usize {
        work(size).await;
        size
    }

    #[test]
    fn above_it_the_executor_does_not_count() {
        assert_eq!(above(3, 50), 50);
    }

    #[test]
    fn below_it_the_executor_does_not_count() {
        assert_eq!(below(3, 50), 50);
    }

    #[test]
    #[should_panic(expected = "allocations   3 of 2")]
    fn above_it_an_overage_is_a_panic() {
        above(2, 50);
    }

    #[test]
    #[should_panic(expected = "allocations   3 of 2")]
    fn below_it_an_overage_is_a_panic() {
        below(2, 50);
    }
}

#[test]
#[alloc_budget(max = 3)]
fn below_test() {
    block_on(work(50));
}

#[alloc_budget(max = 3)]
#[test]
fn above_test() {
    block_on(work(50));
}

#[rstest]
#[case(50)]
#[case(60)]
#[alloc_budget(max = 3)]
fn below_rstest(#[case] size: usize) {
    block_on(work(size));
}

#[alloc_budget(max = 3, max_bytes = size + 40)]
#[rstest]
#[case(50)]
#[case(60)]
fn above_rstest(#[case] size: usize) {
    block_on(work(size));
}

/// The limits may name the arguments in every order of the attributes, and making the arguments
/// does not count.
#[rstest]
#[case(50, vec![0; 1])]
#[case::larger(60, vec![0; 2])]
#[alloc_budget(max = 3, max_bytes = size + 40, max_deallocs = used.len() + 3)]
fn below_rstest_naming_an_argument(#[case] size: usize, #[case] used: Vec<u8>) {
    drop(used);
    block_on(work(size));
}

#[rstest]
#[case(50)]
#[should_panic(expected = "allocations   3 of 2")]
#[alloc_budget(max = size / 20)]
fn below_rstest_short(#[case] size: usize) {
    block_on(work(size));
}

#[rstest]
#[alloc_budget(max = 3, max_bytes = size + 40)]
fn below_rstest_with_values(#[values(50, 60)] size: usize, #[values(1, 2)] times: usize) {
    assert!((1..=2).contains(&times));
    block_on(work(size));
}

#[fixture]
fn made() -> Vec<u8> {
    vec![0; 100]
}

#[rstest]
#[alloc_budget(max = 3, max_bytes = made.len() - 10)]
fn below_rstest_with_a_fixture(made: Vec<u8>) {
    block_on(work(made.len() - 50));
}

#[alloc_budget(max = 3, max_bytes = made.len() - 10)]
#[rstest]
fn above_rstest_with_a_fixture(made: Vec<u8>) {
    block_on(work(made.len() - 50));
}

#[rstest]
#[case(50)]
#[case(60)]
#[tokio::test]
#[alloc_budget(max = 3, max_bytes = size + 40)]
async fn below_rstest_and_tokio_test_naming_an_argument(#[case] size: usize) {
    work(size).await;
}

#[rstest]
#[case(50)]
#[case(60)]
#[alloc_budget(max = 3, max_bytes = size + 40)]
#[tokio::test]
async fn between_rstest_and_tokio_test_naming_an_argument(#[case] size: usize) {
    work(size).await;
}

#[rstest]
#[case(50)]
#[should_panic(expected = "allocations   3 of 2")]
#[tokio::test]
#[alloc_budget(max = size / 20)]
async fn below_rstest_and_tokio_test_short(#[case] size: usize) {
    work(size).await;
}

#[rstest]
#[case(50)]
#[should_panic(expected = "allocations   3 of 2")]
#[alloc_budget(max = size / 20)]
#[tokio::test]
async fn between_rstest_and_tokio_test_short(#[case] size: usize) {
    work(size).await;
}

/// By hand it is all the function's own.
#[test]
#[should_panic(expected = "allocations   2 of 1")]
#[alloc_budget(max = 1)]
fn like_a_case() {
    let first = block(1);
    let second = 2;
    two_blocks(first, second);
}

#[alloc_budget(max = 10)]
fn two_blocks(first: Block, second: usize) {
    drop((first, block(second)));
}

/// So it is where the call at the end is not all of a case, or what is in front of it not all
/// arguments.
mod like_cases {
    use super::*;

    struct Length {
        bytes: usize,
    }

    #[test]
    #[should_panic(expected = "allocations   1 of 0")]
    fn with_a_field_of_the_call() {
        #[alloc_budget(max = 0)]
        fn field() -> usize {
            fn field(block: &Block) -> Length {
                Length { bytes: block.capacity() }
            }
            let block = block(1);
            field(&block).bytes
        }
        field();
    }

    #[test]
    #[should_panic(expected = "allocations   1 of 0")]
    fn with_other_statements() {
        #[alloc_budget(max = 0)]
        fn filled() -> usize {
            fn filled(block: &Block) -> usize {
                block.len()
            }
            let mut block = block(1);
            block.push(1);
            filled(&block)
        }
        filled();
    }

    #[test]
    #[should_panic(expected = "allocations   1 of 0")]
    fn with_arguments() {
        #[alloc_budget(max = 0)]
        fn length(size: usize) -> usize {
            fn length(block: &Block) -> usize {
                block.len()
            }
            let block = block(size);
            length(&block)
        }
        length(1);
    }

    #[test]
    #[should_panic(expected = "allocations   1 of 0")]
    fn that_call_others() {
        fn length(block: &Block) -> usize {
            block.len()
        }
        #[alloc_budget(max = 0)]
        fn calls() -> usize {
            let block = block(1);
            length(&block)
        }
        calls();
    }

    #[test]
    #[should_panic(expected = "allocations   1 of 0")]
    fn that_call_themselves() {
        #[alloc_budget(max = 0)]
        fn again() -> usize {
            fn calls() -> usize {
                thread_local!(static CALLS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });
                CALLS.replace(CALLS.get() + 1)
            }
            let _block = block(1);
            let _calls = match calls() {
                0 => return 0,
                calls => calls,
            };
            again()
        }
        again();
    }
}

/// What is not written as `#[tokio::main]` writes it is the function's own, the executor included.
#[test]
fn an_executor_by_hand_counts() {
    use tokio::runtime::Builder;

    #[alloc_budget(max = 0)]
    fn with_another_name() {
        let task = async { pause().await };
        Builder::new_current_thread().enable_all().build().unwrap().block_on(task);
    }
    #[alloc_budget(max = 0)]
    fn without_a_block() {
        let body = work(1);
        Builder::new_current_thread().enable_all().build().unwrap().block_on(body);
    }
    for by_hand in [with_another_name, without_a_block] {
        assert!(panic_of(by_hand).1.starts_with("allocation budget exceeded"));
    }
}

#[rstest]
#[case(50)]
#[case(60)]
#[tokio::test]
#[alloc_budget(max = 3)]
async fn below_rstest_and_tokio_test(#[case] size: usize) {
    work(size).await;
}

#[rstest]
#[case(50)]
#[case(60)]
#[alloc_budget(max = 3)]
#[tokio::test]
async fn between_rstest_and_tokio_test(#[case] size: usize) {
    work(size).await;
}

#[alloc_budget(max = 3, max_bytes = size + 40)]
#[rstest]
#[case(50)]
#[case(60)]
#[tokio::test]
async fn above_rstest_and_tokio_test(#[case] size: usize) {
    work(size).await;
}

#[alloc_budget(max = 2)]
#[rstest]
#[case(50)]
#[tokio::test]
#[should_panic(expected = "allocations   3 of 2")]
async fn above_rstest_and_tokio_test_short(#[case] size: usize) {
    work(size).await;
}

#[async_trait]
trait Server: Sync {
    async fn answer(&self, size: usize) -> Result<usize, std::num::ParseIntError>;

    async fn answer_at_once(&self, size: usize) -> Block;

    #[alloc_budget(max = 3, max_bytes = size + 40)]
    async fn default_answer(&self, size: usize) -> usize {
        work(size).await;
        size
    }

    #[alloc_budget(max = 2)]
    async fn default_answer_short(&self) {
        work(50).await;
    }
}

struct Local<'a> {
    number: &'a str,
    max: u64,
}

#[async_trait]
impl Server for Local<'_> {
    #[alloc_budget(max = self.max, max_bytes = size + 40)]
    async fn answer(&self, size: usize) -> Result<usize, std::num::ParseIntError> {
        work(size).await;
        let number: usize = self.number.parse()?;
        Ok(number + size)
    }

    #[alloc_budget(max = self.max, max_retained_bytes = size)]
    async fn answer_at_once(&self, size: usize) -> Block {
        block(size)
    }
}

#[test]
fn methods_of_async_trait_have_their_futures_measured() {
    let local = Local { number: "7", max: 3 };
    let server: &dyn Server = &local;
    assert_eq!(block_on(server.answer(50)), Ok(57));
    assert_eq!(block_on(server.default_answer(50)), 50);
    assert!(block_on(Local { number: "x", max: 3 }.answer(50)).is_err());
    assert_eq!(block_on(Local { number: "", max: 1 }.answer_at_once(10)).capacity(), 10);
}

/// The box that a call makes is the caller's.
#[test]
fn methods_of_async_trait_do_not_count_their_box() {
    let local = Local { number: "7", max: 3 };
    let mut polled = 0;
    let (mut answer, m) = alloc_budget::measure(|| local.answer(50));
    assert_eq!(m.allocations, 1);
    let ((), m) = alloc_budget::measure(|| {
        while poll(answer.as_mut()).is_pending() {
            polled += 1;
        }
    });
    assert_eq!(polled, 3);
    assert_work(&m, 50);
}

#[test]
#[should_panic(expected = "`attributes::Local::answer`")]
fn a_method_of_async_trait_over_its_budget_is_a_panic() {
    let _ = block_on(Local { number: "7", max: 2 }.answer(50));
}

#[test]
#[should_panic(expected = "Server::default_answer_short`")]
fn a_default_method_of_async_trait_over_its_budget_is_a_panic() {
    block_on(Local { number: "7", max: 2 }.default_answer_short());
}

#[test]
#[should_panic(expected = "allocations   1 of 0")]
fn a_method_of_async_trait_in_one_poll_over_its_budget_is_a_panic() {
    block_on(Local { number: "", max: 0 }.answer_at_once(10));
}

/// To the lint as well: the method compiles.
#[test]
fn an_argument_of_async_trait_is_used_where_only_the_budget_names_it() {
    #[async_trait]
    trait Reads {
        async fn read(&self, limit: usize, size: usize) -> Block;
    }

    #[async_trait]
    #[deny(unused_variables)]
    impl Reads for () {
        #[alloc_budget(max = limit)]
        async fn read(&self, limit: usize, size: usize) -> Block {
            block(size)
        }
    }

    assert_eq!(block_on(().read(1, 10)).capacity(), 10);
}

/// What `#[async_trait]` makes of a method, by hand.
#[test]
fn a_boxed_async_block_is_measured_without_its_box() {
    #[alloc_budget(max = 3)]
    fn boxed(size: usize) -> Boxed<usize> {
        Box::pin(async move {
            work(size).await;
            size
        })
    }
    #[alloc_budget(max = 2)]
    fn short<'a>(size: &'a usize) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        std::boxed::Box::pin(async move { work(*size).await })
    }
    assert_eq!(block_on(boxed(50)), 50);
    assert!(panic_of(|| block_on(short(&50))).1.contains("allocations   3 of 2"));
}

/// Of everything else a guard in front measures what is done until the future is there.
#[test]
fn another_future_is_not_measured() {
    fn itself<T>(value: T) -> T {
        value
    }
    #[alloc_budget(max = 1)]
    fn of_a_call(size: usize) -> Boxed<()> {
        Box::pin(work(size))
    }
    #[alloc_budget(max = 0)]
    fn in_another_call(size: usize) -> impl Future<Output = ()> {
        itself(async move { work(size).await })
    }
    block_on(of_a_call(50));
    block_on(in_another_call(50));
}

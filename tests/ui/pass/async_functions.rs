//! Async functions of every form, with no lint woken up.
#![deny(warnings)]
#![forbid(unsafe_code)]
use std::fmt::Display;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use alloc_budget::alloc_budget;

async fn pause() {
    std::future::ready(()).await;
}

#[alloc_budget(max = 0)]
async fn empty() {}

#[alloc_budget(max = 0)]
async fn at_once(n: u8) -> u8 {
    n + 1
}

#[alloc_budget(max = text.len())]
async fn borrowed<'a>(text: &'a str, _unused: &str) -> &'a str {
    pause().await;
    text
}

#[alloc_budget(max = 1)]
async fn unsized_early(n: u8) -> Result<Box<dyn Display>, Box<dyn std::error::Error>> {
    if n == 0 {
        return Ok(Box::new("none"));
    }
    pause().await;
    let n: u8 = "1".parse()?;
    Ok(Box::new(n))
}

#[alloc_budget(max = 0)]
async fn opaque(numbers: impl IntoIterator<Item = u8>) -> impl Iterator<Item = u8> {
    pause().await;
    numbers.into_iter()
}

#[alloc_budget(max = 0)]
async fn never() -> ! {
    loop {
        std::future::pending::<()>().await;
    }
}

#[alloc_budget(max = 1)]
fn boxed<'a>(n: &'a u8) -> Pin<Box<dyn Future<Output = u8> + 'a>> {
    Box::pin(async move {
        pause().await;
        *n
    })
}

macro_rules! awaits {
    ($future:expr) => {
        $future.await
    };
}

struct Parts {
    #[cfg(any())]
    gone: u8,
    here: u8,
}

#[alloc_budget(max = 0)]
async fn conditional(
    n: u8,
    #[cfg(any())] gone: u8,
    #[cfg(all())] there: u8,
    Parts {
        #[cfg(any())]
        gone,
        here,
    }: Parts,
) -> u8 {
    awaits!(pause());
    #[cfg(any())]
    return gone;
    n + there + here
}

macro_rules! pattern {
    ($name:ident) => {
        _
    };
}

mod limits {
    #[allow(non_upper_case_globals)]
    pub const lower: u8 = 3;
}

#[alloc_budget(max = 0)]
async fn patterns(pattern!(name): u8, (0..limits::lower | limits::lower..=255): u8) -> u8 {
    awaits!(pause());
    let (name, lower) = (1, 2);
    name + lower
}

#[alloc_budget(max = 0)]
async fn behind_a_reference(n: &u8) -> &(impl Display + Send) {
    awaits!(pause());
    n
}

#[alloc_budget(max = 0)]
async fn in_a_tuple(n: u8) -> (impl Display + Send,) {
    awaits!(pause());
    (n,)
}

macro_rules! function {
    ($name:ident, $output:ty, $body:block) => {
        #[alloc_budget(max = 0)]
        async fn $name() -> $output $body
    };
}

function!(from_a_macro, u8, {
    pause().await;
    4
});

struct Counter<T>(T);

impl<T: Copy> Counter<T> {
    #[alloc_budget(max = 0, warmup = 1)]
    async fn get(mut self, next: T) -> T {
        pause().await;
        std::mem::replace(&mut self.0, next)
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("not ready"),
    }
}

fn main() {
    block_on(empty());
    assert_eq!(block_on(at_once(1)), 2);
    assert_eq!(block_on(borrowed("a", "b")), "a");
    assert_eq!(block_on(unsized_early(0)).unwrap().to_string(), "none");
    assert_eq!(block_on(unsized_early(1)).unwrap().to_string(), "1");
    assert!(block_on(opaque([1, 2])).eq([1, 2]));
    assert_eq!(block_on(boxed(&3)), 3);
    assert_eq!(block_on(from_a_macro()), 4);
    assert_eq!(block_on(Counter(5).get(6)), 5);
    assert_eq!(block_on(conditional(1, 2, Parts { here: 3 })), 6);
    assert_eq!(block_on(patterns(1, 2)), 3);
    assert_eq!(block_on(behind_a_reference(&6)).to_string(), "6");
    assert_eq!(block_on(in_a_tuple(7)).0.to_string(), "7");
    let _never = never();
}

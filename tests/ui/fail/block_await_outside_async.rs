//! An `.await` needs an `async` function around it.
use alloc_budget::budget;

fn wait() {
    budget!(max = 0, { std::future::ready(1).await });
}

fn main() {
    wait();
}

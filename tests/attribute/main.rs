//! What the attribute's arguments do when the function runs.

use std::hint::black_box;

use support::catch;

mod arguments;
mod bodies;
mod expressions;
mod iterators;
mod kinds;
mod limits;
mod locations;
mod max_exempt;
mod measure;
mod names;
mod on_err;
mod on_overage;
mod prime;
mod tests;
mod warmup;

fn is_exceeded<T>(call: impl FnOnce() -> T) -> bool {
    catch(call).is_err_and(|panic| panic.message.starts_with("allocation budget exceeded"))
}

/// One allocation, of one byte.
fn allocate() -> Vec<u8> {
    black_box(vec![1])
}

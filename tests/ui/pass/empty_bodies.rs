//! Bodies with nothing, or next to nothing.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
fn empty() {}

#[alloc_budget(measure)]
fn only_a_comment() {
    // Nothing.
}

#[alloc_budget(max = 0)]
fn unit() {
    ()
}

#[rustfmt::skip]
#[allow(redundant_semicolons)]
#[alloc_budget(max = 0)]
fn semicolon() {
    ;
}

#[alloc_budget(max = 0)]
fn block() {
    {}
}

#[alloc_budget(max = n)]
fn empty_with_argument(n: usize) {}

/// The expression is all that uses it.
#[deny(dead_code)]
const ROWS: usize = 1;

#[alloc_budget(max = ROWS)]
fn empty_with_constant() {}

trait Hooks {
    #[alloc_budget(max = 0)]
    fn before(&self) {}
}

impl Hooks for () {}

fn main() {
    empty();
    only_a_comment();
    unit();
    semicolon();
    block();
    empty_with_argument(1);
    empty_with_constant();
    ().before();
}

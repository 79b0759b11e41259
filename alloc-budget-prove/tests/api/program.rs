//! A chain of two calls, and what else the tests of the interface ask for.
use std::hint::black_box as bb;

#[inline(never)]
fn inner(x: u64) -> Box<u64> {
    Box::new(x)
}

#[inline(never)]
fn outer(x: u64) -> u64 {
    bb(*inner(bb(x)).as_ref())
}

#[inline(never)]
fn frees(v: Box<u64>) -> u64 {
    *bb(v)
}

#[inline(never)]
fn grows(v: &mut Vec<u64>) {
    v.push(3);
}

trait Shape {
    fn area(&self) -> u64;
}
struct Square(u64);
impl Shape for Square {
    #[inline(never)]
    fn area(&self) -> u64 {
        *bb(Box::new(self.0)) * 2
    }
}
#[inline(never)]
fn through_a_trait(x: u64) -> u64 {
    bb(Square(x)).area() + 1
}

fn main() {
    let x = std::env::args().count() as u64;
    bb((outer(x), frees(Box::new(x)), through_a_trait(x)));
    grows(bb(&mut Vec::new()));
}

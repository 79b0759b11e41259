//! Parameters of every pattern: they stay as they were written.
use alloc_budget::alloc_budget;

struct Point {
    x: u64,
    y: u64,
}

#[alloc_budget(max = 0)]
fn unnamed(_: u64, _unused: u64) -> u64 {
    1
}

#[alloc_budget(max = n)]
fn mutable(mut n: u64) -> u64 {
    n += 1;
    n
}

#[alloc_budget(max = a + b + c)]
fn tuples((a, (b, ..)): (u64, (u64, u64)), (.., c): (u64, u64)) -> u64 {
    a + b + c
}

#[alloc_budget(max = x + vertical)]
fn structs(Point { x, y: vertical }: Point, &Point { y, .. }: &Point) -> u64 {
    x + vertical + y
}

#[alloc_budget(max = first + rest.len() as u64)]
fn slices(&[first, ref rest @ ..]: &[u64; 3]) -> u64 {
    first + rest.iter().sum::<u64>()
}

#[alloc_budget(max = whole.0)]
fn at(whole @ (a, _): (u64, u64)) -> u64 {
    whole.1 + a
}

#[alloc_budget(max = *a)]
fn by_reference(ref a: u64, ref mut b: u64) -> u64 {
    *b += a;
    *b
}

#[alloc_budget(max = n)]
fn irrefutable((Ok(n) | Err(n)): Result<u64, u64>) -> u64 {
    n
}

#[alloc_budget(max = n)]
fn attributes(#[allow(unused_variables)] m: u64, #[cfg(any())] gone: u64, #[cfg(all())] n: u64) -> u64 {
    n
}

#[rustfmt::skip]
#[allow(unused_braces)]
#[alloc_budget(max = 0)]
fn trailing_comma(a: u64, b: [u64; { 1 + 1 }],) -> u64 {
    a + b[0]
}

fn main() {
    assert_eq!(unnamed(1, 2), 1);
    assert_eq!(mutable(1), 2);
    assert_eq!(tuples((1, (2, 3)), (4, 5)), 8);
    assert_eq!(structs(Point { x: 1, y: 2 }, &Point { x: 3, y: 4 }), 7);
    assert_eq!(slices(&[1, 2, 3]), 6);
    assert_eq!(at((1, 2)), 3);
    assert_eq!(by_reference(1, 2), 3);
    assert_eq!(irrefutable(Err(1)), 1);
    assert_eq!(attributes(1, 2), 2);
    assert_eq!(trailing_comma(1, [2, 3]), 3);
}

//! Collections that grow: those of others, and those that were just made.

use std::hint::black_box as bb;

#[inline(never)]
fn n_of_the_caller(v: &mut Vec<u64>, x: u64) {
    v.push(x);
}
#[inline(never)]
fn n_text_of_the_caller(text: &mut String) {
    text.clear();
    text.push_str("abc");
}
#[inline(never)]
fn a_new(x: u64) -> u64 {
    let mut v = Vec::new();
    v.push(bb(x));
    bb(&mut v).len() as u64
}
#[inline(never)]
fn a_new_text(n: usize) -> String {
    let mut text = String::new();
    for _ in 0..n {
        text.push(bb('x'));
    }
    text
}
#[inline(never)]
fn a_both(v: &mut Vec<u64>, x: u64) -> Box<u64> {
    v.push(x);
    Box::new(x)
}
unsafe extern "C" {
    fn __cxa_thread_atexit_impl(run: extern "C" fn(*mut u8), with: *mut u8, of: *mut u8) -> i32;
}
extern "C" fn end(_: *mut u8) {}
#[inline(never)]
fn a_each_time(with: &mut u8) -> i32 {
    unsafe { __cxa_thread_atexit_impl(end, with, std::ptr::null_mut()) }
}

fn main() {
    let n = bb(std::env::args().count());
    let mut v = Vec::with_capacity(n);
    n_of_the_caller(&mut v, 3);
    n_text_of_the_caller(&mut String::with_capacity(n));
    bb((a_new(3), a_new_text(n), a_both(&mut v, 3)));
    bb(a_each_time(&mut 3));
}

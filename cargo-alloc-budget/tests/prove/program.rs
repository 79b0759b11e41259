//! Calls what is to have code.
use codec::*;
use std::task::{Context, Waker};
use std::pin::pin;
fn main() {
    let mut samples = [1.0; 4];
    mix(&mut samples, std::env::args().count() as f32);
    println!("{samples:?} {}", shout("x"));
    let n = std::env::args().count() as u32;
    println!("{}", at(&[1, 2, 3, n], n as usize));
    let mut v = vec![];
    push(&mut v, n); push_cold(&mut v, n);
    let mut o = Some(v.clone());
    free(&mut o);
    let either: [&dyn Fn(u32) -> u32; 2] = [&move |x| x + n, &move |x| vec![x; 3][n as usize]];
    println!("{}", call(either[n as usize & 1]));
    println!("{} {}", generic(&n), generic(&v).len());
    let mut cx = Context::from_waker(Waker::noop());
    println!("{:?}", pin!(poll(v, n)).as_mut().poll(&mut cx));
    println!("{:?}", pin!(poll_pushes(n)).as_mut().poll(&mut cx));
    let mut three = [0; 3];
    assumes(n, &mut three);
    println!("{three:?}");
    println!("{} {}", only_proven(n), blocks(&mut [n; 4]));
}

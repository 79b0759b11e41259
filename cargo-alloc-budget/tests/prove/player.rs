//! A function for each verdict.
#![forbid(unsafe_code)]
use alloc_budget::{alloc_budget, budget};

#[alloc_budget(max = 0)]
#[inline]
pub fn mix(samples: &mut [f32], volume: f32) {
    for sample in samples {
        *sample *= volume;
    }
}

#[alloc_budget(max = 0)]
pub fn shout(word: &str) -> String {
    word.to_uppercase()
}

#[alloc_budget(max = 0)]
pub fn at(values: &[u32], index: usize) -> u32 {
    values[index]
}

#[alloc_budget(max = 0, warmup = 1)]
pub fn push(values: &mut Vec<u32>, value: u32) {
    values.push(value);
}

#[alloc_budget(max = 0)]
pub fn push_cold(values: &mut Vec<u32>, value: u32) {
    values.push(value);
}

#[alloc_budget(max_deallocs = 0)]
pub fn free(values: &mut Option<Vec<u32>>) {
    *values = None;
}

#[alloc_budget(max = 0)]
pub fn call(work: &dyn Fn(u32) -> u32) -> u32 {
    work(1)
}

#[alloc_budget(max = 0)]
pub fn generic<T: Clone>(value: &T) -> T {
    value.clone()
}

#[alloc_budget(max = 0)]
pub fn unused<T>(value: T) -> T {
    value
}

#[alloc_budget(prove = skip, max = 0)]
pub fn skipped() -> Vec<u32> {
    vec![1]
}

#[inline(never)]
pub fn trusted(n: u32) -> Vec<u32> {
    vec![n; 3]
}

#[alloc_budget(prove(assume = "codec::trusted"))]
pub fn assumes(n: u32, into: &mut [u32; 3]) {
    let made = trusted(n);
    into[0] = made.len() as u32;
    std::mem::forget(made);
}

#[alloc_budget(max = 0)]
pub async fn poll(mut values: Vec<u32>, n: u32) -> usize {
    std::future::ready(()).await;
    values[0] = n;
    values.len()
}

#[alloc_budget(max = 0)]
pub async fn poll_pushes(n: u32) -> Vec<u32> {
    std::future::ready(()).await;
    vec![n]
}

#[alloc_budget(prove)]
pub fn only_proven(n: u32) -> u32 {
    n.rotate_left(3)
}

pub fn blocks(n: &mut [u32; 4]) -> u32 {
    budget!(max = 0, prove, {
        for value in n.iter_mut() {
            if *value > 3 { continue; }
            *value += 1;
        }
    });
    budget!(max = 0, { n[0] + n[1] })
}

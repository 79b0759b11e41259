//! `Vec`, `Box<[T]>`, slices and iterators that are collected.

use std::hint::black_box;
use std::mem;

use super::{Workload, consume, leak, workload};

/// 4 bytes each, at exactly the capacity that they need.
fn numbers(count: u32) -> Vec<u32> {
    let mut numbers = Vec::with_capacity(count as usize);
    numbers.extend(0..count);
    black_box(numbers)
}

/// Numbers in no order.
fn scrambled(count: u64) -> Vec<u64> {
    (0..count).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect()
}

/// Of unknown length, as far as `size_hint` goes.
fn evens(end: u32) -> impl Iterator<Item = u32> {
    (0..end).filter(|n| n.is_multiple_of(2))
}

fn below_fifty(n: u32) -> Result<u32, u32> {
    if n < 50 { Ok(n) } else { Err(n) }
}

pub(super) const TABLE: &[Workload] = &[
    workload("empty vector", [0, 0, 0, 0], |_| consume(Vec::<u64>::new())),
    workload("push, bytes", [8, 2040, 0, 0], |_| {
        let mut bytes = Vec::new();
        (0..1000_u32).for_each(|n| bytes.push(n.to_le_bytes()[0]));
        consume(bytes);
    }),
    workload("push, words", [9, 16352, 0, 0], |_| {
        let mut words = Vec::new();
        (0..1000_u64).for_each(|n| words.push(n));
        consume(words);
    }),
    workload("push, large elements", [3, 14336, 0, 0], |_| {
        let mut pages = Vec::new();
        (0..3).for_each(|n| pages.push([n; 2048]));
        consume::<Vec<[u8; 2048]>>(pages);
    }),
    workload("push, zero-sized elements", [0, 0, 0, 0], |_| {
        let mut units = Vec::new();
        (0..1000).for_each(|_| units.push(()));
        consume(units);
    }),
    workload("push, within capacity", [1, 4000, 0, 0], |_| consume(numbers(1000))),
    workload("push, one past the capacity", [2, 12000, 0, 0], |_| {
        let mut numbers = numbers(1000);
        numbers.push(1000);
        consume(numbers);
    }),
    workload("push to an older vector", [2, 484, 1, 244], |words| words.push(String::from("kilo"))),
    workload("reserve", [2, 440, 0, 0], |_| {
        let mut numbers = numbers(0);
        numbers.reserve(10);
        numbers.reserve(100);
        consume(numbers);
    }),
    workload("reserve, doubling", [2, 120, 0, 0], |_| {
        let mut numbers = numbers(10);
        numbers.reserve(1);
        consume(numbers);
    }),
    workload("reserve what is there", [1, 40, 0, 0], |_| {
        let mut numbers = numbers(10);
        numbers.clear();
        numbers.reserve(10);
        consume(numbers);
    }),
    workload("reserve exactly", [2, 84, 0, 0], |_| {
        let mut numbers = numbers(10);
        numbers.reserve_exact(1);
        consume(numbers);
    }),
    workload("shrink to fit", [2, 440, 1, 40], |_| {
        let mut numbers = numbers(100);
        numbers.truncate(10);
        numbers.shrink_to_fit();
        leak(numbers);
    }),
    workload("shrink to a capacity", [2, 600, 1, 200], |_| {
        let mut numbers = numbers(100);
        numbers.truncate(10);
        numbers.shrink_to(50);
        leak(numbers);
    }),
    workload("shrink to nothing", [1, 400, 0, 0], |_| {
        let mut numbers = numbers(100);
        numbers.clear();
        numbers.shrink_to_fit();
        leak(numbers);
    }),
    workload("clear keeps the capacity", [1, 400, 1, 400], |_| {
        let mut numbers = numbers(100);
        numbers.clear();
        leak(numbers);
    }),
    workload("extend from a slice", [2, 1200, 0, 0], |_| {
        let mut numbers = numbers(100);
        numbers.extend_from_slice(black_box(&[7; 50]));
        consume(numbers);
    }),
    workload("extend from a slice twice as long", [2, 1600, 0, 0], |_| {
        let mut numbers = numbers(100);
        numbers.extend_from_slice(black_box(&[7; 200]));
        consume(numbers);
    }),
    workload("extend by an unknown length", [5, 496, 0, 0], |_| {
        let mut numbers = Vec::new();
        numbers.extend(evens(100));
        consume(numbers);
    }),
    workload("resize", [2, 404, 0, 0], |_| {
        let mut numbers = numbers(1);
        numbers.resize(100, 7);
        consume(numbers);
    }),
    workload("insert into an older vector", [1, 480, 0, 240], |words| words.insert(0, String::new())),
    workload("append", [3, 1400, 0, 0], |_| {
        let mut front = numbers(100);
        front.append(&mut numbers(50));
        consume(front);
    }),
    workload("splice", [2, 1200, 0, 0], |_| {
        let mut numbers = numbers(100);
        consume(numbers.splice(50..50, black_box([7; 50])).count());
        consume(numbers);
    }),
    workload("collect a range", [1, 400, 0, 0], |_| consume((0..100_u32).collect::<Vec<_>>())),
    workload("collect an unknown length", [5, 496, 0, 0], |_| {
        consume(evens(100).collect::<Vec<_>>());
    }),
    workload("collect in place", [1, 400, 0, 0], |_| {
        consume(numbers(100).into_iter().filter(|n| n % 3 == 0).map(|n| n + 1).collect::<Vec<_>>());
    }),
    workload("collect results", [5, 496, 0, 0], |_| {
        consume((0..50).map(below_fifty).collect::<Result<Vec<_>, _>>());
    }),
    workload("collect results up to an error", [5, 496, 0, 0], |_| {
        consume((0..100).map(below_fifty).collect::<Result<Vec<_>, _>>());
    }),
    workload("collect into a boxed slice", [1, 400, 0, 0], |_| {
        consume((0..100_u32).collect::<Box<[_]>>());
    }),
    workload("unzip", [2, 800, 0, 0], |_| {
        consume((0..100_u32).map(|n| (n, n + 1)).unzip::<_, _, Vec<_>, Vec<_>>());
    }),
    workload("partition", [10, 992, 0, 0], |_| {
        consume((0..100).partition::<Vec<u32>, _>(|n| n.is_multiple_of(2)));
    }),
    workload("chunks to vectors", [5, 196, 0, 0], |_| {
        let bytes = black_box([7_u8; 100]);
        consume(bytes.chunks(30).map(<[_]>::to_vec).collect::<Vec<_>>());
    }),
    workload("zeroed vector", [1, 4096, 0, 0], |_| consume(vec![0_u8; 4096])),
    workload("zeroed vector of a megabyte", [1, 1 << 20, 1, 1 << 20], |_| leak(vec![0_u64; 1 << 17])),
    workload("filled vector", [1, 4096, 0, 0], |_| consume(vec![7_u8; 4096])),
    workload("vector of zero-sized elements", [0, 0, 0, 0], |_| consume(vec![(); 1000])),
    workload("vector of an array's elements", [1, 40, 0, 0], |_| consume(Vec::from([7_u32; 10]))),
    workload("nested vectors", [10, 285, 0, 0], |_| {
        consume((0..10).map(|length| vec![7_u8; length]).collect::<Vec<_>>());
    }),
    workload("nested vectors, cloned from one", [6, 170, 0, 0], |_| consume(vec![vec![7_u8; 10]; 5])),
    workload("nested vectors, half of them dropped", [11, 340, 6, 290], |_| {
        let mut rows: Vec<_> = (0..10).map(|_| vec![7_u8; 10]).collect();
        rows.truncate(5);
        leak(rows);
    }),
    workload("clone", [11, 293, 0, 0], |words| consume(words.clone())),
    workload("clone over an equal", [11, 293, 0, 0], |words| {
        let mut copy = words.clone();
        black_box(&mut copy).clone_from(words);
        consume(copy);
    }),
    workload("drop of an older vector", [0, 0, -11, -293], |words| consume(mem::take(words))),
    workload("clear of an older vector", [0, 0, -10, -53], Vec::clear),
    workload("truncate", [0, 0, -7, -36], |words| words.truncate(3)),
    workload("pop", [0, 0, -1, -6], |words| consume(words.pop())),
    workload("swap_remove", [0, 0, -1, -7], |words| consume(words.swap_remove(2))),
    workload("retain", [0, 0, -5, -28], |words| words.retain(|word| word.len() == 5)),
    workload("dedup", [0, 0, -2, -10], |words| words.dedup_by_key(|word| word.len())),
    workload("drain", [0, 0, -5, -26], |words| consume(words.drain(..5).count())),
    workload("drain, dropped mid-way", [0, 0, -5, -26], |words| consume(words.drain(..5).next())),
    workload("into_iter, dropped mid-way", [0, 0, -10, -288], |words| {
        let mut words = mem::take(words).into_iter();
        leak(words.next());
        consume(words);
    }),
    workload("split_off", [2, 560, 0, 0], |_| {
        let mut front = numbers(100);
        consume(front.split_off(60));
        consume(front);
    }),
    workload("split_off all", [2, 800, 0, 0], |_| {
        let mut front = numbers(100);
        consume(front.split_off(0));
        consume(front);
    }),
    workload("into_boxed_slice", [1, 400, 0, 0], |_| consume(numbers(100).into_boxed_slice())),
    workload("into_boxed_slice, shrinking", [2, 440, 1, 40], |_| {
        let mut numbers = numbers(100);
        numbers.truncate(10);
        leak(numbers.into_boxed_slice());
    }),
    workload("boxed slice, cloned", [2, 800, 0, 0], |_| consume(numbers(100).into_boxed_slice().clone())),
    workload("boxed slice, back to a vector", [2, 1200, 0, 0], |_| {
        let mut numbers = black_box(numbers(100).into_boxed_slice()).into_vec();
        numbers.push(100);
        consume(numbers);
    }),
    workload("concat of slices", [1, 80, 0, 0], |_| consume(black_box([[7_u32; 10]; 2]).concat())),
    workload("join of slices", [1, 84, 0, 0], |_| consume(black_box([[7_u32; 10]; 2]).join(&8))),
    workload("repeat of a slice", [1, 100, 0, 0], |_| consume(black_box([7_u8; 10]).repeat(10))),
    workload("sort, short", [1, 160, 0, 0], |_| {
        let mut numbers = scrambled(20);
        numbers.sort_by_key(|n| n % 10);
        consume(numbers);
    }),
    workload("sort", [2, 160_000, 0, 0], |_| {
        let mut numbers = scrambled(10_000);
        numbers.sort_by_key(|n| n % 10);
        consume(numbers);
    }),
    workload("sort_unstable", [1, 80_000, 0, 0], |_| {
        let mut numbers = scrambled(10_000);
        numbers.sort_unstable();
        consume(numbers);
    }),
    workload("sort by a cached key", [1, 160, 0, 0], |words| words.sort_by_cached_key(String::len)),
];

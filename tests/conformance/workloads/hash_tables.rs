//! `HashMap` and `HashSet`, with a hasher that is the same in every run.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;

use super::{Workload, consume, leak, workload};

type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;
type Set<T> = HashSet<T, BuildHasherDefault<DefaultHasher>>;

/// 17 bytes a bucket and 16 more; 7 buckets of 8 are for use.
fn map(capacity: usize, count: u64) -> Map<u64, u64> {
    let mut map = Map::with_capacity_and_hasher(capacity, BuildHasherDefault::new());
    (0..count).for_each(|n| consume(map.insert(n, n)));
    black_box(map)
}

pub(super) const TABLE: &[Workload] = &[
    workload("empty map", [0, 0, 0, 0], |_| consume(map(0, 0))),
    workload("map, grown", [6, 4380, 0, 0], |_| consume(map(0, 100))),
    workload("map within capacity", [1, 2192, 0, 0], |_| consume(map(100, 112))),
    workload("map, one past the capacity", [2, 6560, 1, 4368], |_| leak(map(100, 113))),
    workload("map, overwritten", [1, 2192, 0, 0], |_| {
        let mut map = map(100, 100);
        (0..100).for_each(|n| consume(map.insert(n, n + 1)));
        consume(map);
    }),
    workload("map, cleared and filled again", [1, 2192, 0, 0], |_| {
        let mut map = map(100, 100);
        map.clear();
        map.extend((0..100).map(|n| (n, n)));
        consume(map);
    }),
    workload("map, shrunk", [2, 2276, 1, 84], |_| {
        let mut map = map(100, 3);
        map.shrink_to_fit();
        leak(map);
    }),
    workload("map, cloned", [2, 4384, 0, 0], |_| consume(map(100, 100).clone())),
    workload("map, consumed mid-way", [1, 2192, 0, 0], |_| consume(map(100, 100).into_iter().nth(50))),
    workload("map of vectors, by entry", [7, 812, 0, 0], |words| {
        let mut by_length = Map::<usize, Vec<&str>>::default();
        for word in words.iter() {
            by_length.entry(word.len()).or_default().push(word);
        }
        consume(by_length);
    }),
    workload("set of words", [1, 288, 0, 0], |words| {
        consume(words.iter().map(String::as_str).collect::<Set<_>>());
    }),
    workload("set of owned words, retained", [1, 416, -5, 148], |words| {
        let mut set: Set<String> = std::mem::take(words).into_iter().collect();
        set.retain(|word| word.len() == 5);
        leak(set);
    }),
];

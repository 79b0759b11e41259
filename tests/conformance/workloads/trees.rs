//! `BTreeMap` and `BTreeSet`.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use super::{Workload, consume, leak, workload};

/// Leaves of 11 entries and 192 bytes; inner nodes of 288.
fn tree(count: u64) -> BTreeMap<u64, u64> {
    let mut tree = BTreeMap::new();
    (0..count).for_each(|n| consume(tree.insert(n, n)));
    black_box(tree)
}

pub(super) const TABLE: &[Workload] = &[
    workload("empty tree", [0, 0, 0, 0], |_| consume(tree(0))),
    workload("tree of one leaf", [1, 192, 0, 0], |_| consume(tree(11))),
    workload("tree of two leaves", [3, 672, 0, 0], |_| consume(tree(12))),
    workload("tree, grown", [17, 3552, 0, 0], |_| consume(tree(100))),
    workload("tree, grown backwards", [17, 3552, 0, 0], |_| {
        let mut tree = BTreeMap::new();
        (0..100_u64).rev().for_each(|n| consume(tree.insert(n, n)));
        consume(tree);
    }),
    workload("tree, overwritten", [3, 672, 0, 0], |_| {
        let mut tree = tree(12);
        (0..12).for_each(|n| consume(tree.insert(n, n + 1)));
        consume(tree);
    }),
    workload("tree, built in bulk", [11, 3616, 0, 0], |_| {
        consume((0..100_u64).map(|n| (n, n)).collect::<BTreeMap<_, _>>());
    }),
    workload("tree, cloned", [6, 1344, 0, 0], |_| consume(tree(12).clone())),
    workload("tree, emptied from the front", [3, 672, 1, 192], |_| {
        let mut tree = tree(12);
        (0..12).for_each(|_| consume(tree.pop_first()));
        leak(tree);
    }),
    workload("tree, cleared", [3, 672, 0, 0], |_| {
        let mut tree = tree(12);
        tree.clear();
        leak(tree);
    }),
    workload("tree, consumed mid-way", [3, 672, 0, 0], |_| consume(tree(12).into_iter().nth(6))),
    workload("tree, split", [20, 4320, 8, 1632], |_| {
        let mut tree = tree(100);
        leak(tree.split_off(&50));
        consume(tree);
    }),
    workload("set of letters", [3, 264, 0, 0], |words| {
        consume(words.iter().flat_map(|word| word.chars()).fold(BTreeSet::new(), |mut set, letter| {
            set.insert(letter);
            set
        }));
    }),
    workload("tree of vectors, by entry", [6, 752, 0, 0], |words| {
        let mut by_length = BTreeMap::<usize, Vec<&str>>::new();
        for word in words.iter() {
            by_length.entry(word.len()).or_default().push(word);
        }
        consume(by_length);
    }),
];

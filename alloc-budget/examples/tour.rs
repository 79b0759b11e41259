//! A tour of allocation budgets: one small program in three versions, what each of them costs, and
//! what it looks like when a budget is broken. Run it with `cargo run --example tour`.
//!
//! The program finds the words that a text uses most.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::panic::catch_unwind;

use alloc_budget::{Measurement, alloc_budget, measure};
use comfy_table::{CellAlignment, Table, presets};

const TEXT: &str = include_str!("data/alice.txt");
const TOP: usize = 8;

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

/// What comes to mind first, with a `String` for every word. `measure` sets no limit.
#[alloc_budget(measure)]
fn naive(text: &str) -> Vec<String> {
    let words: Vec<String> = words(text).map(str::to_owned).collect();
    let mut counts = HashMap::new();
    for word in &words {
        *counts.entry(word.clone()).or_insert(0) += 1;
    }
    let mut ranking: Vec<(String, usize)> = counts.into_iter().collect();
    ranking.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranking.iter().map(|(word, count)| format!("{word} {count}")).take(TOP).collect()
}

/// The words are slices of the text, and the map has room from the start. Two allocations are left:
/// the map's and the vector's.
#[alloc_budget(max = 2, max_reallocs = 0)]
fn better(text: &str) -> Vec<(&str, usize)> {
    let mut counts = HashMap::with_capacity(text.len() / 8);
    for word in words(text) {
        *counts.entry(word).or_insert(0) += 1;
    }
    let mut ranking: Vec<_> = counts.into_iter().collect();
    ranking.sort_unstable_by_key(|(word, count)| (Reverse(*count), *word));
    ranking.truncate(TOP);
    ranking
}

/// Keeps its memory from one text to the next.
#[derive(Default)]
struct Counter<'t> {
    counts: HashMap<&'t str, usize>,
    ranking: Vec<(&'t str, usize)>,
}

impl<'t> Counter<'t> {
    /// The first call may make room. No later one allocates.
    #[alloc_budget(max = 0, warmup = 1)]
    fn count(&mut self, text: &'t str) -> &[(&'t str, usize)] {
        for word in words(text) {
            *self.counts.entry(word).or_insert(0) += 1;
        }
        self.ranking.clear();
        self.ranking.extend(self.counts.drain());
        self.ranking.sort_unstable_by_key(|(word, count)| (Reverse(*count), *word));
        &self.ranking[..TOP]
    }
}

/// The number of different words, within one allocation. So it was, until 'The' and 'the' became
/// one word, and the text longer than the room that is made for it.
#[alloc_budget(max = 1)]
fn vocabulary(text: &str) -> usize {
    let mut seen = HashSet::with_capacity(256);
    for word in words(text) {
        seen.insert(word.to_lowercase());
    }
    seen.len()
}

fn main() {
    let mut counter = Counter::default();
    let (from_naive, naive) = measure(|| naive(TEXT));
    let (from_better, better) = measure(|| better(TEXT));
    let (_, first) = measure(|| counter.count(TEXT).len());
    let (from_steady, next) = measure(|| counter.count(TEXT));
    assert_eq!(from_naive, shown(&from_better));
    assert_eq!(from_better, from_steady);

    println!("What the adventures of Alice say most often: {}.\n", shown(from_steady).join(", "));

    let rows =
        [("naive", naive), ("better", better), ("steady, first call", first), ("steady, next call", next)];
    println!("What it costs to count them:\n{}\n", table(&rows));

    println!("And a budget that is broken:");
    if catch_unwind(|| vocabulary(TEXT)).is_ok() {
        println!("Not in this build: it takes a debug build, a test or the feature `enforce`.");
    }
}

fn shown(ranking: &[(&str, usize)]) -> Vec<String> {
    ranking.iter().map(|(word, count)| format!("{word} {count}")).collect()
}

fn table(rows: &[(&str, Measurement)]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_header(["", "allocations", "reallocations", "bytes", "peak bytes", "retained bytes"]);
    for (version, m) in rows {
        table.add_row([
            (*version).to_owned(),
            m.allocations.to_string(),
            m.reallocations.to_string(),
            m.bytes_allocated.to_string(),
            m.peak_bytes.to_string(),
            m.retained_bytes.to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

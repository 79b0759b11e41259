//! The workloads.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::Peer;

pub struct Workload {
    pub name: &'static str,
    /// In one run.
    pub operations: u64,
    pub needs_scope: bool,
    pub allocates_in_scope: bool,
    kind: Kind,
}

enum Kind {
    Boxes,
    Mixed,
    Push,
    Realloc,
    Zeroed,
    Strings,
    TwoThreads,
    EmptyScope,
    ScopedBox,
    NestedScopes,
}

const BOXES: u64 = 20_000;
const MIXED: u64 = 20_000;
const PUSHES: u64 = 1_000_000;
const DOUBLINGS: u64 = 9;
const STRINGS: u64 = 1_000;
const BOXES_PER_THREAD: u64 = 100_000;
const SCOPES: u64 = 20_000;
pub const DEPTH: u64 = 32;
const NESTS: u64 = 500;

const fn plain(name: &'static str, operations: u64, kind: Kind) -> Workload {
    Workload { name, operations, needs_scope: false, allocates_in_scope: false, kind }
}

const fn scoped(name: &'static str, operations: u64, allocates_in_scope: bool, kind: Kind) -> Workload {
    Workload { name, operations, needs_scope: true, allocates_in_scope, kind }
}

pub const ALL: [Workload; 10] = [
    plain("box churn", BOXES, Kind::Boxes),
    plain("mixed sizes", MIXED, Kind::Mixed),
    plain("Vec growth", PUSHES, Kind::Push),
    plain("big realloc", DOUBLINGS, Kind::Realloc),
    plain("zeroed 64 MiB", 1, Kind::Zeroed),
    plain("strings and a map", STRINGS, Kind::Strings),
    plain("two threads", BOXES_PER_THREAD, Kind::TwoThreads),
    scoped("empty scope", SCOPES, false, Kind::EmptyScope),
    scoped("scope and box", SCOPES, true, Kind::ScopedBox),
    scoped("32 nested scopes and box", NESTS, true, Kind::NestedScopes),
];

impl Workload {
    /// One run, which says how long it took.
    pub fn run<P: Peer>(&self) -> fn() -> Duration {
        match self.kind {
            Kind::Boxes => || P::around(|| timed(|| boxes(BOXES))),
            Kind::Mixed => || P::around(|| timed(mixed)),
            Kind::Push => || P::around(|| timed(push)),
            Kind::Realloc => || P::around(|| timed(realloc)),
            Kind::Zeroed => || P::around(|| timed(zeroed)),
            Kind::Strings => || P::around(|| timed(strings)),
            Kind::TwoThreads => two_threads::<P>,
            Kind::EmptyScope => || P::around(|| timed(empty_scopes::<P>)),
            Kind::ScopedBox => || P::around(|| timed(scoped_boxes::<P>)),
            Kind::NestedScopes => || P::around(|| timed(nests::<P>)),
        }
    }
}

fn timed(f: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    f();
    begin.elapsed()
}

fn boxes(number: u64) {
    for i in 0..number {
        drop(black_box(Box::new(black_box(i))));
    }
}

/// Sizes from 16 to 4096 bytes, with 64 blocks live at any time.
fn mixed() {
    let mut live: [Vec<u8>; 64] = std::array::from_fn(|_| Vec::new());
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..MIXED {
        // Xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let size = 16 + (state >> 32) as usize % 4081;
        live[state as usize % 64] = Vec::with_capacity(black_box(size));
    }
    black_box(&live);
}

fn push() {
    let mut numbers = Vec::new();
    for i in 0..PUSHES {
        numbers.push(black_box(i));
    }
    black_box(&numbers);
}

/// From 1 MiB to 512 MiB, doubled each time and untouched.
fn realloc() {
    let mut bytes: Vec<u8> = Vec::with_capacity(1 << 20);
    for doubling in 1..=DOUBLINGS {
        bytes.reserve_exact(1 << (20 + doubling));
        black_box(&bytes);
    }
}

fn zeroed() {
    black_box(&vec![0_u8; black_box(64 << 20)]);
}

fn strings() {
    let mut words: HashMap<String, usize> = HashMap::new();
    let mut text = String::new();
    for i in 0..STRINGS {
        text.clear();
        let _ = write!(text, "word {}", i % 500);
        *words.entry(text.clone()).or_default() += text.to_uppercase().len();
    }
    black_box(&words);
}

/// Both at once, and neither starts before the other is there.
fn two_threads<P: Peer>() -> Duration {
    let start = Barrier::new(2);
    let work = || {
        P::around(|| {
            boxes(100);
            start.wait();
            timed(|| boxes(BOXES_PER_THREAD))
        })
    };
    thread::scope(|scope| {
        let other = scope.spawn(work);
        let own = work();
        own.max(other.join().expect("boxes don't panic"))
    })
}

fn empty_scopes<P: Peer>() {
    for i in 0..SCOPES {
        black_box(P::scope(|| black_box(i)));
    }
}

fn scoped_boxes<P: Peer>() {
    for i in 0..SCOPES {
        P::scope(|| drop(black_box(Box::new(black_box(i)))));
    }
}

fn nests<P: Peer>() {
    for _ in 0..NESTS {
        nest::<P>(black_box(DEPTH));
    }
}

fn nest<P: Peer>(depth: u64) {
    if depth == 0 {
        drop(black_box(Box::new(black_box(depth))));
    } else {
        P::scope(|| nest::<P>(depth - 1));
    }
}

//! Instructions that counting adds to a program, by callgrind: unlike times, they do not depend on
//! the machine's mood.
//!
//! `cargo bench -p alloc-budget --features enforce --bench instructions` compares them with the
//! table beside this file, and with `-- --write` writes it anew. With `--profile dev` it is about
//! the table's other column.

use std::alloc::{GlobalAlloc, Layout, System, alloc, alloc_zeroed, dealloc, realloc};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::pin::pin;
use std::process::{Command, ExitCode};
use std::task::{Context, Poll, Waker};
use std::{env, fs};

use alloc_budget::{CountingAllocator, alloc_budget, measure};

#[allow(dead_code)] // The one with a box is timed in `paths.rs`.
mod reference;

/// With the same compiler: it would be one more instruction in every second operation.
const TOLERANCE: f64 = 0.5;
/// A part of a recorded call: how often it looks at the clock depends on the machine.
const OF_THE_CLOCK: f64 = 0.02;
/// Another compiler makes other code of the same source: only what has grown out of proportion is
/// seen.
const FACTOR_OF_OTHER_COMPILERS: f64 = 1.25;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.md");
/// What callgrind writes beside the sum, and nobody reads.
const PROFILE_OF_VALGRIND: &str =
    concat!("--callgrind-out-file=", env!("CARGO_TARGET_TMPDIR"), "/callgrind.out");
const PROFILES: [&str; 2] = ["release", "dev"];
const THIS_PROFILE: usize = if cfg!(debug_assertions) { 1 } else { 0 };

/// What is done so many times.
type Path = fn(u64);

/// Each path, and what it is without counting.
const PATHS: [(&str, Path, Path); 23] = [
    ("alloc and dealloc", counted::allocate, bare::allocate),
    ("alloc_zeroed and dealloc", counted::allocate_zeroed, bare::allocate_zeroed),
    ("two reallocs, to grow and to shrink", counted::reallocate, bare::reallocate),
    ("alloc and dealloc, over an allocator that may itself allocate", wrapping, bare::allocate),
    ("alloc and dealloc, inside a scope with all limits that have a counter", limited, bare::allocate),
    ("alloc and dealloc, inside 1,000 nested scopes", |n| deep(1000, n), bare::allocate),
    ("alloc and dealloc, with one more block live each time", counted::pile_up, bare::pile_up),
    ("alloc and dealloc, with a new peak of a scope each time", rising, bare::pile_up),
    (
        "alloc and dealloc, inside a scope with `max_block_bytes`, once the sum is above it",
        blocks,
        bare::allocate,
    ),
    (
        "alloc and dealloc, inside a scope with `max_surviving_bytes`, without call sites",
        surviving,
        bare::allocate,
    ),
    ("alloc and dealloc, while a scope of all threads is open", all_threads, bare::allocate),
    ("alloc and dealloc, while a scope of all threads limits its peak", peak_of_all_threads, bare::allocate),
    ("a scope with `max`", |n| (0..n).for_each(|i| max(black_box(i))), nothing),
    (
        "a scope with all limits that have a counter",
        |n| (0..n).for_each(|i| all_limits(black_box(i))),
        nothing,
    ),
    ("32 nested scopes with `max`", |n| (0..n).for_each(|_| nested(black_box(32))), nothing),
    (
        "reference: a scope with `max`, by the smallest guard",
        |n| (0..n).for_each(|i| reference::max(black_box(i))),
        nothing,
    ),
    (
        "reference: 32 nested scopes with `max`, by the smallest guard",
        |n| (0..n).for_each(|_| reference::nested(black_box(32))),
        nothing,
    ),
    ("a call of `measure`", measured, nothing),
    ("a poll of a budgeted future", polls, nothing),
    ("recorded: a scope with `max`", |n| (0..n).for_each(|i| max(black_box(i))), nothing),
    (
        "recorded: a scope with all limits that have a counter",
        |n| (0..n).for_each(|i| all_limits(black_box(i))),
        nothing,
    ),
    ("recorded: 32 nested scopes with `max`", |n| (0..n).for_each(|_| nested(black_box(32))), nothing),
    ("recorded: a scope with `measure`", |n| (0..n).for_each(|i| only_measured(black_box(i))), nothing),
];

/// Whether `ALLOC_BUDGET_RECORD` is set.
fn is_recorded(path: &str) -> bool {
    path.starts_with("recorded: ")
}

fn nothing(n: u64) {
    (0..n).for_each(|i| {
        black_box(i);
    });
}

const SMALL: Layout = Layout::new::<[u64; 4]>();
const LARGE: Layout = Layout::new::<[u64; 8]>();

/// Does it with the functions of an allocator.
macro_rules! events {
    ($module:ident: $alloc:path, $alloc_zeroed:path, $realloc:path, $dealloc:path) => {
        mod $module {
            use super::*;

            pub(super) fn allocate(n: u64) {
                for _ in 0..n {
                    // SAFETY: the layout has a size that is not zero, and it is that of the block.
                    unsafe { $dealloc(black_box($alloc(black_box(SMALL))), black_box(SMALL)) };
                }
            }

            pub(super) fn allocate_zeroed(n: u64) {
                for _ in 0..n {
                    // SAFETY: as above.
                    unsafe { $dealloc(black_box($alloc_zeroed(black_box(SMALL))), black_box(SMALL)) };
                }
            }

            pub(super) fn reallocate(n: u64) {
                // SAFETY: as above.
                unsafe {
                    let mut block = $alloc(SMALL);
                    for _ in 0..n {
                        block = $realloc(block, black_box(SMALL), black_box(LARGE.size()));
                        block = $realloc(block, black_box(LARGE), black_box(SMALL.size()));
                    }
                    $dealloc(block, SMALL);
                }
            }

            pub(super) fn pile_up(n: u64) {
                let mut blocks = [std::ptr::null_mut(); 2000];
                let blocks = &mut blocks[..usize::try_from(n).unwrap()];
                for block in &mut *blocks {
                    // SAFETY: as above.
                    *block = unsafe { $alloc(black_box(SMALL)) };
                }
                for block in blocks {
                    // SAFETY: as above.
                    unsafe { $dealloc(*block, black_box(SMALL)) };
                }
            }
        }
    };
}

events!(counted: alloc, alloc_zeroed, realloc, dealloc);
events!(bare: system::alloc, system::alloc_zeroed, system::realloc, system::dealloc);

/// What the global allocator's functions are where it is `System`.
mod system {
    use super::{GlobalAlloc, Layout, System};

    #[inline(never)]
    pub(super) unsafe fn alloc(layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    #[inline(never)]
    pub(super) unsafe fn alloc_zeroed(layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline(never)]
    pub(super) unsafe fn realloc(block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }

    #[inline(never)]
    pub(super) unsafe fn dealloc(block: *mut u8, layout: Layout) {
        // `System` has no use for it. Its caller is to hand it over all the same, as to the other
        // one. SAFETY: does nothing.
        unsafe {
            std::arch::asm!(
                "/* {} {} */",
                in(reg) layout.size(),
                in(reg) layout.align(),
                options(nomem, nostack, preserves_flags)
            );
        }
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

fn wrapping(n: u64) {
    /// Of which nothing is known but that it is some allocator.
    static ALLOCATOR: CountingAllocator<System> = CountingAllocator::new(System);

    #[inline(never)]
    unsafe fn alloc(layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        unsafe { ALLOCATOR.alloc(layout) }
    }

    #[inline(never)]
    unsafe fn dealloc(block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { ALLOCATOR.dealloc(block, layout) }
    }

    for _ in 0..n {
        // SAFETY: the layout has a size that is not zero, and it is that of the block.
        unsafe { dealloc(black_box(alloc(black_box(SMALL))), black_box(SMALL)) };
    }
}

const ENOUGH: u64 = 1 << 40;

#[alloc_budget(
    max = ENOUGH,
    max_bytes = ENOUGH,
    max_peak_bytes = ENOUGH,
    max_retained_bytes = ENOUGH,
    max_reallocs = ENOUGH,
    max_deallocs = ENOUGH
)]
fn limited(n: u64) {
    counted::allocate(n);
}

#[alloc_budget(max = ENOUGH, max_peak_bytes = ENOUGH)]
fn deep(depth: u64, n: u64) {
    if depth == 0 { counted::allocate(n) } else { deep(depth - 1, n) }
}

#[alloc_budget(max_peak_bytes = ENOUGH)]
fn rising(n: u64) {
    counted::pile_up(n);
}

#[alloc_budget(max_block_bytes = SMALL.size())]
fn blocks(n: u64) {
    counted::allocate(n);
}

#[alloc_budget(max_surviving_bytes = 0)]
fn surviving(n: u64) {
    counted::allocate(n);
}

#[alloc_budget(max = ENOUGH, threads = all)]
fn all_threads(n: u64) {
    counted::allocate(n);
}

#[alloc_budget(max_peak_bytes = ENOUGH, threads = all)]
fn peak_of_all_threads(n: u64) {
    counted::allocate(n);
}

#[inline(never)]
#[alloc_budget(max = 0)]
fn max(i: u64) {
    black_box(i);
}

#[inline(never)]
#[alloc_budget(
    max = 0,
    max_bytes = 0,
    max_peak_bytes = 0,
    max_retained_bytes = 0,
    max_reallocs = 0,
    max_deallocs = 0
)]
fn all_limits(i: u64) {
    black_box(i);
}

#[inline(never)]
#[alloc_budget(measure)]
fn only_measured(i: u64) {
    black_box(i);
}

#[alloc_budget(max = 0)]
fn nested(depth: u64) {
    if depth > 1 {
        nested(depth - 1);
    }
}

fn measured(n: u64) {
    for i in 0..n {
        black_box(measure(|| black_box(i)));
    }
}

fn polls(n: u64) {
    #[alloc_budget(max = 0)]
    async fn turns(mut n: u64) {
        std::future::poll_fn(|_| {
            n -= 1;
            if n == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
    let mut future = pin!(turns(n));
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [mode, index, n] = &*arguments
        && let Some(path) = ["counted", "bare"].iter().position(|known| known == mode)
    {
        let (_, counted, bare) = PATHS[index.parse::<usize>().unwrap()];
        [counted, bare][path](n.parse().unwrap());
        return ExitCode::SUCCESS;
    }
    let found: Vec<f64> =
        (0..PATHS.len()).map(|i| instructions("counted", i) - instructions("bare", i)).collect();
    let mut table = Table::read();
    if arguments.iter().any(|argument| argument == "--write") {
        table.write(&found);
        return ExitCode::SUCCESS;
    }
    table.compare(&found)
}

/// Instructions of one operation.
fn instructions(mode: &str, index: usize) -> f64 {
    const FEW: u64 = 1000;
    let run = |n: u64| {
        let mut command = Command::new("valgrind");
        if is_recorded(PATHS[index].0) {
            command.env("ALLOC_BUDGET_RECORD", env!("CARGO_TARGET_TMPDIR"));
        }
        let output = command
            .args(["--tool=callgrind", PROFILE_OF_VALGRIND])
            .arg(env::current_exe().unwrap())
            .args([mode, &index.to_string(), &n.to_string()])
            .env("ALLOC_BUDGET_TRACE", "off")
            .output()
            .expect("valgrind can be run");
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{log}");
        let collected =
            log.lines().find_map(|line| line.split_once("Collected : ")).expect("callgrind's sum");
        collected.1.trim().parse::<u64>().unwrap()
    };
    // What is done once goes out.
    #[expect(clippy::cast_precision_loss, reason = "a few million")]
    let difference = (run(2 * FEW) - run(FEW)) as f64;
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let number = FEW as f64;
    difference / number
}

/// The committed table: for each path its instructions in each profile.
struct Table {
    compiler: String,
    rows: BTreeMap<String, [f64; 2]>,
}

impl Table {
    fn read() -> Self {
        let text = fs::read_to_string(TABLE).unwrap_or_default();
        let rows = text.lines().filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [path, release, dev] = *cells else { return None };
            Some((path.to_owned(), [release.parse().ok()?, dev.parse().ok()?]))
        });
        let compiler = text.lines().find_map(|line| line.strip_prefix("Compiler: "));
        Self { compiler: compiler.unwrap_or_default().to_owned(), rows: rows.collect() }
    }

    fn write(&mut self, found: &[f64]) {
        for ((path, ..), found) in PATHS.iter().zip(found) {
            self.rows.entry((*path).to_owned()).or_default()[THIS_PROFILE] = *found;
        }
        let mut text = format!(
            "Instructions that counting adds to one run of each path, on x86-64 Linux. The benchmark\n\
             `benches/instructions.rs` counts them with callgrind, and fails where it finds more than here.\n\n\
             Compiler: {}\n\n| path | release | dev |\n| --- | ---: | ---: |\n",
            compiler()
        );
        for (path, ..) in &PATHS {
            let [release, dev] = self.rows[*path];
            let _ = writeln!(text, "| {path} | {release:.1} | {dev:.1} |");
        }
        fs::write(TABLE, text).unwrap();
    }

    fn compare(&self, found: &[f64]) -> ExitCode {
        let is_same_compiler = self.compiler == compiler();
        let mut has_grown = false;
        let profile = PROFILES[THIS_PROFILE];
        for ((path, ..), found) in PATHS.iter().zip(found) {
            let known = self.rows[*path][THIS_PROFILE];
            let tolerance = if is_recorded(path) { known * OF_THE_CLOCK } else { TOLERANCE };
            let allowed =
                if is_same_compiler { known } else { known * FACTOR_OF_OTHER_COMPILERS } + tolerance;
            let verdict = match *found {
                found if found > allowed => "  TOO MANY",
                found if is_same_compiler && found < known - tolerance => "  fewer: write the table anew",
                _ => "",
            };
            has_grown |= *found > allowed;
            println!("{found:8.1} of {known:8.1}  {profile}  {path}{verdict}");
        }
        if has_grown { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output().expect("rustc can be run");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

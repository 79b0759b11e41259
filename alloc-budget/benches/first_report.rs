//! What the first report of a process takes, beside reading the debug information of all that is on
//! the stack: `cargo bench -p alloc-budget --features enforce --bench first_report --profile dev`.
//!
//! Debug information is read once a process, so each figure is the best of some processes.

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use alloc_budget::Budget;

const PROCESSES: usize = 10;
const CASES: [(&str, &str); 3] = [
    ("report", "the report of an overage"),
    ("everything", "all of the stack, by the crate `backtrace`"),
    ("std", "all of the stack, by std, which is optimised"),
];

fn main() {
    let case = std::env::args().nth(1).unwrap_or_default();
    if CASES.iter().any(|(known, _)| *known == case) {
        make_large();
        println!("{}", outer(&case).as_micros());
        return;
    }
    let program = std::env::current_exe().expect("a path");
    let size = program.metadata().expect("a file").len();
    println!("a program of {} MB", size / 1_000_000);
    let mut first = None;
    for (case, what) in CASES {
        let best = (0..PROCESSES).map(|_| {
            let output = Command::new(&program).arg(case).output().expect("runs");
            String::from_utf8(output.stdout).expect("text").trim().parse::<f64>().expect("a number")
        });
        let best = best.fold(f64::INFINITY, f64::min);
        println!("{:8.1} ms  {:4.2}  {what}", best / 1000.0, best / *first.get_or_insert(best));
    }
}

/// Links what a program of some size has.
fn make_large() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async { tokio::spawn(async {}).await }).expect("no panic");
    let functions: [fn(); 2] = [
        || drop(criterion::Criterion::default().configure_from_args()),
        || println!("{}", comfy_table::Table::new().add_row([1])),
    ];
    black_box(functions);
}

#[inline(never)]
fn outer(case: &str) -> Duration {
    black_box(middle(case))
}

#[inline(never)]
fn middle(case: &str) -> Duration {
    let before = Instant::now();
    match case {
        "report" => {
            let overage = Budget::new().max(0).check(|| inner(7)).expect_err("an allocation");
            let report = overage.to_string();
            assert!(report.contains("benches/first_report.rs"), "{report}");
        }
        "everything" => drop(black_box(format!("{:?}", backtrace::Backtrace::new()))),
        _ => drop(black_box(std::backtrace::Backtrace::force_capture().to_string())),
    }
    before.elapsed()
}

#[inline(never)]
fn inner(n: u32) -> String {
    format!("{n}")
}

//! Runs everything and writes `BENCHMARKS.md`: `cargo run --release --manifest-path
//! benches/peers/Cargo.toml`.
//!
//! A number as an argument is that of the rounds. All programs run one after another in each round,
//! so that what happens on the machine meanwhile hits all of them; of each figure the lowest
//! counts.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use comfy_table::{CellAlignment, Table, presets};
use peers::workloads::{ALL, DEPTH, Workload};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

const MANIFEST_DIR: &str = env!("CARGO_MANIFEST_DIR");
const ROUNDS: usize = 12;

/// The programs, and what they are called in the tables.
const PEERS: [(&str, &str); 17] = [
    ("system", "`System` alone"),
    ("alloc_budget_idle", "**alloc-budget**"),
    ("alloc_budget_limited", "**alloc-budget**, inside a scope with all limits"),
    ("alloc_budget_deep", "**alloc-budget**, inside 1,000 nested scopes"),
    ("minimal", "reference: counts 3 quantities"),
    ("minimal_of_six", "reference: counts all 6 quantities"),
    ("stats_alloc", "stats_alloc"),
    ("allocation_counter", "allocation-counter"),
    ("alloc_counter", "alloc_counter"),
    ("assert_no_alloc", "assert_no_alloc"),
    ("divan", "divan"),
    ("alloc_tracker", "alloc_tracker"),
    ("dhat", "dhat, in its testing mode"),
    ("hotpath", "hotpath"),
    ("tracking_allocator", "tracking-allocator"),
    ("cap", "cap"),
    ("peak_alloc", "peak_alloc"),
];
const SYSTEM: &str = PEERS[0].0;

fn main() -> Result<()> {
    let rounds = env::args().nth(1).map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    for arguments in [["build", "--bins", "--release"].as_slice(), &["build", "--bins"]] {
        run(Command::new(env!("CARGO")).args(arguments).current_dir(MANIFEST_DIR))?;
    }
    let mut figures = Figures::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for profile in ["release", "debug"] {
            for (program, _) in PEERS {
                figures.take(profile, program, &ALL.map(|workload| workload.name))?;
            }
            figures.take(profile, "overage", &[])?;
        }
    }
    Ok(fs::write(Path::new(MANIFEST_DIR).join("../../BENCHMARKS.md"), page(rounds, &figures)?)?)
}

const WORKLOADS: &str = "\
## Workloads

Each workload is the same code in every program. Only the global allocator differs.

| workload | one operation |
| --- | --- |
| box churn | allocate and free a box of 8 bytes |
| mixed sizes | allocate a block of 16 to 4,096 bytes in place of one of 64 live ones |
| Vec growth | push one of 1,000,000 numbers to a vector that starts empty |
| big realloc | double a block; from 1 MiB to 512 MiB in nine steps |
| zeroed 64 MiB | allocate and free 64 MiB of zeros |
| strings and a map | format a word, count it in a map, and make an upper-case copy |
| two threads | box churn on two threads at the same time |

The two reference programs are hand-written counters, each as small as it can be. One counts
allocations, bytes and live bytes, and has one limit. The other counts all six quantities of
alloc-budget, and compares each with a limit. Neither can say what allocated.
";

const MULTIPLES: &str = "\
The first row is the time of one operation under `System`, Rust's default allocator. All other
rows are multiples of it: 1.20 means that the operation takes 20 % longer.
";

const COSTS: &str = "\
Cost of one scope, after subtracting its content under `System`:
";

const COSTS_NOTE: &str = "\
The two relative columns compare the whole of scope and box with a box alone: first with a box under
`System`, then with a box under the row's own crate. The last column is for one of 32 scopes, each
inside the one before, with a box in the innermost. Programs without scopes are left out. A dash
stands where an allocation in the scope would end the program.
";

const OVERAGE: &str = "\
The cost of capturing the stack of one allocation past the limit, and of a report.
";

/// Runs a command to its good end. Returns what it wrote.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The lowest times, in nanoseconds, by profile, program and what was measured.
#[derive(Default)]
struct Figures(HashMap<(&'static str, &'static str, String), f64>);

impl Figures {
    fn take(&mut self, profile: &'static str, program: &'static str, arguments: &[&str]) -> Result<()> {
        let path: PathBuf = [MANIFEST_DIR, "target", profile, program].iter().collect();
        for line in run(Command::new(path).args(arguments))?.lines() {
            // Some programs have more to say.
            let Some((what, Ok(ns))) = line.split_once('\t').map(|(what, ns)| (what, ns.parse())) else {
                continue;
            };
            let lowest = self.0.entry((profile, program, what.to_owned())).or_insert(f64::INFINITY);
            *lowest = lowest.min(ns);
        }
        Ok(())
    }

    fn get(&self, profile: &'static str, program: &'static str, what: &str) -> Option<f64> {
        self.0.get(&(profile, program, what.to_owned())).copied()
    }
}

fn page(rounds: usize, figures: &Figures) -> Result<String> {
    let mut page = format!(
        "# Benchmarks\n\n\
         This page is written by `cargo run --release --manifest-path benches/peers/Cargo.toml`.\n\n\
         - Date: {}\n\
         - Compiler: {}\n\
         - Machine: {} ({})\n\
         - Method: all programs run one after another, in {rounds} rounds; each figure is the lowest of the rounds\n\n\
         {WORKLOADS}",
        run(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim(),
        run(Command::new("rustc").arg("--version"))?.trim(),
        cpu(),
        env::consts::ARCH,
    );
    for (profile, title) in [("release", "Release"), ("debug", "Dev profile, default settings")] {
        let (scopes, plain): (Vec<_>, Vec<_>) = ALL.iter().partition(|workload| workload.needs_scope);
        let (multiples, costs) =
            (multiples(figures, profile, &plain), scopes_table(figures, profile, &scopes));
        write!(page, "\n## {title}\n\n{MULTIPLES}\n{multiples}\n\n{COSTS}\n{costs}\n\n{COSTS_NOTE}")?;
    }
    writeln!(page, "\n## An overage\n\n{OVERAGE}\n{}", overage_table(figures))?;
    page += "\n## Compile time\n\nWhat the attribute costs the compiler has a bench and a table of its own:\n\
             [benches/compile/table.md](benches/compile/table.md).\n";
    Ok(page)
}

fn cpu() -> String {
    let known = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = known.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| "an unknown processor".to_owned(), |(_, name)| name.to_owned())
}

/// A table in Markdown, numbers to the right.
pub fn table<'a>(header: impl IntoIterator<Item = &'a str>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn multiples(figures: &Figures, profile: &'static str, workloads: &[&Workload]) -> Table {
    let mut table = table([""].into_iter().chain(workloads.iter().map(|workload| workload.name)));
    for (program, name) in PEERS {
        let mut row = vec![name.to_owned()];
        for workload in workloads {
            let own = figures.get(profile, program, workload.name);
            let system = figures.get(profile, SYSTEM, workload.name);
            row.push(match (own, system) {
                (Some(ns), _) if program == SYSTEM => time(ns),
                (Some(ns), Some(system)) => multiple(ns / system),
                _ => "–".to_owned(),
            });
        }
        table.add_row(row);
    }
    table
}

fn scopes_table(figures: &Figures, profile: &'static str, workloads: &[&Workload]) -> Table {
    let [empty, one_box, nest] = workloads else { unreachable!("there are three workloads with scopes") };
    let mut table = table([
        "",
        "empty scope",
        "scope + box",
        "scope + box, relative to a box under `System`",
        "scope + box, relative to a box under the same crate",
        "each of 32 nested scopes",
    ]);
    for (program, name) in PEERS {
        let get = |program, workload: &Workload| figures.get(profile, program, workload.name);
        let above = |workload, number| {
            let (own, system) = (get(program, workload)?, get(SYSTEM, workload)?);
            Some(time((own - system).max(0.0) / number))
        };
        if program == SYSTEM || get(program, empty).is_none() {
            continue;
        }
        let of_box = |of| Some(multiple(get(program, one_box)? / get(of, &ALL[0])?));
        #[expect(clippy::cast_precision_loss, reason = "it is 32")]
        let cells = [
            above(empty, 1.0),
            above(one_box, 1.0),
            of_box(SYSTEM),
            of_box(program),
            above(nest, DEPTH as f64),
        ];
        let cells = cells.into_iter().map(|cell| cell.unwrap_or_else(|| "–".to_owned()));
        table.add_row([name.to_owned()].into_iter().chain(cells));
    }
    table
}

fn overage_table(figures: &Figures) -> Table {
    let mut table = table(["", "release", "dev profile"]);
    for (what, name) in [
        ("captured stack", "capturing a stack, 30 calls deep"),
        ("bare walk", "of this, the unwinder's walk"),
        ("first report", "the first report of a process, which reads the symbols"),
        ("next report", "a further report"),
    ] {
        let of = |profile| figures.get(profile, "overage", what).map_or_else(String::new, time);
        table.add_row([name.to_owned(), of("release"), of("debug")]);
    }
    table
}

fn multiple(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") }
}

fn time(ns: f64) -> String {
    match ns {
        ..1e3 => format!("{ns:.1} ns"),
        ..1e6 => format!("{:.1} µs", ns / 1e3),
        _ => format!("{:.1} ms", ns / 1e6),
    }
}

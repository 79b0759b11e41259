//! Runs everything and writes `BENCHMARKS.md`: `cargo run --release --manifest-path benches/peers/Cargo.toml`.
//!
//! A number as an argument is that of the rounds. All programs run one after another in each round, so that what
//! happens on the machine meanwhile hits all of them; of each figure the lowest counts.

mod compile_time;

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
    ("alloc_budget_limited", "**alloc-budget**, in a scope with all limits"),
    ("alloc_budget_deep", "**alloc-budget**, in 1,000 scopes"),
    ("minimal", "(a minimal counter)"),
    ("minimal_of_six", "(the same of all six measures)"),
    ("stats_alloc", "stats_alloc"),
    ("allocation_counter", "allocation-counter"),
    ("alloc_counter", "alloc_counter"),
    ("assert_no_alloc", "assert_no_alloc"),
    ("divan", "divan"),
    ("alloc_tracker", "alloc_tracker"),
    ("dhat", "dhat, testing"),
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
    let write = |chapter: &str| -> Result<()> {
        Ok(fs::write(Path::new(MANIFEST_DIR).join("../../BENCHMARKS.md"), page(rounds, &figures, chapter)?)?)
    };
    // What is known, before what takes longest.
    write("")?;
    write(&compile_time::measure(rounds)?)
}

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

fn page(rounds: usize, figures: &Figures, compile_time: &str) -> Result<String> {
    let mut page = format!(
        "# Benchmarks\n\n\
         Written by `cargo run --release --manifest-path benches/peers/Cargo.toml` on {}, with {}, on {} ({}). The lowest \
         of {rounds} rounds, in each of which all programs ran one after another.\n",
        run(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim(),
        run(Command::new("rustc").arg("--version"))?.trim(),
        cpu(),
        env::consts::ARCH,
    );
    for (profile, title) in [("release", "Release"), ("debug", "Dev profile, default settings")] {
        write!(page, "\n## {title}\n\n")?;
        page += "Times as multiples of `System` alone, whose times are in the first row.\n\n";
        let (scopes, plain): (Vec<_>, Vec<_>) = ALL.iter().partition(|workload| workload.needs_scope);
        writeln!(page, "{}\n", multiples(figures, profile, &plain))?;
        page += "What a scope takes, above what its content takes with `System` alone.\n\n";
        writeln!(page, "{}", scopes_table(figures, profile, &scopes))?;
    }
    page += "\n## A passed limit\n\n";
    writeln!(page, "{}", overage_table(figures))?;
    page += compile_time;
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
        "scope and box",
        "as a multiple of the box with `System`",
        "of the box with the same allocator",
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
        ("captured stack", "a captured stack, 30 calls deep"),
        ("bare walk", "of it the unwinder's walk alone"),
        ("first report", "the first report of a process, symbols read"),
        ("next report", "the next report"),
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

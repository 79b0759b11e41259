//! Where the compiler spends its time, in its own words: `-Zself-profile` of a nightly compiler,
//! read by the program `summarize` of <https://github.com/rust-lang/measureme>.

use std::fs;
use std::process::Command;

use crate::sources::source;
use crate::{COMMANDS, CRATES, Result, cargo, directory, run};

/// The compiler's activities, by how their names begin. The first that fits counts.
const PHASES: [(&str, &[&str]); 7] = [
    ("attributes", &["expand_proc_macro"]),
    ("other expansion, names", &["expand_", "resolve_", "late_resolve", "parse_", "early_lint", "finalize_"]),
    ("types", &["typeck", "check_well_formed", "evaluate_obligation", "type_op", "check_mod_type"]),
    ("borrows", &["mir_borrowck", "borrowck", "nested_bodies"]),
    ("MIR", &["mir_", "thir_", "check_match", "check_unsafety", "check_liveness", "optimized_mir"]),
    (
        "code",
        &["codegen", "items_of", "symbol_name", "compute_debuginfo", "layout_of", "fn_abi", "mono", "cgu"],
    ),
    ("LLVM", &["LLVM"]),
];

/// Prints milliseconds of each phase for each crate.
pub fn print() -> Result<()> {
    for command in COMMANDS {
        println!("\n`cargo {command}`, milliseconds\n");
        let titles: Vec<&str> = PHASES.iter().map(|(title, _)| *title).collect();
        println!(
            "| | {} | everything else |\n| --- |{}",
            titles.join(" | "),
            " ---: |".repeat(PHASES.len() + 1)
        );
        for own in &CRATES {
            let times = profile(command, own)?;
            let cells: Vec<String> = times.iter().map(|ms| format!("{ms:.0}")).collect();
            println!("| {} | {} |", own.title, cells.join(" | "));
        }
    }
    Ok(())
}

fn profile(command: &str, own: &crate::Crate) -> Result<[f64; PHASES.len() + 1]> {
    let directory = directory(own);
    let profile = directory.join("target/self-profile");
    let arguments = ["+nightly", "rustc", "--profile", if command == "check" { "check" } else { "dev" }];
    let flag = format!("-Zself-profile={}", profile.display());
    // The first time for what it depends on.
    for version in 0..2 {
        let _ = fs::remove_dir_all(&profile);
        fs::write(directory.join("src/lib.rs"), source(&own.marked, version))?;
        run(cargo(&directory, &arguments).args(["--", &flag]))?;
    }
    let file = fs::read_dir(&profile)?.next().ok_or("no profile was written")??.path();
    let summary = run(Command::new("summarize").arg("summarize").arg(file.with_extension("")))?;
    let mut times = [0.0; PHASES.len() + 1];
    for line in summary.lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let (Some(name), Some(time)) = (cells.next(), cells.next()) else { continue };
        let Some(ms) = milliseconds(time) else { continue };
        let is_of = |names: &[&str]| names.iter().any(|begin| name.starts_with(begin));
        times[PHASES.iter().position(|(_, names)| is_of(names)).unwrap_or(PHASES.len())] += ms;
    }
    Ok(times)
}

fn milliseconds(time: &str) -> Option<f64> {
    [("ms", 1.0), ("µs", 1e-3), ("ns", 1e-6), ("s", 1e3)]
        .iter()
        .find_map(|(unit, factor)| Some(time.strip_suffix(unit)?.parse::<f64>().ok()? * factor))
}

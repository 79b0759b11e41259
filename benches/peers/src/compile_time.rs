//! What the attribute costs the compiler.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::{Result, run, table};

const FUNCTIONS: usize = 2_000;

struct Crate {
    name: &'static str,
    title: &'static str,
    dependency: &'static str,
    attribute: &'static str,
}

const CRATES: [Crate; 4] = [
    Crate { name: "plain", title: "no attribute", dependency: "", attribute: "" },
    Crate {
        name: "budgets",
        title: "`#[alloc_budget(max = 0)]`",
        dependency: "alloc-budget = { path = \"ALLOC_BUDGET\" }",
        attribute: "#[alloc_budget::alloc_budget(max = 0)]",
    },
    Crate {
        name: "installed",
        title: "`#[alloc_budget(max = 0)]`, with the feature `install`",
        dependency: "alloc-budget = { path = \"ALLOC_BUDGET\", features = [\"install\"] }",
        attribute: "#[alloc_budget::alloc_budget(max = 0)]",
    },
    Crate {
        name: "spans",
        title: "`#[tracing::instrument(skip_all)]`",
        dependency: "tracing = \"0.1\"",
        attribute: "#[tracing::instrument(skip_all)]",
    },
];

/// Returns the chapter of the page.
pub fn measure(rounds: usize) -> Result<String> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "target", "compile-time"].iter().collect();
    let mut clean = [Duration::MAX; CRATES.len()];
    for (own, clean) in CRATES.iter().zip(&mut clean) {
        generate(&root.join(own.name), own)?;
        // The dependency tree alone: the crate itself is empty.
        let empty = root.join(format!("{}-dependencies", own.name));
        write(&empty, own, "")?;
        for _ in 0..2 {
            run(&mut cargo(&empty, "clean"))?;
            *clean = (*clean).min(timed(|| run(&mut cargo(&empty, "build")))?);
        }
        // Not part of what is measured below.
        run(&mut cargo(&root.join(own.name), "check"))?;
        run(&mut cargo(&root.join(own.name), "build"))?;
    }
    let mut lowest = [[Duration::MAX; CRATES.len()]; 2];
    for round in 1..=rounds {
        eprintln!("compile time, round {round} of {rounds}");
        for (lowest, command) in lowest.iter_mut().zip(["check", "build"]) {
            for (own, lowest) in CRATES.iter().zip(lowest) {
                let directory = root.join(own.name);
                // As after a change.
                fs::write(directory.join("src/lib.rs"), source(own.attribute, round))?;
                *lowest = (*lowest).min(timed(|| run(&mut cargo(&directory, command)))?);
            }
        }
    }
    let [check, build] = lowest;
    let mut rows =
        table(["", "`cargo check`", "relative", "`cargo build`", "relative", "dependencies, clean build"]);
    for (at, own) in CRATES.iter().enumerate() {
        let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
        let ratio = |times: &[Duration]| format!("{:.2}", times[at].as_secs_f64() / times[0].as_secs_f64());
        rows.add_row([
            own.title.to_owned(),
            seconds(check[at]),
            ratio(&check),
            seconds(build[at]),
            ratio(&build),
            if own.dependency.is_empty() { "–".to_owned() } else { seconds(clean[at]) },
        ]);
    }
    let mut chapter = format!(
        "\n## Compile time\n\n\
         A crate of {FUNCTIONS} functions is compiled after a change to its source, in the dev profile without\n\
         incremental compilation. The relative columns compare with the crate that has no attribute. The last\n\
         column is a clean build of what the crate depends on, without the crate. Each figure is the lowest\n\
         of {rounds} rounds, that of the last column the lowest of two builds.\n\n"
    );
    writeln!(chapter, "{rows}")?;
    Ok(chapter)
}

fn generate(directory: &Path, own: &Crate) -> Result<()> {
    write(directory, own, &source(own.attribute, 0))
}

fn write(directory: &Path, own: &Crate, source: &str) -> Result<()> {
    let alloc_budget = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../alloc-budget").canonicalize()?;
    let dependency = own.dependency.replace("ALLOC_BUDGET", &alloc_budget.display().to_string());
    fs::create_dir_all(directory.join("src"))?;
    fs::write(
        directory.join("Cargo.toml"),
        format!(
            "[package]\nname = \"{}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependency}\n\n\
             [profile.dev]\nincremental = false\n",
            own.name
        ),
    )?;
    fs::write(directory.join("src/lib.rs"), source)?;
    Ok(())
}

/// Functions as a program has them: arguments, a loop, an early return.
fn source(attribute: &str, version: usize) -> String {
    let mut source = String::new();
    for i in 0..FUNCTIONS {
        let byte = i % 256;
        let _ = write!(
            source,
            "{attribute}
pub fn function_{i}(start: u32, bytes: &[u8]) -> Option<u32> {{
    let mut sum = start;
    for (at, byte) in bytes.iter().enumerate() {{
        if *byte == {byte} {{
            return u32::try_from(at).ok();
        }}
        sum = sum.wrapping_mul(31).wrapping_add(u32::from(*byte));
    }}
    let factor = if sum % 2 == 0 {{ 3 }} else {{ {version} + {i} }};
    sum.checked_mul(factor)
}}
"
        );
    }
    source
}

fn cargo(directory: &Path, command: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([command, "--quiet"]).current_dir(directory).env_remove("CARGO_TARGET_DIR");
    cargo
}

fn timed<T>(f: impl FnOnce() -> Result<T>) -> Result<Duration> {
    let begin = Instant::now();
    f()?;
    Ok(begin.elapsed())
}

//! What the attribute costs the compiler: `cargo run --release --manifest-path
//! benches/compile/Cargo.toml` writes `benches/compile/table.md`.
//!
//! The same crate is compiled without an attribute, with ours, with `tracing::instrument`, and with
//! what no attribute gets below: one that returns the function as it is, a guard that somebody has
//! written by hand, and our own statements, written by hand. All of them one after another in each
//! round, and what counts is processor time, so that other programs of the machine disturb little;
//! of each figure the median.
//!
//! A number as an argument is that of the rounds. `phases` prints where the compiler spends the
//! time, from a nightly one's `-Zself-profile` and the program `summarize` of measureme.

mod phases;
mod sources;

use std::error::Error;
use std::fmt::Write as _;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use sources::{FUNCTIONS, Marked, source};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const HERE: &str = env!("CARGO_MANIFEST_DIR");
const ROUNDS: usize = 7;
const COMMANDS: [&str; 2] = ["check", "build"];

struct Crate {
    name: &'static str,
    title: &'static str,
    dependency: &'static str,
    marked: Marked,
}

/// As it is expanded, with the same names.
const STATEMENT: &str = "let __alloc_budget_guard = ::alloc_budget::__macro_support::Enter::max({
        fn __alloc_budget_site(
            __alloc_budget_call: ::alloc_budget::__macro_support::Call,
        ) -> ::alloc_budget::__macro_support::Site {
            enum Inside {}
            __alloc_budget_call.answer(
                ::core::any::type_name::<Inside>,
                ::core::module_path!(),
                \"statements\",
                true,
                ::core::cfg!(test),
                true,
            )
        }
        __alloc_budget_site
    }, 3);";

const CRATES: [Crate; 6] = [
    Crate {
        name: "plain",
        title: "no attribute",
        dependency: "",
        marked: Marked { attribute: "", statement: "" },
    },
    Crate {
        name: "unchanged",
        title: "floor: an attribute that returns the function unchanged",
        dependency: "unchanged = { path = \"../../../floor/unchanged\" }",
        marked: Marked { attribute: "#[unchanged::unchanged]", statement: "" },
    },
    Crate {
        name: "by_hand",
        title: "floor: a guard written by hand, one number big",
        dependency: "guard = { path = \"../../../floor/guard\" }",
        marked: Marked { attribute: "", statement: "let _guard = guard::Guard::enter(0);" },
    },
    Crate {
        name: "statements",
        title: "floor: what the attribute makes of `max = 3`, written by hand",
        dependency: "alloc-budget = { path = \"../../../../../alloc-budget\" }",
        marked: Marked { attribute: "", statement: STATEMENT },
    },
    Crate {
        name: "budgets",
        title: "`#[alloc_budget(…)]`",
        dependency: "alloc-budget = { path = \"../../../../../alloc-budget\" }",
        marked: Marked { attribute: "#[alloc_budget::alloc_budget(LIMIT)]", statement: "" },
    },
    Crate {
        name: "spans",
        title: "`#[tracing::instrument(skip_all)]`",
        dependency: "tracing = \"0.1\"",
        marked: Marked { attribute: "#[tracing::instrument(skip_all)]", statement: "" },
    },
];

fn main() -> Result<()> {
    for own in &CRATES {
        generate(own)?;
    }
    match env::args().nth(1).as_deref() {
        Some("phases") => phases::print(),
        rounds => measure(rounds.map_or(Ok(ROUNDS), str::parse)?),
    }
}

/// Compiles all crates in each round, and writes the table.
fn measure(rounds: usize) -> Result<()> {
    for own in &CRATES {
        // Dependencies are not part of what is measured.
        for command in COMMANDS {
            run(&mut cargo(&directory(own), &[command]))?;
        }
    }
    let mut times: [[Vec<Duration>; CRATES.len()]; COMMANDS.len()] = Default::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (times, command) in times.iter_mut().zip(COMMANDS) {
            for (own, times) in CRATES.iter().zip(times) {
                fs::write(directory(own).join("src/lib.rs"), source(&own.marked, round))?;
                let before = spent()?;
                run(&mut cargo(&directory(own), &[command]))?;
                times.push(spent()? - before);
            }
        }
    }
    let [check, build] = times.map(|times| times.map(median));
    let mut page = format!(
        "What the attribute costs the compiler, written by `cargo run --release --manifest-path\n\
         benches/compile/Cargo.toml`: a crate of {FUNCTIONS} functions is compiled after a change to its source, in\n\
         the dev profile without incremental compilation. Seconds are user time of cargo and rustc, the\n\
         median of {rounds} rounds.\n\n\
         Compiler: {}\n\n\
         | | `cargo check` | relative | `cargo build` | relative |\n| --- | ---: | ---: | ---: | ---: |\n",
        run(Command::new("rustc").arg("--version"))?.trim()
    );
    for (at, own) in CRATES.iter().enumerate() {
        let cells = |times: &[Duration]| {
            let own = times[at].as_secs_f64();
            format!("{own:.2} s | {:.2}", own / times[0].as_secs_f64())
        };
        writeln!(page, "| {} | {} | {} |", own.title, cells(&check), cells(&build))?;
    }
    print!("{page}");
    Ok(fs::write(Path::new(HERE).join("table.md"), page)?)
}

fn directory(own: &Crate) -> PathBuf {
    [HERE, "target", "crates", own.name].iter().collect()
}

fn generate(own: &Crate) -> Result<()> {
    let directory = directory(own);
    fs::create_dir_all(directory.join("src"))?;
    fs::write(
        directory.join("Cargo.toml"),
        format!(
            "[package]\nname = \"compiled\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{}\n\n\
             [profile.dev]\nincremental = false\n",
            own.dependency
        ),
    )?;
    Ok(fs::write(directory.join("src/lib.rs"), source(&own.marked, 0))?)
}

fn cargo(directory: &Path, arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).arg("--quiet").current_dir(directory).env_remove("CARGO_TARGET_DIR");
    cargo
}

/// Runs a command to its good end. Returns what it wrote.
fn run(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The user time of all programs that were run.
fn spent() -> Result<Duration> {
    let mut usage = MaybeUninit::uninit();
    // SAFETY: it writes to the place that it is given, which is large enough.
    let usage = unsafe {
        if libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()) != 0 {
            return Err("getrusage failed".into());
        }
        usage.assume_init()
    };
    let libc::timeval { tv_sec, tv_usec } = usage.ru_utime;
    Ok(Duration::from_secs(tv_sec.try_into()?) + Duration::from_micros(tv_usec.try_into()?))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

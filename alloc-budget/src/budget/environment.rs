//! What the environment asks for, read once.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use crate::record::{self, Asked};
use crate::scope::mode::State;

/// What to do when a limit was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnOverage {
    /// Panic with the report.
    #[default]
    Panic,
    /// Write the report to standard error, past the test harness, and go on. Only the first overage
    /// of a function in a process is reported; the 10th, 100th, 1000th and so on are one line each,
    /// and all others cost neither a report nor a line.
    Warn,
    /// Go on, and say at the end of the process how often the budget was exceeded. For threads that
    /// must not wait: nothing is written before, and no report is made.
    Count,
    /// Write the report to standard error and abort the process.
    Abort,
}

impl OnOverage {
    /// The word for it in the attribute and in the environment.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Warn => "warn",
            Self::Count => "count",
            Self::Abort => "abort",
        }
    }
}

const FULL: State = if cfg!(feature = "backtrace") { State::TraceAll } else { State::CountOnly };

struct Environment {
    wanted: Option<Wanted>,
    tracing: Option<State>,
}

/// What `ALLOC_BUDGET` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Action(OnOverage),
    Strict,
    Off,
}

/// The action of `ALLOC_BUDGET`, which overrides what the code says.
pub(crate) fn action() -> Option<OnOverage> {
    match environment().wanted? {
        Wanted::Action(action) => Some(action),
        Wanted::Strict => Some(OnOverage::Panic),
        Wanted::Off => None,
    }
}

/// Whether the process fails for every budget that was not checked and kept.
pub(crate) fn is_strict() -> bool {
    environment().wanted == Some(Wanted::Strict)
}

/// Whether the environment of the process asks for budgets.
pub(crate) fn is_asked_for() -> bool {
    let Environment { wanted, tracing } = environment();
    wanted.map_or(tracing.is_some(), |wanted| wanted != Wanted::Off)
}

/// Which call sites are wanted, where the environment says so.
pub(super) fn tracing() -> Option<State> {
    environment().tracing
}

/// Whether budgets are to be left alone.
pub(super) fn is_off() -> bool {
    environment().wanted == Some(Wanted::Off)
}

/// Has the process record, where the environment asks for it. Says whether it does.
pub(super) fn ask_for_record() -> bool {
    let given = |name| std::env::var_os(name).filter(|given| !given.is_empty());
    let folder = given("ALLOC_BUDGET_RECORD");
    if let Some(folder) = folder.clone() {
        record::ask(|| Asked {
            folder: folder.into(),
            phantom: given("ALLOC_BUDGET_PHANTOM").map(|path| path.to_string_lossy().into_owned()),
            say,
        });
    }
    folder.is_some()
}

fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let wanted = variable(
            "ALLOC_BUDGET",
            &[
                ("panic", Wanted::Action(OnOverage::Panic)),
                ("warn", Wanted::Action(OnOverage::Warn)),
                ("count", Wanted::Action(OnOverage::Count)),
                ("abort", Wanted::Action(OnOverage::Abort)),
                ("strict", Wanted::Strict),
                ("off", Wanted::Off),
            ],
        );
        let tracing = variable("ALLOC_BUDGET_TRACE", &[("off", State::CountOnly), ("full", FULL)]);
        Environment { wanted, tracing }
    })
}

/// The value of a variable, among those that it can have.
fn variable<T: Copy>(name: &str, values: &[(&str, T)]) -> Option<T> {
    let given = std::env::var_os(name).filter(|given| !given.is_empty())?;
    if let Some((_, value)) = values.iter().find(|(known, _)| given == *known) {
        return Some(*value);
    }
    let given = given.to_string_lossy();
    let mut line = format!("{name}={} is ignored: it can be", given.escape_debug());
    for (i, (known, _)) in values.iter().enumerate() {
        let _ = write!(line, "{} {known}", if i == 0 { "" } else { "," });
    }
    say(&line);
    None
}

/// Writes a line to the real standard error, which the test harness does not capture.
pub(crate) fn say(line: &str) {
    // One write, so that lines of several threads don't mix. Nobody is left to tell when it fails.
    let _ = std::io::stderr().write_all(format!("alloc-budget: {line}\n").as_bytes());
}

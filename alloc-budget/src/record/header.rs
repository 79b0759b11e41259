//! The first line of the record: what process it is of.

use std::env;
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::count::process;
use crate::record::json::{Object, string};
use crate::scope::mode::{self, State};

/// The header's number for what this module and `lines` write.
const FORMAT: u32 = 1;

pub(super) fn header(parent: Option<u32>) -> String {
    let mut text = String::new();
    let mut line = Object::begin(&mut text);
    line.plain("alloc_budget", FORMAT);
    line.string("runtime", env!("CARGO_PKG_VERSION"));
    line.plain("pid", process::id());
    line.plain_or_null("forked_from", parent);
    path(&mut line, "exe", &env::current_exe());
    path(&mut line, "cwd", &env::current_dir());
    variable(&mut line, "package", "CARGO_PKG_NAME");
    variable(&mut line, "manifest_dir", "CARGO_MANIFEST_DIR");
    line.string("os", env::consts::OS);
    line.string("arch", env::consts::ARCH);
    line.plain("pointer_width", usize::BITS);
    line.plain("debug_assertions", cfg!(debug_assertions));
    line.string("state", state());
    line.string("trace", trace());
    nextest(&mut line);
    line.list("args", env::args_os().skip(1), |text, argument| string(text, &argument.to_string_lossy()));
    drop(line);
    text.push('\n');
    text
}

fn path(line: &mut Object<'_>, name: &str, path: &io::Result<PathBuf>) {
    let path = path.as_ref().map(|path| path.to_string_lossy());
    line.string_or_null(name, path.as_deref().ok());
}

fn of_environment(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn variable(line: &mut Object<'_>, name: &str, variable: &str) {
    line.string_or_null(name, of_environment(variable).as_deref());
}

fn state() -> &'static str {
    match mode::state() {
        State::CountOnly | State::TraceOverage | State::TraceAll => "counting",
        State::Off => "off",
        State::NotInstalled => "not_installed",
    }
}

fn trace() -> &'static str {
    match mode::state() {
        State::TraceOverage => "overage",
        State::TraceAll => "full",
        State::CountOnly | State::Off | State::NotInstalled => "off",
    }
}

fn nextest(line: &mut Object<'_>) {
    if env::var_os("NEXTEST_RUN_ID").is_none() {
        return line.null("nextest");
    }
    let mut nextest = line.object("nextest");
    variable(&mut nextest, "run_id", "NEXTEST_RUN_ID");
    variable(&mut nextest, "binary_id", "NEXTEST_BINARY_ID");
    nextest.string_or_null("test", test_of_nextest());
    let attempt = of_environment("NEXTEST_ATTEMPT").and_then(|attempt| attempt.parse::<u32>().ok());
    nextest.plain("attempt", attempt.unwrap_or(1));
}

/// The test that this process runs, where it is one of nextest's.
pub(super) fn test_of_nextest() -> Option<&'static str> {
    static TEST: OnceLock<Option<String>> = OnceLock::new();
    TEST.get_or_init(|| of_environment("NEXTEST_TEST_NAME").filter(|test| !test.is_empty())).as_deref()
}

//! Runs a test in a process of its own.

use std::env;
use std::process::{Command, Output};

const ALONE: &str = "ALLOC_BUDGET_TESTS_ALONE";
/// What starts programs of this platform on another one, such as an emulator.
const RUNNER: &str = "ALLOC_BUDGET_TESTS_RUNNER";

/// Runs `f` in a process of its own with such an environment, for it might abort, or changes what
/// belongs to the process. `test` is the calling test's name.
pub fn alone(test: &str, environment: &[(&str, &str)], f: impl FnOnce()) {
    let Some(output) = output(test, environment, f) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", output.status);
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "no test of this name: {test}");
}

/// As [`alone`], but returns how the process ended; `None` in there.
pub fn output(test: &str, environment: &[(&str, &str)], f: impl FnOnce()) -> Option<Output> {
    if env::var_os(ALONE).is_some() {
        f();
        return None;
    }
    let mut command = this_program();
    command.args([test, "--exact", "--nocapture"]).env(ALONE, "1").envs(environment.iter().copied());
    Some(command.output().unwrap())
}

/// Starts this test program.
pub fn this_program() -> Command {
    let program = env::current_exe().unwrap();
    let Ok(runner) = env::var(RUNNER) else { return Command::new(program) };
    let mut words = runner.split(' ');
    let mut command = Command::new(words.next().unwrap());
    command.args(words).arg(program);
    command
}

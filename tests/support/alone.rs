//! Runs a test in a process of its own.

use std::env;
use std::process::{Command, Output};

const ALONE: &str = "ALLOC_BUDGET_TESTS_ALONE";

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
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).env(ALONE, "1").envs(environment.iter().copied());
    Some(command.output().unwrap())
}

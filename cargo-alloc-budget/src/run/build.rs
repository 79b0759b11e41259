//! Builds what is tested, and learns which programs that are.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use cargo_metadata::{Artifact, Message, PackageId, Target, TargetKind};

use super::flags::Dialect;
use super::plan::Plan;
use crate::record::program::Program;
use crate::selection::Selection;
use crate::workspace::Workspace;

/// The tests could not be built: cargo has said why.
#[derive(Debug)]
pub struct NotBuilt {
    pub code: u8,
}

impl fmt::Display for NotBuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the tests could not be built")
    }
}

impl std::error::Error for NotBuilt {}

/// Cargo, in the environment that the user's own call of it would have.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The build must not record: build scripts and macros may have budgets, too.
    for name in ["ALLOC_BUDGET_RECORD", "ALLOC_BUDGET_PHANTOM"] {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        // Where this tool is run by a test under nextest, its tests are no longer that test.
        if name.to_str().is_some_and(|name| name == "NEXTEST" || is_of_a_test(name)) {
            command.env_remove(name);
        }
    }
    // What `cargo alloc-budget` gets from cargo is no part of the tests' environment.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME"] {
        command.env_remove(name);
    }
    command
}

/// What nextest tells each test; its settings, such as `NEXTEST_PROFILE`, are the user's.
fn is_of_a_test(name: &str) -> bool {
    const TOLD: [&str; 14] = [
        "RUN_ID",
        "RUN_MODE",
        "EXECUTION_MODE",
        "BINARY_ID",
        "TEST_NAME",
        "TEST_PHASE",
        "ATTEMPT",
        "ATTEMPT_ID",
        "TOTAL_ATTEMPTS",
        "STRESS_CURRENT",
        "STRESS_TOTAL",
        "TEST_GLOBAL_SLOT",
        "TEST_GROUP",
        "TEST_GROUP_SLOT",
    ];
    name.strip_prefix("NEXTEST_").is_some_and(|name| TOLD.contains(&name))
}

/// Builds all tests of the selection.
///
/// # Errors
/// [`NotBuilt`], or cargo can't be started.
pub(crate) fn build(selection: &Selection, workspace: &Workspace) -> Result<Vec<Program>> {
    // Nothing is built for documentation alone: cargo builds libraries when it runs the examples.
    let mut command = cargo();
    command.arg("test").args(["--no-run", "--message-format=json-render-diagnostics"]);
    command.args(selection.flags(Dialect::Cargo));
    let targets = if selection.doc { vec!["--lib".into()] } else { selection.targets() };
    command.args(targets).stdout(Stdio::piped());
    let mut child = command.spawn().context("can't start `cargo`")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let names: BTreeMap<&PackageId, &str> =
        workspace.members().into_iter().map(|package| (&package.id, package.name.as_str())).collect();
    let mut programs = Vec::new();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("can't read cargo's output")? {
            let package = names.get(&artifact.package_id).copied();
            programs.extend(package.and_then(|package| program(&artifact, package)));
        }
    }
    let status = child.wait().context("can't wait for cargo")?;
    if !status.success() {
        super::allocators::explain(selection, workspace);
        let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101);
        return Err(NotBuilt { code }.into());
    }
    programs.sort_by(|one, other| {
        let key = |it: &Program| (it.package.clone(), it.kind.clone(), it.name.clone(), it.exe.clone());
        key(one).cmp(&key(other))
    });
    Ok(programs)
}

/// What a report says of the target of a test program.
pub(crate) fn kind_of(target: &Target) -> &'static str {
    match target.kind.first() {
        Some(TargetKind::Bin) => "bin",
        Some(TargetKind::Test) => "test",
        Some(TargetKind::Example) => "example",
        Some(TargetKind::Bench) => "bench",
        _ => "lib",
    }
}

fn program(artifact: &Artifact, package: &str) -> Option<Program> {
    let exe = artifact.executable.as_ref()?;
    let target = &artifact.target;
    if target.kind.contains(&TargetKind::CustomBuild) {
        return None;
    }
    let kind = if artifact.profile.test { kind_of(target) } else { "program" };
    Some(Program {
        exe: exe.as_std_path().to_owned(),
        package: package.to_owned(),
        kind: kind.to_owned(),
        name: target.name.clone(),
        is_test: artifact.profile.test,
    })
}

/// The environment of the tests: where to record, and what this run wants of the runtime.
pub(crate) fn record_into(command: &mut Command, folder: &Path, plan: &Plan<'_>) {
    command.env("ALLOC_BUDGET_RECORD", folder);
    if plan.counts() {
        command.env("ALLOC_BUDGET", "count");
    }
    if plan.running.sites {
        command.env("ALLOC_BUDGET_TRACE", "full");
    }
    if let Some(budget) = plan.order.phantom {
        command.env("ALLOC_BUDGET_PHANTOM", budget);
    }
}

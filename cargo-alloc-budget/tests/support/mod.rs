//! Small packages for tests of the whole tool: each in a folder of its own, built offline.

#![allow(dead_code, reason = "each test uses a part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cargo_alloc_budget::report::Report;
use cargo_alloc_budget::report::budget::{Budget, Limit};
use tempfile::TempDir;

/// A workspace in a temporary folder.
pub(crate) struct Workspace {
    folder: TempDir,
}

/// What became of a run of the tool.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The report that it has saved.
    pub(crate) report: Option<Report>,
    pub(crate) json: String,
}

/// This repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Of the test. Cargo tells packages apart by name and version where they are built in one folder,
/// and not by where they are.
pub(crate) fn own_version() -> String {
    let test = std::thread::current().name().unwrap_or("main").replace("::", ".");
    format!("{}.{}", env!("CARGO_CRATE_NAME"), test).replace('_', "-")
}

/// The lines that a package needs to count in its tests.
pub(crate) fn manifest(name: &str) -> String {
    let library = root().join("alloc-budget").display().to_string();
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0+{}\"\nedition = \"2024\"\n\n\
         [dependencies]\nalloc-budget = {{ path = {library:?} }}\n\n\
         [dev-dependencies]\nalloc-budget = {{ path = {library:?}, features = [\"install\"] }}\n",
        own_version()
    )
}

impl Workspace {
    /// One package that is called `codec`, of these files.
    pub(crate) fn of_codec(files: &[(&str, &str)]) -> Self {
        let workspace = Self::new(files);
        workspace.write("Cargo.toml", &(manifest("codec") + "\n[workspace]\n"));
        workspace
    }

    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("tool").tempdir().unwrap();
        let workspace = Self { folder };
        for (path, text) in files {
            workspace.write(path, text);
        }
        // The versions that are there offline.
        fs::copy(root().join("Cargo.lock"), workspace.path("Cargo.lock")).unwrap();
        workspace
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A command in the workspace. What is built is shared by all tests, and what the tool keeps is
    /// not.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        for name in
            ["ALLOC_BUDGET", "ALLOC_BUDGET_RECORD", "ALLOC_BUDGET_TRACE", "CARGO_TARGET_DIR", "RUSTFLAGS"]
        {
            command.env_remove(name);
        }
        command
            .env("CARGO_BUILD_BUILD_DIR", root().join("target/tool-tests"))
            // Each of some dozen packages is built once: lines are enough.
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TERM_COLOR", "never")
            .env("RUST_BACKTRACE", "0");
        command
    }

    pub(crate) fn tool(&self, args: &[&str]) -> Run {
        self.tool_with(args, |_| {})
    }

    pub(crate) fn tool_with(&self, args: &[&str], change: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_cargo-alloc-budget"));
        command.arg("alloc-budget").args(args);
        change(&mut command);
        let Output { status, stdout, stderr } = command.output().unwrap();
        let json = fs::read_to_string(self.path("target/alloc-budget/report.json")).unwrap_or_default();
        Run {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
            report: Report::parse(&json).ok(),
            json,
        }
    }
}

impl Run {
    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "stdout: {stdout}\nstderr: {stderr}");
        self
    }

    #[track_caller]
    pub(crate) fn report(&self) -> &Report {
        self.report.as_ref().unwrap_or_else(|| panic!("no report\nstderr: {}", self.stderr))
    }

    #[track_caller]
    pub(crate) fn budget(&self, path: &str) -> &Budget {
        let budgets = &self.report().budgets;
        let found = budgets.iter().find(|budget| budget.path == path);
        found.unwrap_or_else(|| {
            let paths: Vec<_> = budgets.iter().map(|budget| &budget.path).collect();
            panic!("no `{path}` in {paths:?}\nstderr: {}", self.stderr)
        })
    }

    #[track_caller]
    pub(crate) fn worst(&self, path: &str) -> i64 {
        self.budget(path).quantities[&Limit::Max].worst.unwrap()
    }

    /// Whether one of the reasons for which it is incomplete has this in it.
    #[track_caller]
    pub(crate) fn lacks(&self, what: &str) -> &Self {
        let incomplete = &self.report().run.incomplete;
        assert!(incomplete.iter().any(|reason| reason.contains(what)), "`{what}` is not in {incomplete:?}");
        self
    }

    #[track_caller]
    pub(crate) fn is_complete(&self) -> &Self {
        assert_eq!(self.report().run.incomplete, Vec::<String>::new(), "{}", self.stderr);
        self
    }
}

//! A small package in a folder of its own, built offline and with what is built kept.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cargo_alloc_budget::selection::Selection;
use cargo_alloc_budget::workspace::Workspace;
use tempfile::TempDir;

pub(crate) struct Package {
    folder: TempDir,
}

/// How a command of the tool has ended, and what it has said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Package {
    /// With these files, beside a `Cargo.toml` that has the runtime, which counts in its tests.
    pub(crate) fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let package = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let runtime = here.join("../alloc-budget").display().to_string().replace('\\', "/");
        package.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\nalloc-budget = {{ path = \"{runtime}\" }}\n\n\
                 [dev-dependencies]\nalloc-budget = {{ path = \"{runtime}\", features = [\"install\"] }}\n\n\
                 [workspace]\n"
            ),
        );
        package.write("Cargo.lock", include_str!("../../../Cargo.lock"));
        for (file, text) in files {
            package.write(file, text);
        }
        package
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    pub(crate) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).expect("a file")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tool-tests");
        command.current_dir(self.folder.path()).env("CARGO_TARGET_DIR", target);
        for variable in ["ALLOC_BUDGET", "ALLOC_BUDGET_TRACE", "ALLOC_BUDGET_RECORD", "RUSTFLAGS"] {
            command.env_remove(variable);
        }
        command
    }

    /// `cargo alloc-budget …`
    pub(crate) fn tool(&self, args: &[&str]) -> Said {
        self.tool_with(args, &[])
    }

    pub(crate) fn tool_with(&self, args: &[&str], environment: &[(&str, &Path)]) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_cargo-alloc-budget"));
        command.args(args).arg("--offline").envs(environment.iter().copied());
        said(&command.output().expect("the tool runs"))
    }

    /// With answers on the standard input.
    pub(crate) fn tool_asks(&self, args: &[&str], answers: &str) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_cargo-alloc-budget"));
        command
            .args(args)
            .arg("--offline")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the tool runs");
        let mut input = child.stdin.take().expect("piped");
        input.write_all(answers.as_bytes()).expect("it reads");
        drop(input);
        said(&child.wait_with_output().expect("the tool runs"))
    }

    pub(crate) fn workspace(&self) -> Workspace {
        let manifest_path = Some(self.path("Cargo.toml"));
        let selection = Selection { manifest_path, offline: true, ..Selection::default() };
        Workspace::find(&selection).expect("a workspace")
    }

    /// `cargo test`
    pub(crate) fn test(&self) -> Said {
        let mut command = self.command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
        said(&command.args(["test", "--offline"]).output().expect("cargo runs"))
    }
}

fn said(output: &Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Said {
    #[track_caller]
    pub(crate) fn ends_with(&self, code: i32) -> &Self {
        let Self { code: actual, out, err } = self;
        assert_eq!(*actual, code, "stdout:\n{out}\nstderr:\n{err}");
        self
    }
}

/// Two texts that are to be the same: only where they differ is shown.
#[track_caller]
pub(crate) fn same(actual: &str, expected: &str, said: &str) {
    let pairs = actual.lines().zip(expected.lines());
    let differ: Vec<_> = pairs.filter(|(actual, expected)| actual != expected).collect();
    assert!(actual == expected, "{differ:#?}\n{said}");
}

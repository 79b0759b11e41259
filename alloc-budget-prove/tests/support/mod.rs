//! Builds a program out of files beside a test, and asks for verdicts on its functions by their
//! names.

#![allow(dead_code, reason = "no test uses all of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use alloc_budget_prove::{Finding, Options, Promise, Subject, Verdict};

/// A program that was built.
pub(crate) struct Built {
    pub(crate) bytes: Vec<u8>,
    names: Vec<String>,
}

/// Builds `source`, a file of this package's tests, with `rustc`.
pub(crate) fn rust(source: &str, name: &str, flags: &[&str]) -> Built {
    rust_with(&PathBuf::from("rustc"), source, name, flags)
}

/// The same with a compiler of one's own choice.
pub(crate) fn rust_with(compiler: &Path, source: &str, name: &str, flags: &[&str]) -> Built {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(source);
    let program = folder(name).join("program");
    let mut command = Command::new(compiler);
    command.args(["--edition", "2024", "--crate-name", "program", "-O", "-g", "--cap-lints", "allow"]);
    command.args(flags).arg("-o").arg(&program).arg(&source);
    run(&mut command);
    Built {
        bytes: std::fs::read(program).expect("what was just built"),
        names: names_in(source.parent().expect("in a folder")),
    }
}

/// A folder of the test's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder for what the test builds");
    folder
}

pub(crate) fn run(command: &mut Command) {
    let output = command.output().expect("the compiler runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Where a C compiler is, if there is one. Tests that need one say so and pass.
pub(crate) fn has_c() -> bool {
    let is_there = Command::new("cc").arg("--version").output().is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("skipped: there is no C compiler `cc`");
    }
    is_there
}

impl Built {
    /// A file that another compiler has made, whose functions are named in a folder of sources.
    pub(crate) fn of(file: &Path, sources: &str) -> Self {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(sources);
        Self { bytes: std::fs::read(file).expect("what was just built"), names: names_in(&sources) }
    }

    /// The verdict on every function that the sources name with this prefix.
    ///
    /// # Panics
    /// One of them is not in the program: it was inlined, and nothing was tested.
    pub(crate) fn verdicts(&self, prefix: &str) -> BTreeMap<String, Finding> {
        self.verdicts_on(prefix, Promise::NoAllocation)
    }

    pub(crate) fn verdicts_on(&self, prefix: &str, promise: Promise) -> BTreeMap<String, Finding> {
        let functions = alloc_budget_prove::functions(&self.bytes).expect("a program that can be read");
        let wanted: Vec<&String> = self.names.iter().filter(|name| name.starts_with(prefix)).collect();
        let subject = |name: &&String| {
            let is_it = |path: &str| path == **name || path.ends_with(&format!("::{name}"));
            let address = functions.iter().find(|(path, _)| is_it(path)).map(|(_, address)| *address);
            assert!(address.is_some(), "`{name}` has no code");
            Subject { name: (*name).clone(), address, promise, assume: Vec::new() }
        };
        let subjects: Vec<Subject> = wanted.iter().map(subject).collect();
        let proof = alloc_budget_prove::prove(&self.bytes, &subjects, &Options::default()).expect("a proof");
        proof.findings.into_iter().map(|finding| (finding.subject.name.clone(), finding)).collect()
    }

    /// No function whose name says that it allocates is proven, and all are there.
    pub(crate) fn assert_none_proven(&self, at_least: usize) {
        let verdicts = self.verdicts("a_");
        assert!(verdicts.len() >= at_least, "only {} functions were tested", verdicts.len());
        let wrong: Vec<String> =
            verdicts.values().filter(|finding| finding.verdict.is_proven()).map(show).collect();
        assert!(wrong.is_empty(), "proven, but they allocate: {wrong:#?}");
    }

    /// How many of the functions that never allocate are proven, of how many.
    pub(crate) fn proven(&self) -> (usize, usize, Vec<String>) {
        let verdicts = self.verdicts("n_");
        let others: Vec<String> =
            verdicts.values().filter(|finding| !finding.verdict.is_proven()).map(show).collect();
        (verdicts.len() - others.len(), verdicts.len(), others)
    }
}

/// A verdict with its reason, in one line.
pub(crate) fn show(finding: &Finding) -> String {
    let chain: Vec<&str> = finding.chain.iter().map(|link| link.function.as_deref().unwrap_or("?")).collect();
    let cause = finding.cause.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{}: {} {} => {cause}", finding.subject.name, finding.verdict, chain.join(" > "))
}

/// Whether the verdict names a reason: one that is not proven must.
pub(crate) fn has_cause(finding: &Finding) -> bool {
    finding.verdict.is_proven() || finding.verdict == Verdict::NoCode || finding.cause.is_some()
}

/// The functions that a folder's sources define, by the prefixes that tell their truth.
fn names_in(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder).expect("a folder of sources") {
        let file = file.expect("a file").path();
        if file.file_name().is_some_and(|name| name == "main.rs") || file.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("text");
        for line in text.lines() {
            let name = defined(line).unwrap_or_default();
            let is_name = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            if is_name && (name.starts_with("a_") || name.starts_with("n_")) {
                names.push(name.to_owned());
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

/// The name of the function that a line of Rust, C or assembly begins.
fn defined(line: &str) -> Option<&str> {
    if let Some((_, rest)) = line.split_once("fn ") {
        return rest.split(['(', '<']).next();
    }
    if let Some(label) = line.trim().strip_suffix(':') {
        return Some(label);
    }
    line.starts_with(char::is_alphabetic).then(|| line.split_once('(')).flatten()?.0.rsplit([' ', '*']).next()
}

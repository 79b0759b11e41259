//! Runs a part of a test in a process that records, and reads what it has written.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const ALONE: &str = "ALLOC_BUDGET_TESTS_ALONE";

/// A folder that is gone after the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("record-{}-{}", std::process::id(), name.replace("::", "-"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// The files in it, by the numbers of their processes.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut files: Vec<_> = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| Record::read(file)).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a process did, and what it has recorded.
pub(crate) struct Run {
    pub(crate) output: Output,
    pub(crate) records: Vec<Record>,
}

/// Runs `f` in a process of its own that records; `None` in there. `test` is the calling test's
/// name.
pub(crate) fn run(test: &str, environment: &[(&str, &str)], f: impl FnOnce()) -> Option<Run> {
    if is_alone() {
        f();
        return None;
    }
    let folder = Folder::new(test);
    let output =
        alone(test).env("ALLOC_BUDGET_RECORD", folder.path()).envs(environment.iter().copied()).output();
    Some(Run { output: output.unwrap(), records: folder.records() })
}

/// Whether this is the process of one test.
pub(crate) fn is_alone() -> bool {
    env::var_os(ALONE).is_some()
}

/// The process that runs a test alone, without what the one around it is told.
pub(crate) fn alone(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]);
    for (name, _) in env::vars_os() {
        if ["ALLOC_BUDGET", "NEXTEST", "RUST_"].iter().any(|start| name.to_string_lossy().starts_with(start))
        {
            command.env_remove(name);
        }
    }
    command.env(ALONE, "1");
    command
}

impl Run {
    /// The one record of a process whose test has passed.
    #[track_caller]
    pub(crate) fn passed(self) -> Record {
        assert!(self.output.status.success(), "{:?}", self.output);
        assert!(String::from_utf8_lossy(&self.output.stdout).contains("1 passed"), "{:?}", self.output);
        self.one()
    }

    /// The one record of a process, however that has ended.
    #[track_caller]
    pub(crate) fn one(self) -> Record {
        let number = self.records.len();
        let Ok([record]) = <[Record; 1]>::try_from(self.records) else { panic!("{number} records") };
        record
    }
}

/// A file of the record, read.
pub(crate) struct Record {
    pub(crate) header: Value,
    pub(crate) lines: Vec<Value>,
    pub(crate) is_whole: bool,
}

impl Record {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "a line has no end: {text}");
        let mut lines = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
        let header: Value = lines.next().expect("a header");
        let lines: Vec<Value> = lines.collect();
        let ends = lines.iter().filter(|line| line["end"] == true).count();
        let is_whole = lines.last().is_some_and(|line| line["end"] == true);
        assert_eq!(ends, usize::from(is_whole), "the end is the last line");
        let record = Self { header, lines, is_whole };
        record.assert_order();
        record
    }

    /// A site comes once, before what refers to it.
    fn assert_order(&self) {
        let mut known = Vec::new();
        for line in &self.lines {
            if !line["site"].is_null() {
                assert!(!known.contains(&&line["site"]), "{line} once more");
                known.push(&line["site"]);
            }
            for refers in ["at", "over", "traced"] {
                assert!(line[refers].is_null() || known.contains(&&line[refers]), "{line} has no site");
            }
        }
    }

    /// The lines that no later one has taken the place of: when there is a checkpoint, the clock
    /// says.
    pub(crate) fn without_checkpoints(self) -> Vec<Value> {
        let key = |line: &Value| {
            ["site", "at", "test", "over", "call", "traced", "end"].map(|part| line[part].to_string())
        };
        let is_last = |at: usize| self.lines[at + 1..].iter().all(|later| key(later) != key(&self.lines[at]));
        (0..self.lines.len()).filter(|at| is_last(*at)).map(|at| self.lines[at].clone()).collect()
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(move |line| !line[kind].is_null())
    }

    pub(crate) fn sites(&self) -> Vec<&Value> {
        self.of_kind("site").collect()
    }

    /// The budget with this name: its path in this crate, or its label.
    #[track_caller]
    pub(crate) fn site(&self, name: &str) -> &Value {
        let path = format!("record::budgets::{name}");
        let mut sites = self.of_kind("site").filter(|site| site["path"] == *path || site["name"] == *name);
        let site = sites.next().unwrap_or_else(|| panic!("no {name} in {:?}", self.sites()));
        assert!(sites.next().is_none(), "several {name}");
        site
    }

    /// Whether a budget is in it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.of_kind("site").any(|site| site["path"] == format!("record::budgets::{name}"))
    }

    /// The last line of a budget and a test.
    #[track_caller]
    pub(crate) fn at(&self, name: &str, test: Option<&str>) -> &Value {
        let number = &self.site(name)["site"];
        let test = test.map_or(Value::Null, Value::from);
        let at = self.of_kind("at").filter(|line| line["at"] == *number && line["test"] == test).last();
        at.unwrap_or_else(|| panic!("nothing of {name} in {test}: {:#?}", self.lines))
    }

    /// What is left of a budget's values when nothing is said of how often: `kind`'s lines.
    #[track_caller]
    pub(crate) fn overages(&self, name: &str) -> Vec<&Value> {
        let number = &self.site(name)["site"];
        self.of_kind("over").filter(|line| line["over"] == *number).collect()
    }

    /// The last line of a budget's stacks.
    #[track_caller]
    pub(crate) fn traced(&self, name: &str) -> &Value {
        let number = &self.site(name)["site"];
        self.of_kind("traced").filter(|line| line["traced"] == *number).last().expect("stacks")
    }
}

/// The numbers of calls in a line: all, judged, warming, skipped, unwound, unchecked, exceeded.
pub(crate) fn calls(at: &Value) -> [u64; 7] {
    ["calls", "judged", "warming", "skipped", "unwound", "unchecked", "exceeded"]
        .map(|kind| at[kind].as_u64().unwrap())
}

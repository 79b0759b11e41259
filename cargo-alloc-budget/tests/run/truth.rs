//! What a survey says of real crates is what budgets count that were placed by hand.
//!
//! `ALLOC_BUDGET_SURVEY_TREES=/tmp/httparse:/tmp/itoa` names trees of packages that git knows. They
//! are copied; their dependencies must be there, or a network. Without it, a small package is
//! tried.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_alloc_budget::report::Report;
use cargo_alloc_budget::report::budget::Limit;
use serde_json::Value;

use crate::survey::plain;

const LIBRARY: &str = "use std::collections::BTreeMap;

pub fn words(text: &str) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for word in text.split(' ').filter(|word| is_word(word)) {
        *words.entry(lower(word)).or_default() += 1;
    }
    words
}

fn lower(word: &str) -> String {
    word.to_lowercase()
}

fn is_word(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}

pub struct Tree(Vec<Tree>);

impl Tree {
    pub fn of(depth: usize) -> Self {
        Self((0..depth).map(|_| Self::of(depth - 1)).collect())
    }
}

#[test]
fn counts() {
    assert_eq!(words(\"A b a c1\").len(), 2);
    assert_eq!(words(\"\").len(), 1);
    assert_eq!(Tree::of(3).0.len(), 3);
}
";

/// Functions of each tree.
const MANY: usize = 10;

#[test]
fn worst_counts_are_those_of_budgets_placed_by_hand() {
    let small = plain(LIBRARY);
    let trees: Vec<PathBuf> = match std::env::var_os("ALLOC_BUDGET_SURVEY_TREES") {
        Some(trees) => std::env::split_paths(&trees).collect(),
        None => vec![small.path("")],
    };
    let mut wrong = Vec::new();
    for tree in trees {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("tree");
        let cloned = Command::new("git").args(["clone", "--quiet"]).arg(&tree).arg(&own).status().unwrap();
        assert!(cloned.success());
        let surveyed = survey(&own, folder.path());
        let chosen = chosen(&surveyed);
        place(&own, &chosen);
        let counted = counted(&own, folder.path());
        assert!(!chosen.is_empty(), "{}", tree.display());
        for (function, worst) in &chosen {
            let by_hand = counted.get(&function.path).copied();
            println!("{}: {}: survey {worst}, by hand {by_hand:?}", tree.display(), function.path);
            if by_hand != Some(*worst) {
                wrong.push((tree.clone(), function.path.clone(), *worst, by_hand));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Function {
    file: PathBuf,
    line: usize,
    path: String,
}

fn runtime() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("alloc-budget")
}

fn tool(tree: &Path, folder: &Path) -> Command {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-alloc-budget"));
    tool.arg("alloc-budget").current_dir(tree).env("CARGO_TARGET_DIR", folder.join("target"));
    tool.env("CARGO_BUILD_BUILD_DIR", runtime().with_file_name("target").join("tool-tests"));
    tool
}

fn survey(tree: &Path, folder: &Path) -> Value {
    let json = folder.join("survey.json");
    let mut tool = tool(tree, folder);
    tool.args(["survey", "--runner", "cargo", "--format", "json", "-o"]).arg(&json);
    let run = tool.arg("--runtime").arg(runtime()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&fs::read(json).unwrap()).unwrap()
}

/// Functions from all over the tree whose heads begin their lines, with the worst of their calls.
fn chosen(survey: &Value) -> BTreeMap<Function, i64> {
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    let functions = survey["functions"].as_array().unwrap();
    for function in functions {
        *named.entry(function["path"].as_str().unwrap()).or_default() += 1;
    }
    let reached: Vec<_> = functions
        .iter()
        .filter(|function| function["allocations"].is_array() && function["in_tests"] == false)
        .filter(|function| named[function["path"].as_str().unwrap()] == 1)
        .map(|function| {
            let function_of = Function {
                file: function["file"].as_str().unwrap().into(),
                line: usize::try_from(function["line"].as_u64().unwrap()).unwrap(),
                path: function["path"].as_str().unwrap().to_owned(),
            };
            (function_of, function["allocations"][1].as_i64().unwrap())
        })
        .collect();
    // Those that allocate say more.
    let (some, none): (Vec<_>, Vec<_>) = reached.into_iter().partition(|(_, worst)| *worst > 0);
    let spread = |all: Vec<(Function, i64)>, count: usize| {
        let step = (all.len() / count.max(1)).max(1);
        all.into_iter().step_by(step).take(count)
    };
    let most = some.len().min(MANY - 3);
    spread(some, most).chain(spread(none, MANY - most)).collect()
}

/// Writes `measure` above them, from the end of each file, and the dependency.
fn place(tree: &Path, functions: &BTreeMap<Function, i64>) {
    for Function { file, line, .. } in functions.keys().rev() {
        let path = tree.join(file);
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        lines.insert(line - 1, "#[::alloc_budget::alloc_budget(measure)]\n");
        fs::write(&path, lines.concat()).unwrap();
    }
    let manifest = tree.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let mut manifest_of: toml_edit::DocumentMut = text.parse().unwrap();
    for (kind, features) in [("dependencies", vec!["std"]), ("dev-dependencies", vec!["install"])] {
        let mut table = toml_edit::InlineTable::new();
        table.insert("path", runtime().display().to_string().into());
        table.insert("features", toml_edit::Value::Array(features.into_iter().collect()));
        manifest_of[kind]["alloc-budget"] = toml_edit::value(table);
    }
    fs::write(&manifest, manifest_of.to_string()).unwrap();
}

fn counted(tree: &Path, folder: &Path) -> BTreeMap<String, i64> {
    let run = tool(tree, folder).args(["test", "--runner", "cargo", "--tests"]).output().unwrap();
    let json = fs::read_to_string(folder.join("target/alloc-budget/report.json"));
    let json = json.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&run.stderr)));
    let report = Report::parse(&json).unwrap();
    let worst = |budget: &cargo_alloc_budget::report::budget::Budget| {
        Some((budget.path.clone(), budget.quantities.get(&Limit::Max)?.worst?))
    };
    report.budgets.iter().filter_map(worst).collect()
}

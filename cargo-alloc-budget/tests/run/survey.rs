//! A survey of code that has no budgets.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::runners::has_nextest;
use crate::support::{Run, Workspace, own_version};

const LIBRARY: &str = "pub fn sum(numbers: &[u32]) -> u32 {
    numbers.iter().sum()
}

pub fn pair() -> Vec<Box<u8>> {
    vec![one(), one()]
}

fn one() -> Box<u8> { // Whatever the `#[global_allocator]` is.
    Box::new(1)
}

pub fn copy(numbers: &[u32]) -> Vec<u32> { numbers.to_vec() }

pub fn nobody() -> String {
    String::new()
}

pub const fn constant() -> u8 {
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums() {
        assert_eq!((sum(&[1, 2]), line!()), (3, 29));
    }

    #[test]
    fn sums_more() {
        assert_eq!(sum(&[]), 0);
    }

    #[test]
    fn copies() {
        assert!(copy(&[]).is_empty());
        assert_eq!(copy(&[1]), [1]);
        assert_eq!(pair().len() + pair().len(), 4);
    }
}
";

#[test]
fn says_what_each_function_does_and_leaves_the_tree_alone() {
    let workspace = Workspace::new(&[
        ("Cargo.toml", "[package]\nname = \"plain\"\nversion = \"0.1.0\"\nedition = \"2021\"\n"),
        ("src/lib.rs", LIBRARY),
    ]);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let runtime = root.join("alloc-budget").display().to_string();
    let args = [
        "survey",
        "--offline",
        "--runner",
        "cargo",
        "--format",
        "json",
        "-o",
        "survey.json",
        "--runtime",
        &runtime,
    ];
    let tree = || ["Cargo.toml", "Cargo.lock", "src/lib.rs"].map(|file| fs::read(workspace.path(file)).ok());
    let before = tree();
    // The copy is in the target folder, which must be one's own.
    let target = workspace.path("target");
    let run = workspace.tool_with(&args, |command| {
        command.env("CARGO_TARGET_DIR", &target);
    });
    assert_eq!(run.code, Some(0), "{}\n{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("3 passed"), "{}", run.stderr);
    assert_eq!(tree(), before);

    let found: Value = serde_json::from_slice(&fs::read(workspace.path("survey.json")).unwrap()).unwrap();
    let functions: BTreeMap<&str, &Value> = found["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|function| (function["path"].as_str().unwrap(), function))
        .collect();
    let class = |path: &str| functions[path]["class"].as_str().unwrap();
    assert_eq!(class("plain::sum"), "never");
    assert_eq!(
        (&functions["plain::sum"]["calls"], &functions["plain::sum"]["tests"]),
        (&2.into(), &2.into())
    );
    assert_eq!(class("plain::pair"), "constant");
    assert_eq!(functions["plain::pair"]["allocations"], serde_json::json!([3, 3]));
    assert_eq!(functions["plain::pair"]["own_allocations"], 2, "without those of `one`, in two calls");
    assert_eq!(class("plain::copy"), "varies");
    assert_eq!(functions["plain::copy"]["allocations"], serde_json::json!([0, 1]));
    assert_eq!(class("plain::nobody"), "unreached");
    assert_eq!(functions.len(), 5);
    let package = &found["packages"][0];
    assert_eq!((&package["surveyed"], &package["reached"]), (&5.into(), &4.into()));
    assert_eq!(package["left_out"], serde_json::json!({"const": 1, "test": 3}));
}

const APPLIED: &str = "//! Functions.

#[inline]
pub fn sum(numbers: &[u32]) -> u32 {
    numbers.iter().sum()
}

mod inner {
    /// A box.
    pub(crate) fn one() -> Box<u8> {
        Box::new(1)
    }
}

pub fn copy(numbers: &[u32]) -> Vec<u32> {
    numbers.to_vec()
}

pub fn here() -> u32 {
    line!()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help() -> u32 {
        sum(&[1, 2])
    }

    #[test]
    fn all() {
        assert_eq!(help(), 3);
        assert_eq!(*inner::one(), 1);
        assert!(copy(&[]).is_empty());
        assert_eq!(copy(&[1]), [1]);
        assert!(here() > 1);
    }
}
";

/// A package of this library that git knows, which has no budgets.
pub(crate) fn plain(library: &str) -> Workspace {
    let version = own_version();
    let manifest = format!(
        "[package]\nname = \"plain\"\nversion = \"0.1.0+{version}\"\nedition = \"2024\"\n\n[workspace]\n"
    );
    let workspace =
        Workspace::new(&[("Cargo.toml", &manifest), ("src/lib.rs", library), (".gitignore", "target\n")]);
    for args in [
        &["init", "--quiet"][..],
        &["add", "."],
        &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "all"],
    ] {
        assert!(workspace.command("git").args(args).status().unwrap().success());
    }
    workspace
}

fn arguments(args: &[&str]) -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let runtime = root.join("alloc-budget").display().to_string();
    let all = [&["survey", "--offline", "--runner", "cargo", "--runtime", &runtime], args].concat();
    all.into_iter().map(str::to_owned).collect()
}

/// Surveys in the package's own target folder.
fn survey(workspace: &Workspace, args: &[&str]) -> Run {
    let args = arguments(args);
    let target = workspace.path("target");
    workspace.tool_with(&args.iter().map(String::as_str).collect::<Vec<_>>(), |command| {
        command.env("CARGO_TARGET_DIR", &target).stdin(std::process::Stdio::null());
    })
}

#[test]
fn budgets_are_lines_above_functions_and_nothing_else_changes() {
    let workspace = plain(APPLIED);
    let run = survey(&workspace, &["--apply", "zero,exact", "--yes"]).ended_with(0);
    let now = fs::read_to_string(workspace.path("src/lib.rs")).unwrap();
    let expected = APPLIED
        .replace("#[inline]\n", "#[inline]\n#[alloc_budget::alloc_budget(max = 0)]\n")
        .replace("    pub(crate)", "    #[alloc_budget::alloc_budget(max = 1)]\n    pub(crate)")
        .replace("pub fn here", "#[alloc_budget::alloc_budget(max = 0)]\npub fn here");
    assert_eq!(now, expected, "{}", run.stderr);
    assert!(run.stdout.contains("\n+#[alloc_budget::alloc_budget(max = 0)]\n pub fn sum"), "{}", run.stdout);
    let manifest = fs::read_to_string(workspace.path("Cargo.toml")).unwrap();
    assert!(manifest.contains("features = [\"install\"]"), "{manifest}");
    let formatted = workspace.command("cargo").args(["fmt", "--check"]).status().unwrap();
    assert!(formatted.success());
    let tested = workspace.command("cargo").args(["test", "--offline", "--quiet"]).output().unwrap();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
}

#[test]
fn what_fails_is_taken_back() {
    let library = APPLIED.replace("pub fn copy", "/// ```\n/// assert_eq!(plain::twice(true).len(), 1);\n/// ```\npub fn twice(is: bool) -> Vec<u8> {\n    if is { vec![1] } else { vec![] }\n}\n\npub fn copy");
    let library = library.replace("assert!(here() > 1);", "assert!(twice(false).is_empty());");
    let workspace = plain(&library);
    let run = survey(&workspace, &["--apply", "zero", "--yes", "--path", "src/*.rs"]).ended_with(0);
    let now = fs::read_to_string(workspace.path("src/lib.rs")).unwrap();
    let expected = library.replace("#[inline]\n", "#[inline]\n#[alloc_budget::alloc_budget(max = 0)]\n");
    assert_eq!(now, expected, "{}", run.stderr);
    assert!(run.stderr.contains("`plain::twice`: 1 of `max = 0`"), "{}", run.stderr);
}

#[test]
fn if_lines_make_a_test_fail_all_is_as_it_was() {
    let library = APPLIED.replace("assert!(here() > 1);", "assert_eq!(here(), 20);");
    let workspace = plain(&library);
    let before = ["Cargo.toml", "Cargo.lock"].map(|file| fs::read(workspace.path(file)).unwrap());
    let run = survey(&workspace, &["--apply", "zero", "--yes"]).ended_with(0);
    assert_eq!(fs::read_to_string(workspace.path("src/lib.rs")).unwrap(), library, "{}", run.stderr);
    assert_eq!(["Cargo.toml", "Cargo.lock"].map(|file| fs::read(workspace.path(file)).unwrap()), before);
    assert!(run.stderr.contains("the test `tests::all` fails"), "{}", run.stderr);
}

#[test]
fn nothing_is_written_into_a_dirty_tree_or_without_consent() {
    let workspace = plain(APPLIED);
    let run = survey(&workspace, &["--apply", "zero"]).ended_with(1);
    assert!(run.stderr.contains("`--yes` adds these lines"), "{}", run.stderr);
    assert!(run.stderr.contains("[dev-dependencies]"), "{}", run.stderr);
    workspace.write("new.txt", "");
    let run = survey(&workspace, &["--apply", "zero", "--yes"]).ended_with(1);
    assert!(run.stderr.contains("?? new.txt"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(workspace.path("src/lib.rs")).unwrap(), APPLIED);
}

#[test]
fn a_branch_is_surveyed_by_what_it_changes() {
    let workspace = plain(APPLIED);
    let run = survey(&workspace, &["--since", "HEAD"]).ended_with(0);
    assert!(run.stderr.contains("no function has changed"), "{}", run.stderr);
    let changed =
        APPLIED.replace("numbers.to_vec()", "let mut all = numbers.to_vec();\n    all.sort();\n    all");
    workspace.write("src/lib.rs", &changed.replace("Functions.", "Some functions."));
    survey(&workspace, &["--since", "HEAD", "--format", "json", "-o", "survey.json"]).ended_with(0);
    let found: Value = serde_json::from_slice(&fs::read(workspace.path("survey.json")).unwrap()).unwrap();
    let functions = found["functions"].as_array().unwrap();
    let paths: Vec<_> = functions.iter().map(|function| function["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["plain::copy"]);
    assert_eq!(functions[0]["allocations"], serde_json::json!([0, 1]));
    assert_eq!(functions[0]["line"], 15);
}

#[cfg(unix)]
mod stopped {
    //! A survey that is stopped.

    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;
    use std::{fs, thread};

    use serde_json::Value;

    use super::{APPLIED, arguments, plain};
    use crate::support::Workspace;

    /// The tool in a group of processes of its own, as a shell starts it.
    fn started(workspace: &Workspace, args: &[&str]) -> Child {
        let mut command = workspace.command(env!("CARGO_BIN_EXE_cargo-alloc-budget"));
        command.arg("alloc-budget").args(arguments(args)).process_group(0);
        command.env("CARGO_TARGET_DIR", workspace.path("target"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn signal(child: &Child, name: &str) {
        let group = format!("-{}", child.id());
        assert!(Command::new("kill").args([name, "--", &group]).status().unwrap().success());
    }

    #[test]
    fn says_what_there_is() {
        let forever = APPLIED.replace(
            "    #[test]\n",
            "    #[test]\n    fn forever() {\n        loop {\n            sum(&[1]);\n            std::thread::sleep(std::time::Duration::from_millis(1));\n        }\n    }\n\n    #[test]\n",
        );
        let workspace = plain(&forever);
        let mut child = started(&workspace, &["--format", "json", "-o", "survey.json"]);
        let records = workspace.path("target/alloc-budget/survey/target/alloc-budget/records");
        let has_recorded = || {
            let runs = fs::read_dir(&records).into_iter().flatten().flatten();
            let files = runs.flat_map(|run| fs::read_dir(run.path()).into_iter().flatten().flatten());
            files.into_iter().any(|file| {
                fs::read_to_string(file.path())
                    .is_ok_and(|text| text.contains("\"at\":") && text.ends_with('\n'))
            })
        };
        while !has_recorded() {
            assert_eq!(child.try_wait().unwrap(), None);
            thread::sleep(Duration::from_millis(20));
        }
        signal(&child, "-INT");
        assert_eq!(child.wait().unwrap().code(), Some(5));
        let found: Value = serde_json::from_slice(&fs::read(workspace.path("survey.json")).unwrap()).unwrap();
        let functions = found["functions"].as_array().unwrap();
        let sum = functions.iter().find(|function| function["path"] == "plain::sum").unwrap();
        assert_eq!(sum["class"], "never");
        let incomplete = found["run"]["incomplete"].as_array().unwrap();
        assert!(
            incomplete.iter().any(|reason| reason.as_str().unwrap().contains("stopped")),
            "{incomplete:?}"
        );
    }

    #[test]
    fn a_killed_one_leaves_every_file_whole() {
        let workspace = plain(APPLIED);
        let files = ["Cargo.toml", "Cargo.lock", "src/lib.rs"];
        let read = |file: &str| fs::read_to_string(workspace.path(file)).unwrap();
        let before = files.map(read);
        for (step, delay) in
            [("copying", 3), ("building its", 40), ("running its", 90), ("writing", 0), ("writing", 25)]
        {
            let mut child = started(&workspace, &["--apply", "zero", "--yes", "--allow-dirty"]);
            let said = BufReader::new(child.stderr.take().unwrap());
            let is_there =
                said.lines().map_while(Result::ok).any(|line| line.contains(&format!("Survey: {step}")));
            assert!(is_there, "{step}");
            thread::sleep(Duration::from_millis(delay));
            signal(&child, "-KILL");
            child.wait().unwrap();
            let now = files.map(read);
            if step == "writing" {
                let attribute = "#[alloc_budget::alloc_budget(max = 0)]\n";
                assert_eq!(now[2].replace(attribute, ""), before[2]);
                assert!(now[2].matches(attribute).count() % 2 == 0, "all of a file or none: {}", now[2]);
                assert!(now[0].starts_with(&*before[0]), "{}", now[0]);
                files.iter().zip(&before).for_each(|(file, text)| workspace.write(file, text));
            } else {
                assert_eq!(now, before, "{step}");
            }
        }
    }
}

#[test]
fn loops_and_a_picture() {
    let library = "pub fn per_item(count: usize) -> Vec<String> {
    let mut all = Vec::with_capacity(count);
    for item in 0..count {
        all.push(item.to_string());
    }
    all
}

pub fn once() -> String {
    String::from(\"once\")
}

#[test]
fn all() {
    assert_eq!(per_item(9).len() + per_item(7).len(), 16);
    assert_eq!(once(), \"once\");
}
";
    let workspace = plain(library);
    survey(&workspace, &["--sites", "--format", "json", "-o", "survey.json"]).ended_with(0);
    let found: Value = serde_json::from_slice(&fs::read(workspace.path("survey.json")).unwrap()).unwrap();
    let loops = found["loops"].as_array().unwrap();
    assert_eq!(loops.len(), 1, "{loops:?}");
    assert_eq!((&loops[0]["path"], &loops[0]["allocations"]), (&"plain::per_item".into(), &8.into()));
    assert!(loops[0]["frames"][0].as_str().unwrap().contains("src/lib.rs:4"), "{loops:?}");

    survey(&workspace, &["--format", "svg", "-o", "survey.svg"]).ended_with(0);
    let picture = fs::read_to_string(workspace.path("survey.svg")).unwrap();
    assert!(picture.contains("<title>per_item (18 allocations"), "{picture}");
}

#[test]
fn a_crate_without_std_is_surveyed_in_its_tests_by_nextest() {
    if !has_nextest() {
        return;
    }
    let library = "#![no_std]\n\npub fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n\n#[cfg(test)]\nmod tests {\n    extern crate std;\n\n    #[test]\n    fn adds() {\n        assert_eq!(super::add(1, 2), 3);\n    }\n}\n";
    let workspace = plain(library);
    workspace.write(
        "tests/it.rs",
        "fn texts() -> String {\n    plain::add(1, 2).to_string()\n}\n\n#[test]\nfn adds() {\n    assert_eq!(texts(), \"3\");\n}\n",
    );
    let args = ["--runner", "nextest", "--format", "json", "-o", "survey.json"];
    let mut args = arguments(&args);
    args.retain(|arg| arg != "cargo");
    let first = args.iter().position(|arg| arg == "--runner");
    args.remove(first.unwrap());
    let target = workspace.path("target");
    let run = workspace.tool_with(&args.iter().map(String::as_str).collect::<Vec<_>>(), |command| {
        command.env("CARGO_TARGET_DIR", &target);
    });
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let found: Value = serde_json::from_slice(&fs::read(workspace.path("survey.json")).unwrap()).unwrap();
    assert_eq!(found["lane"]["runner"], "nextest");
    let functions: BTreeMap<_, _> =
        found["functions"].as_array().unwrap().iter().map(|it| (it["path"].as_str().unwrap(), it)).collect();
    assert_eq!(functions["plain::add"]["class"], "never");
    assert_eq!(functions["plain::add"]["tests"], 2);
    assert_eq!(
        (&functions["it::texts"]["class"], &functions["it::texts"]["in_tests"]),
        (&"constant".into(), &true.into())
    );
}

/// As musl's is replaced in many programs: where it is not there, another one counts.
#[test]
fn an_allocator_may_be_there_under_a_condition_only() {
    let program = |condition: &str| {
        format!(
            "#[cfg({condition})]\n#[global_allocator]\nstatic ALLOCATOR: std::alloc::System = std::alloc::System;\n\n\
             fn main() {{\n    drop(boxed());\n}}\n\nfn boxed() -> Box<u8> {{\n    Box::new(1)\n}}\n\n\
             #[test]\nfn boxes() {{\n    assert_eq!(*boxed(), 1);\n}}\n"
        )
    };
    let workspace = plain("");
    workspace.write("src/bin/here.rs", &program("any(unix, windows)"));
    workspace.write("src/bin/elsewhere.rs", &program("target_os = \"nowhere\""));
    let run = survey(&workspace, &["--format", "json", "-o", "survey.json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let found: Value = serde_json::from_slice(&fs::read(workspace.path("survey.json")).unwrap()).unwrap();
    let functions = found["functions"].as_array().unwrap();
    for path in ["here::boxed", "elsewhere::boxed"] {
        let function = functions.iter().find(|it| it["path"] == path).unwrap();
        assert_eq!(function["class"], "constant", "{function}");
    }
}

//! What a report says of runs that come to their end.

use std::process::Command;

use cargo_alloc_budget::report::budget::Limit;
use cargo_alloc_budget::report::verdict::What;
use cargo_alloc_budget::report::{Counts, Target};

use crate::support::{Run, Workspace, manifest};
use crate::{LIBRARY, codec};

#[test]
fn the_worst_of_all_instances_and_tests_is_told() {
    let workspace = codec(
        "#[test] fn ones() { one(1); one(2); }
        #[test] fn two_instances() { generous(&1u8, 9); generous(&\"x\".to_owned(), 2); }",
    );
    let run = workspace.tool(&["test"]).ended_with(0);
    run.is_complete();
    assert_eq!((run.report().run.passed, run.report().run.failed), (2, 0));
    let one = run.budget("codec::one");
    assert_eq!((one.calls.total, one.calls.judged, one.quantities[&Limit::Max].slack), (2, 2, Some(0)));
    assert_eq!(
        (one.file.as_str(), one.line, one.tests.as_slice()),
        ("src/lib.rs", 4, &["tests::ones".to_owned()][..])
    );
    let max = &run.budget("codec::generous").quantities[&Limit::Max];
    assert_eq!((max.worst, max.slack), (Some(3), Some(9)));
    assert!(!run.budget("codec::zero").is_reached());
}

#[test]
fn an_overage_fails_as_in_cargo_test() {
    let workspace = codec("#[test] fn exceeds() { zero(3); }\n#[test] fn is_well() { one(1); }");
    let run = workspace.tool(&["test"]).ended_with(3);
    assert!(run.stdout.contains("test tests::exceeds ... FAILED"), "{}", run.stdout);
    assert!(run.stdout.contains("allocation budget exceeded: `zero`"), "{}", run.stdout);
    let [overage] = &run.budget("codec::zero").overages[..] else { panic!("{}", run.json) };
    assert_eq!(overage.test.as_deref(), Some("tests::exceeds"));
    assert_eq!(overage.sites[0].line, Some(15));
    assert_eq!(run.report().run.failures, ["tests::exceeds"]);
    run.lacks("1 test failed");
}

#[test]
fn a_test_may_expect_an_overage() {
    let workspace = codec(
        "#[test] #[should_panic] fn expects() { zero(3); }
        #[test] fn catches() { assert!(std::panic::catch_unwind(|| zero(3)).is_err()); }
        #[test] fn is_well() { zero(0); }",
    );
    let run = workspace.tool(&["test"]).ended_with(0);
    let zero = run.budget("codec::zero");
    assert!(
        zero.overages.iter().all(|overage| overage.expected) && !zero.overages.is_empty(),
        "{}",
        run.json
    );
    assert_eq!((zero.calls.exceeded, zero.quantities[&Limit::Max].slack), (0, Some(0)));
    run.is_complete();
}

#[test]
fn a_warning_is_an_overage_though_tests_pass() {
    let run = codec("#[test] fn warned() { warns(3); }").tool(&["test"]).ended_with(3);
    assert_eq!(run.report().verdict.what, What::Exceeded);
    assert_eq!((run.report().run.failed, run.worst("codec::warns")), (0, 1));
}

#[test]
fn other_failures_keep_the_runners_code() {
    let workspace = codec("#[test] fn exceeds() { zero(3); }\n#[test] fn fails() { one(1); panic!() }");
    let run = workspace.tool(&["test"]).ended_with(101);
    assert_eq!(run.report().verdict.what, What::Failed);
    assert_eq!(run.report().run.failures, ["tests::exceeds", "tests::fails"]);
}

#[test]
fn tests_that_do_not_build_keep_cargos_code() {
    let run = codec("#[test] fn wrong() { nothing() }").tool(&["test"]).ended_with(101);
    assert!(run.report.is_none());
    assert!(run.stderr.contains("cannot find function `nothing`"), "{}", run.stderr);
}

#[test]
fn a_filter_leaves_tests_out_and_that_is_said() {
    let workspace = codec(
        "#[test] fn ones() { one(1); }\n#[test] fn others() { zero(0); }\n#[test] #[ignore] fn ignored() {}",
    );
    let run = workspace.tool(&["test", "ones"]).ended_with(0);
    run.lacks("2 tests were left out by name");
    let run = workspace.tool(&["test", "--", "--skip", "ones"]).ended_with(0);
    run.lacks("1 test was left out by name");
    assert_eq!(run.report().run.ignored, 1);
    let run = workspace.tool(&["test", "--lib"]).ended_with(0);
    run.lacks("only some kinds of tests");
}

#[test]
fn cargo_stops_at_a_program_that_fails_and_that_is_said() {
    let workspace = codec("#[test] fn exceeds() { zero(3); }");
    workspace.write("tests/it.rs", "#[test] fn calls() { codec::one(3); }");
    let run = workspace.tool(&["test"]).ended_with(3);
    run.lacks("cargo stops at the first test program that fails: 1 of 2 were run");
    assert!(!run.budget("codec::one").is_reached());
    let run = workspace.tool(&["test", "--no-fail-fast"]).ended_with(3);
    assert!(run.budget("codec::one").is_reached(), "{}", run.json);
}

/// Where folders can have such names.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_whose_name_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;

    let workspace = codec("#[test] fn ones() { one(1); }");
    let folder = workspace.path("").join(std::ffi::OsStr::from_bytes(b"\xff"));
    std::fs::create_dir(&folder).unwrap();
    for file in ["Cargo.toml", "Cargo.lock", "src"] {
        std::fs::rename(workspace.path(file), folder.join(file)).unwrap();
    }
    let run = workspace.tool_with(&["test"], |command| {
        command.current_dir(&folder);
    });
    let run = run.ended_with(1);
    assert!(run.stderr.contains("cargo can't read the workspace"), "{}", run.stderr);
}

#[test]
fn documentation_counts_and_is_told_as_such() {
    let documented = LIBRARY
        .replace("pub fn one", "/// ```\n/// assert_eq!(codec::one(3).len(), 3);\n/// ```\npub fn one");
    let workspace = Workspace::of_codec(&[("src/lib.rs", &documented)]);
    let run = workspace.tool(&["test"]).ended_with(0);
    run.is_complete();
    assert_eq!(run.worst("codec::one"), 1);
    assert_eq!(run.budget("codec::one").tests, Vec::<String>::new());
    let docs: Vec<&Target> = run.report().targets.iter().filter(|target| target.kind == "doctest").collect();
    assert_eq!(
        docs.iter().map(|target| (&*target.package, target.processes)).collect::<Vec<_>>(),
        [("codec", 1)]
    );
}

/// Two members that call each other's budgets, one with the same integration test as the other, and
/// a shared file.
fn members() -> Workspace {
    let test = "mod common;\n#[test] fn basic() { alpha::one(1); common::shared(); }";
    let common = "#[alloc_budget::alloc_budget(max = 3)] pub fn shared() -> Vec<u8> { vec![1; 3] }";
    let beta = manifest("beta").replace("[dependencies]", "[dependencies]\nalpha = { path = \"../alpha\" }");
    let alpha = manifest("alpha");
    Workspace::new(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"alpha\", \"beta\"]\nresolver = \"3\"\n"),
        ("alpha/Cargo.toml", &alpha),
        ("alpha/src/lib.rs", LIBRARY),
        ("alpha/tests/it.rs", test),
        ("alpha/tests/common/mod.rs", common),
        ("beta/Cargo.toml", &beta),
        ("beta/src/lib.rs", "#[test] fn of_beta() { alpha::generous(&1u8, 2); }"),
        (
            "beta/tests/it.rs",
            &test.replace("mod common;", "#[path = \"../../alpha/tests/common/mod.rs\"] mod common;"),
        ),
    ])
}

#[test]
fn members_share_their_budgets() {
    let workspace = members();
    let run = workspace.tool(&["test", "--workspace"]).ended_with(0);
    run.is_complete();
    assert!(run.report().run.whole_workspace);
    let one = run.budget("alpha::one");
    assert_eq!((one.package.as_deref(), one.file.as_str()), (Some("alpha"), "alpha/src/lib.rs"));
    assert_eq!(one.tests, ["alpha::it basic", "beta::it basic"]);
    assert_eq!(run.budget("alpha::generous").tests, ["beta of_beta"]);
    // One budget of the source, in two crates.
    let shared = run.budget("it::common::shared");
    assert_eq!((shared.file.as_str(), shared.calls.total), ("alpha/tests/common/mod.rs", 2));
    assert_eq!(shared.tests, ["basic", "beta::it basic"]);

    // What a package's own tests say of its budgets is not everything.
    let run = workspace.tool(&["test", "-p", "alpha"]).ended_with(0);
    run.lacks("only `alpha` was tested");
    assert_eq!(run.report().run.packages, ["alpha"]);
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let workspace = codec(
        "#[test] fn ones() { for n in 0..9 { one(n); } }
        #[test] fn others() { std::thread::spawn(|| one(3)).join().unwrap(); }
        #[test] fn exceeds() { zero(3); }\n#[test] fn exceeds_too() { zero(3); }
        #[test] fn instances() { generous(&1u8, 9); generous(&\"x\".to_owned(), 2); }",
    );
    let first = workspace.tool(&["test"]).ended_with(3).json;
    for threads in ["1", "8"] {
        let again = workspace.tool_with(&["test"], |command| {
            command.env("RUST_TEST_THREADS", threads);
        });
        assert_eq!(again.json, first);
    }
    assert!(!first.contains(workspace.path("").to_str().unwrap()), "{first}");
}

#[test]
fn values_that_vary_are_told() {
    let workspace = codec(
        "#[test] fn varies() {
            let seen = std::path::Path::new(env!(\"CARGO_MANIFEST_DIR\")).join(\"seen\");
            let is_first = !seen.exists();
            std::fs::write(seen, \"\").unwrap();
            generous(&\"x\".to_owned(), if is_first { 2 } else { 5 });
            one(1);
        }",
    );
    let run = workspace.tool(&["test", "--runs", "2"]).ended_with(0);
    assert_eq!(run.report().run.runs, 2);
    let max = &run.budget("codec::generous").quantities[&Limit::Max];
    assert_eq!((max.worst, max.varies), (Some(6), Some([3, 6])));
    let one = run.budget("codec::one");
    assert_eq!((one.calls.total, one.quantities[&Limit::Max].varies), (1, None));
}

/// Without it the package counts nothing.
fn without_install(text: &str) -> String {
    text.replace(", features = [\"install\"]", "")
}

#[test]
fn nothing_recorded_is_not_green() {
    let workspace = codec("#[test] fn calls_none() {}");
    let run = workspace.tool(&["test"]).ended_with(5);
    run.lacks("no budget was recorded");
    assert!(run.stderr.contains("no test calls a function that has a budget"), "{}", run.stderr);
}

#[test]
fn a_program_that_does_not_count_is_told() {
    let library = "pub fn plain() {}\n\n#[alloc_budget::alloc_budget(max = 1)]\npub fn one() -> Box<u8> { Box::new(1) }\n";
    let workspace = Workspace::of_codec(&[
        ("src/lib.rs", library),
        ("tests/it.rs", "#[test] fn calls() { codec::one(); }"),
    ]);
    workspace.write("Cargo.toml", &(without_install(&manifest("codec")) + "\n[workspace]\n"));
    let run = workspace.tool(&["test"]);
    let it = run.report().targets.iter().find(|target| target.name == "it").unwrap();
    assert_eq!(it.counts, Counts::No, "{}", run.json);
    assert_ne!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn output_of_the_runner_is_unchanged() {
    let workspace =
        codec("#[test] fn fails() { println!(\"printed\"); panic!() }\n#[test] fn ones() { one(1); }");
    let plain = |command: &mut Command| {
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let is_varying = |line: &&str| !line.contains("finished in") && !line.contains("panicked at");
        text.lines().filter(is_varying).map(str::to_owned).collect::<Vec<_>>()
    };
    let args = ["test", "--", "--test-threads=1"];
    let expected = plain(workspace.command("cargo").args(args));
    let Run { stdout, .. } = workspace.tool(&args);
    let told: Vec<_> = stdout
        .lines()
        .filter(|line| !line.contains("finished in") && !line.contains("panicked at"))
        .collect();
    assert_eq!(told[..expected.len()], expected);
}

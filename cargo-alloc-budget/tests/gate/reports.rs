//! Reports from files: lanes, shards, versions, formats.

use std::fs;

use cargo_alloc_budget::report::budget::Limit;
use cargo_alloc_budget::report::{Report, Shard};

use crate::LIBRARY;
use crate::support::Workspace;

/// A workspace, and a report of its tests.
fn recorded() -> (Workspace, Report) {
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY)]);
    let run = workspace.tool(&["test"]).ended_with(0);
    let report = run.report().clone();
    (workspace, report)
}

#[test]
fn lanes_are_judged_together() {
    let (workspace, report) = recorded();
    let mut other = report.clone();
    other.lane.profile = "release".into();
    for budget in other.budgets.iter_mut().filter(|budget| budget.path == "codec::generous") {
        let quantity = budget.quantities.get_mut(&Limit::Max).unwrap();
        (quantity.worst, quantity.slack) = (Some(12), Some(0));
    }
    report.write(&workspace.path("dev.json")).unwrap();
    other.write(&workspace.path("release.json")).unwrap();
    let lane = |profile: &str| format!("\"{}/{profile}\"", report.lane.target);
    workspace.write("alloc-budget.toml", &format!("unreached = \"allow\"\nlanes = [{}]", lane("dev")));
    let check = ["check", "--ratchet", "--report", "dev.json"];
    workspace.tool(&check).ended_with(4);
    // What the other lane needs is not generous.
    let both = [&check[..], &["--report", "release.json"]].concat();
    workspace.tool(&both).ended_with(0);
    let lanes = format!("unreached = \"allow\"\nlanes = [{}, {}]", lane("dev"), lane("release"));
    workspace.write("alloc-budget.toml", &lanes);
    let one = workspace.tool(&check).ended_with(5);
    assert!(one.stderr.contains("and there is no `--report` of it"), "{}", one.stderr);
    workspace.tool(&both).ended_with(0);
    let sarif = workspace.tool(&[&both[..], &["--format", "sarif"]].concat()).ended_with(1);
    assert!(sarif.stderr.contains("room for one report"), "{}", sarif.stderr);
}

#[test]
fn reports_that_do_not_belong_together_are_refused() {
    let (workspace, report) = recorded();
    report.write(&workspace.path("dev.json")).unwrap();
    let with = |change: &dyn Fn(&mut Report), commands: &[&str], words: &str| {
        let mut other = report.clone();
        change(&mut other);
        other.write(&workspace.path("other.json")).unwrap();
        for command in commands {
            let run =
                workspace.tool(&[command, "--report", "dev.json", "--report", "other.json"]).ended_with(1);
            assert!(run.stderr.contains(words), "{}", run.stderr);
        }
    };
    let all = ["check", "bless", "tighten"];
    with(&|_| {}, &all, "dev.json and other.json are of the same lane");
    let release = |other: &mut Report| other.lane.profile = "release".into();
    let of_another_revision = |other: &mut Report| {
        release(other);
        other.run.commit = Some("0ther".into());
    };
    with(&of_another_revision, &all, "don't belong together: revision ");
    let of_another_source = |other: &mut Report| {
        release(other);
        other.budgets[0].source.as_mut().unwrap().hash = "f00".into();
        other.budgets.truncate(1);
    };
    with(&of_another_source, &all, "don't belong together: src/lib.rs is not the same");
}

/// Integration tests of two packages may have the same name.
#[test]
fn an_exception_is_for_one_package() {
    let (workspace, mut report) = recorded();
    let mut other = report.budgets.clone();
    for budget in &mut other {
        budget.package = Some("other".into());
    }
    report.budgets.extend(other);
    report.run.incomplete = Vec::new();
    report.write(&workspace.path("two.json")).unwrap();
    let with = |package: &str, code| {
        workspace.write(
            "alloc-budget.toml",
            &format!(
                "unreached = \"allow\"\n[[allow]]\npath = \"codec::generous\"\nslack = 11\nreason = \"r\"\n{package}"
            ),
        );
        workspace.tool(&["check", "--ratchet", "--report", "two.json"]).ended_with(code)
    };
    let ambiguous = with("", 1).stderr;
    assert!(
        ambiguous.contains("is for budgets of `codec` and `other`: say which with `package`"),
        "{ambiguous}"
    );
    let one = with("package = \"codec\"\n", 4).stdout;
    assert!(one.contains(" 1 finding for the ratchet"), "{one}");
}

#[test]
fn a_baseline_of_a_part_or_of_nothing_is_refused() {
    let (workspace, report) = recorded();
    let mut part = report.clone();
    part.run.shard = Some(Shard { index: 1, count: 2 });
    part.write(&workspace.path("part.json")).unwrap();
    let mut nothing = report;
    nothing.budgets.clear();
    nothing.write(&workspace.path("nothing.json")).unwrap();
    for (file, words) in [("part.json", "is shard 1 of 2"), ("nothing.json", "nothing was recorded in ")] {
        for args in [
            &["baseline", "save", "main", "--report", file][..],
            &["baseline", "diff", file],
            &["baseline", "diff", "target/alloc-budget/report.json", "--report", file],
            &["check", "--report", "target/alloc-budget/report.json", "--baseline", file],
        ] {
            let run = workspace.tool(args).ended_with(1);
            assert!(run.stderr.contains(words), "{}", run.stderr);
        }
    }
}

#[test]
fn a_check_shows_what_has_changed_in_every_format_or_says_that_it_can_not() {
    let (workspace, mut report) = recorded();
    report.budgets.retain(|budget| budget.path != "codec::generous");
    report.write(&workspace.path("before.json")).unwrap();
    let check = |args: &[&str], code| {
        let all = ["check", "--report", "target/alloc-budget/report.json", "--baseline", "before.json"];
        workspace.tool(&[&all[..], args].concat()).ended_with(code)
    };
    let table = check(&[], 0).stdout;
    assert!(table.contains("\nsince the baseline\n new     codec::generous "), "{table}");
    let sarif = check(&["--format", "sarif"], 1).stderr;
    assert!(sarif.contains("add `--summary FILE`"), "{sarif}");
    check(&["--format", "github", "--summary", "summary.md"], 0);
    let summary = fs::read_to_string(workspace.path("summary.md")).unwrap();
    assert!(summary.contains("**new**"), "{summary}");
    report.lane.rustc = "1.70".into();
    report.write(&workspace.path("before.json")).unwrap();
    let unlike = check(&[], 1).stderr;
    assert!(unlike.contains("compiler `1.70` and"), "{unlike}");
}

#[test]
fn a_file_that_was_cut_off_is_no_report() {
    let (workspace, report) = recorded();
    let text = report.to_json().unwrap();
    for end in (0..text.len() - 2).filter(|end| text.is_char_boundary(*end)) {
        assert!(Report::parse(&text[..end]).is_err(), "the first {end} bytes of {text}");
    }
    workspace.write("cut.json", &text[..text.len() / 2]);
    for args in [
        &["check", "--report", "cut.json"][..],
        &["check", "--report", "target/alloc-budget/report.json", "--baseline", "cut.json"],
        &["baseline", "save", "main", "--report", "cut.json"],
        &["baseline", "diff", "cut.json"],
        &["merge", "cut.json", "-o", "all.json"],
        &["tighten", "--report", "cut.json"],
    ] {
        let run = workspace.tool(args).ended_with(1);
        assert!(run.stderr.contains("cut.json is no report"), "{}", run.stderr);
    }
    assert!(!workspace.path("all.json").exists());
}

#[test]
fn a_shard_is_not_all() {
    let (workspace, report) = recorded();
    let write = |index: u32, change: &dyn Fn(&mut Report)| {
        let mut shard = report.clone();
        shard.run.shard = Some(Shard { index, count: 2 });
        change(&mut shard);
        shard.write(&workspace.path(&format!("shard-{index}.json"))).unwrap();
    };
    write(1, &|_| {});
    write(2, &|_| {});
    let one = workspace.tool(&["check", "--report", "shard-1.json"]).ended_with(5);
    assert!(one.stderr.contains("shard 1 of 2"), "{}", one.stderr);
    let diff = workspace.tool(&["baseline", "diff", "shard-1.json"]).ended_with(1);
    assert!(diff.stderr.contains("the baseline is shard 1 of 2"), "{}", diff.stderr);
    let missing = workspace.tool(&["merge", "shard-1.json", "-o", "all.json"]).ended_with(1);
    assert!(missing.stderr.contains("a shard is missing: 2/2"), "{}", missing.stderr);
    assert!(!workspace.path("all.json").exists());
    workspace.tool(&["merge", "shard-2.json", "shard-1.json", "-o", "all.json"]).ended_with(0);
    workspace.tool(&["check", "--report", "all.json"]).ended_with(0);
    write(2, &|shard| shard.lane.features = vec!["all".into()]);
    let unlike = workspace.tool(&["merge", "shard-2.json", "shard-1.json", "-o", "all.json"]).ended_with(1);
    assert!(unlike.stderr.contains("features `default` and `all`"), "{}", unlike.stderr);
}

#[test]
fn every_format_of_one_run() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY)]);
    workspace.tool(&["test", "--sites"]).ended_with(0);
    let formats = ["table", "md", "json", "github", "junit", "sarif", "cargo", "folded", "svg", "dhat"];
    let all = formats.map(|format| {
        let run = workspace.tool(&["report", "--all", "--format", format]).ended_with(0);
        assert!(!run.stdout.is_empty(), "{format}");
        let again = workspace.tool(&["report", "--all", "--format", format]).ended_with(0);
        assert!(run.stdout == again.stdout, "{format} differs from one time to the next");
        let root = workspace.path("").to_str().unwrap().to_owned();
        assert!(format == "cargo" || !run.stdout.contains(&root), "{format} has a path of this machine");
        run.stdout
    });
    let [table, _, json, _, junit, sarif, cargo, folded, svg, dhat] = all;
    assert!(table.contains(" codec::tight"), "{table}");
    Report::parse(&json).unwrap();
    roxmltree::Document::parse(&junit).unwrap();
    serde_json::from_str::<serde_json::Value>(&sarif).unwrap();
    for message in cargo_metadata::Message::parse_stream(cargo.as_bytes()) {
        let message = message.unwrap();
        assert!(matches!(message, cargo_metadata::Message::CompilerMessage(_)), "{message:?}");
    }
    assert!(folded.lines().any(|line| line.starts_with("tight (src/lib.rs:5);")), "{folded}");
    assert!(svg.contains("<svg "));
    serde_json::from_str::<serde_json::Value>(&dhat).unwrap();

    let graph = workspace.path("graph.svg");
    let args = ["report", "--format", "svg", "--by", "allocations", "--budget", "codec::tight", "-o"];
    workspace.tool(&[&args[..], &[graph.to_str().unwrap()]].concat()).ended_with(0);
    assert!(fs::read_to_string(&graph).unwrap().contains("Allocations in budgets"));
    let beside = fs::read_to_string(workspace.path("graph.folded")).unwrap();
    assert_eq!(beside.lines().count(), 1, "{beside}");
}

#[test]
fn what_can_not_be_read_is_refused() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", "")]);
    let none = workspace.tool(&["report"]).ended_with(1);
    assert!(none.stderr.contains("`cargo alloc-budget test` makes one"), "{}", none.stderr);
    workspace.write("later.json", "{\"version\": 99}");
    let later = workspace.tool(&["report", "--report", "later.json"]).ended_with(1);
    assert!(later.stderr.contains("update the tool"), "{}", later.stderr);
    let odd = workspace.tool(&["report", "--format", "xml"]).ended_with(2);
    assert!(odd.stderr.contains("junit"), "{}", odd.stderr);
}

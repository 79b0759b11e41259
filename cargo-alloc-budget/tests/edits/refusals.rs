//! What is not edited, and why; and what of a file stays besides its bytes.

use cargo_alloc_budget::edit::bless::bless;
use cargo_alloc_budget::edit::plan::{Only, Plan};
use cargo_alloc_budget::edit::tighten::{hindrances, tighten};
use cargo_alloc_budget::edit::write::{diff, write};
use cargo_alloc_budget::report::Report;
use cargo_alloc_budget::report::budget::{Budget, Kind, Limit, Overage};

use crate::made::{budget, report};
use crate::package::Package;

const CODE: &str = "#[alloc_budget(max = 1)]\nfn f() { g() }\n#[alloc_budget(max = 9)]\nfn g() {}\n";

fn package() -> Package {
    Package::new("made", &[("src/lib.rs", CODE)])
}

fn exceeded() -> Budget {
    budget(CODE, "fn f", "made::f", &[(Limit::Max, 1, 3)])
}

fn generous() -> Budget {
    budget(CODE, "fn g", "made::g", &[(Limit::Max, 9, 2)])
}

fn blessed(package: &Package, budgets: Vec<Budget>) -> Plan {
    bless(&[report(budgets)], &[Limit::Max], &Only::default(), &package.workspace())
}

fn tightened(package: &Package, budgets: Vec<Budget>) -> Plan {
    tighten(&[report(budgets)], &Only::default(), &package.workspace())
}

#[track_caller]
fn is_refused(plan: &Plan, why: &str) {
    assert!(plan.edits.is_empty(), "{:?}", plan.edits);
    let said: Vec<String> = plan.refused.iter().map(ToString::to_string).collect();
    assert!(matches!(&*said, [one] if one.contains(why)), "{why}: {said:?}");
}

#[test]
fn each_command_touches_only_what_it_names() {
    let package = package();
    let both = || vec![exceeded(), generous()];
    let plan = blessed(&package, both());
    assert_eq!(plan.edits.iter().map(|edit| &*edit.after).collect::<Vec<_>>(), ["max = 3"]);
    let plan = tightened(&package, both());
    assert_eq!(plan.edits.iter().map(|edit| &*edit.after).collect::<Vec<_>>(), ["max = 2"]);
    let only = Only { packages: vec!["another".to_owned()] };
    assert_eq!(bless(&[report(both())], &[], &only, &package.workspace()).edits.len(), 0);
    assert_eq!(tighten(&[report(both())], &only, &package.workspace()).edits.len(), 0);
}

#[test]
fn a_file_that_was_not_compiled_is_left_alone() {
    let package = package();
    package.write("src/lib.rs", &CODE.replace("g()", "g( )"));
    is_refused(&blessed(&package, vec![exceeded()]), "no longer the one that was compiled");
    let mut changed = exceeded();
    changed.source.as_mut().unwrap().hash.clear();
    is_refused(&blessed(&package, vec![changed]), "has changed while it was built");
}

#[test]
fn a_number_that_the_program_did_not_have_is_left_alone() {
    let other = budget(CODE, "fn f", "made::f", &[(Limit::Max, 2, 3)]);
    is_refused(&blessed(&package(), vec![other]), "the program had `max = 2`, and here stands 1");
    let mut varying = exceeded();
    varying.quantities.get_mut(&Limit::Max).unwrap().limits = Some([1, 2]);
    is_refused(&blessed(&package(), vec![varying]), "the program had `max = 1 to 2`");
    let absent = budget(CODE, "fn f", "made::f", &[(Limit::MaxBytes, 2, 3)]);
    is_refused(&blessed(&package(), vec![absent]), "no `max_bytes` stands here");
}

#[test]
fn a_place_without_its_function_is_left_alone() {
    let mut moved = exceeded();
    moved.line = 1;
    is_refused(&blessed(&package(), vec![moved]), "no function begins at this line");
    let mut renamed = exceeded();
    renamed.path = "made::h".to_owned();
    is_refused(&blessed(&package(), vec![renamed]), "no function `h` begins at this line");
    let mut value = exceeded();
    value.kind = Kind::Value;
    is_refused(&blessed(&package(), vec![value]), "made by code");
}

#[test]
fn files_that_are_not_the_workspaces_are_left_alone() {
    let package = package();
    let at = |file: String| Budget { file, ..exceeded() };
    is_refused(&blessed(&package, vec![at("src/none.rs".to_owned())]), "there is no file `src/none.rs`");

    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&outside, CODE).unwrap();
    let file = outside.path().display().to_string();
    is_refused(&blessed(&package, vec![at(file)]), "outside of the workspace");

    let folder = package.workspace().own_folder().join(format!("made-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("made.rs"), CODE).unwrap();
    let plan = blessed(&package, vec![at(folder.join("made.rs").display().to_string())]);
    std::fs::remove_dir_all(&folder).unwrap();
    is_refused(&plan, "made by the build");

    let foreign = Budget { package: None, ..exceeded() };
    is_refused(&blessed(&package, vec![foreign]), "not that of a member");
}

#[test]
fn a_read_only_file_is_left_alone() {
    let package = package();
    let path = package.path("src/lib.rs");
    let before = std::fs::metadata(&path).unwrap().permissions();
    let mut permissions = before.clone();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let plan = blessed(&package, vec![exceeded()]);
    std::fs::set_permissions(&path, before).unwrap();
    is_refused(&plan, "the file is read-only");
}

#[test]
fn a_file_that_changes_before_it_is_written_is_left_alone() {
    let package = package();
    let plan = blessed(&package, vec![exceeded()]);
    let changed = CODE.replace("g()", "g( )");
    package.write("src/lib.rs", &changed);
    let error = write(&plan.edits).unwrap_err().to_string();
    assert_eq!(error, "src/lib.rs has changed in the meantime: run this again");
    assert_eq!(package.read("src/lib.rs"), changed);
}

#[test]
fn nothing_but_the_file_is_left_in_its_folder() {
    let package = package();
    write(&blessed(&package, vec![exceeded()]).edits).unwrap();
    assert_eq!(package.read("src/lib.rs"), CODE.replace("max = 1", "max = 3"));
    let names: Vec<_> =
        std::fs::read_dir(package.path("src")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["lib.rs"]);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let package = package();
    package.write("shared/real.rs", CODE);
    let (link, real) = (package.path("src/lib.rs"), package.path("shared/real.rs"));
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o751)).unwrap();
    std::fs::remove_file(&link).unwrap();
    symlink("../shared/real.rs", &link).unwrap();
    write(&blessed(&package, vec![exceeded()]).edits).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o751);
    assert_eq!(package.read("shared/real.rs"), CODE.replace("max = 1", "max = 3"));

    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&outside, CODE).unwrap();
    std::fs::remove_file(&link).unwrap();
    symlink(outside.path(), &link).unwrap();
    is_refused(&blessed(&package, vec![exceeded()]), "outside of the workspace");
}

/// The same file in two crates: the greater value holds in both.
#[test]
fn a_source_of_two_crates_gets_what_both_need() {
    let package = package();
    let other = |worst| budget(CODE, "fn f", "another::f", &[(Limit::Max, 1, worst)]);
    let mut more = vec![exceeded(), other(7)];
    for _ in 0..2 {
        let plan = blessed(&package, more.clone());
        assert_eq!(plan.edits.iter().map(|edit| &*edit.after).collect::<Vec<_>>(), ["max = 7"]);
        more.reverse();
    }
    let other = |worst| budget(CODE, "fn g", "another::g", &[(Limit::Max, 9, worst)]);
    let plan = tightened(&package, vec![generous(), other(5)]);
    assert_eq!(plan.edits.iter().map(|edit| &*edit.after).collect::<Vec<_>>(), ["max = 5"]);
    assert_eq!(tightened(&package, vec![generous(), other(9)]).edits.len(), 0);
    let lanes = [report(vec![generous()]), report(vec![other(6)])];
    let plan = tighten(&lanes, &Only::default(), &package.workspace());
    assert_eq!(plan.edits[0].after, "max = 6", "what another lane needs");
    let unsure = Budget { is_lower_bound: true, ..other(1) };
    assert_eq!(tightened(&package, vec![generous(), unsure]).edits.len(), 0);
}

#[test]
fn a_worst_that_may_not_be_the_worst_lowers_nothing() {
    let package = package();
    let mut varying = generous();
    varying.quantities.get_mut(&Limit::Max).unwrap().varies = Some([1, 2]);
    is_refused(&tightened(&package, vec![varying]), "it varies from run to run, from 1 to 2");
    is_refused(&tightened(&package, vec![Budget { is_lower_bound: true, ..generous() }]), "has no end");
    let mut unchecked = generous();
    unchecked.calls.unchecked = 4;
    is_refused(&tightened(&package, vec![unchecked]), "4 of its calls were not counted");
    let mut unjudged = generous();
    unjudged.calls.judged = 0;
    is_refused(&tightened(&package, vec![unjudged]), "none of its calls was judged");
}

#[test]
fn a_run_that_is_not_complete_lowers_nothing() {
    let complete = report(vec![generous()]);
    assert_eq!(hindrances(std::slice::from_ref(&complete), &[]), [""; 0]);
    let with = |change: fn(&mut Report)| {
        let mut report = complete.clone();
        change(&mut report);
        hindrances(&[report], &[]).join("; ")
    };
    assert_eq!(with(|report| report.run.incomplete.push("why".to_owned())), "why");
    assert!(with(|report| report.run.runs = 1).contains("the tests were run once"));
    let lane = "x86_64-pc-windows-msvc/dev".to_owned();
    let lanes = hindrances(std::slice::from_ref(&complete), &[lane]).join("; ");
    assert!(lanes.contains("names the lane `x86_64-pc-windows-msvc/dev`"), "{lanes}");
    let shard =
        |report: &mut Report| report.run.shard = serde_json::from_str(r#"{"index":1,"count":4}"#).unwrap();
    assert!(with(shard).contains("part 1 of 4"));
}

#[test]
fn what_is_left_below_zero_is_no_limit() {
    let code = "#[alloc_budget(max_retained_bytes = 8)]\nfn f() { g() }\n";
    let package = Package::new("made", &[("src/lib.rs", code)]);
    let negative = budget(code, "fn f", "made::f", &[(Limit::MaxRetainedBytes, 8, -64)]);
    let plan = tightened(&package, vec![negative]);
    assert_eq!(plan.edits[0].after, "max_retained_bytes = 0");
}

#[test]
fn measure_becomes_what_was_asked_for() {
    let code = "#[alloc_budget(measure)]\nfn f() { g() }\n";
    let package = Package::new("made", &[("src/lib.rs", code)]);
    let mut measured = budget(code, "fn f", "made::f", &[(Limit::Max, 0, 3), (Limit::MaxBytes, 0, 64)]);
    measured.measures = true;
    for quantity in measured.quantities.values_mut() {
        (quantity.limits, quantity.slack) = (None, None);
    }
    let limits = [Limit::MaxBytes, Limit::Max, Limit::MaxReallocs];
    let report = report(vec![measured.clone()]);
    let plan = bless(&[report], &limits, &Only::default(), &package.workspace());
    assert_eq!(plan.edits[0].change.new, "max = 3, max_bytes = 64");
    // Nobody has called it.
    measured.quantities.clear();
    let plan = blessed(&package, vec![measured]);
    assert!(plan.edits.is_empty() && plan.refused.is_empty());
}

#[test]
fn an_overage_that_a_test_wants_is_left_alone() {
    let wanted = Overage {
        test: Some("tests::panics".to_owned()),
        expected: true,
        exceeded: Vec::new(),
        sites: Vec::new(),
    };
    let plan = blessed(&package(), vec![Budget { overages: vec![wanted], ..exceeded() }]);
    assert!(plan.edits.is_empty() && plan.refused.is_empty());
    assert_eq!(plan.expected[0].why, "`tests::panics` expects that");
}

#[test]
fn a_person_decides_about_each_edit() {
    let code = "#[alloc_budget(max = 1)]\nfn f() { x() }\n#[alloc_budget(max = 2)]\nfn g() { x() }\n\
                #[alloc_budget(max = 3)]\nfn h() { x() }\n";
    for (answers, expected) in [
        ("y\nn\ny\n", [7, 2, 9]),
        ("n\na\n", [1, 8, 9]),
        ("what?\ny\nq\n", [7, 2, 3]),
        ("y\n", [7, 2, 3]),
        ("", [1, 2, 3]),
    ] {
        let package = Package::new("made", &[("src/lib.rs", code)]);
        let budgets = [("f", 1, 7), ("g", 2, 8), ("h", 3, 9)].map(|(name, max, worst)| {
            budget(code, &format!("fn {name}"), &format!("made::{name}"), &[(Limit::Max, max, worst)])
        });
        let file = package.path("report.json");
        report(budgets.to_vec()).write(&file).unwrap();
        let said = package.tool_asks(&["bless", "--review", "--report", "report.json"], answers);
        said.ends_with(0);
        let [f, g, h] = expected.map(|max| format!("(max = {max})"));
        let after = code.replace("(max = 1)", &f).replace("(max = 2)", &g).replace("(max = 3)", &h);
        assert_eq!(package.read("src/lib.rs"), after, "{answers:?}: {}", said.err);
    }
}

#[test]
fn a_package_that_is_no_member_is_an_error() {
    let package = package();
    report(vec![exceeded()]).write(&package.path("report.json")).unwrap();
    let said = package.tool(&["bless", "--report", "report.json", "-p", "nobody"]);
    said.ends_with(1);
    assert!(said.err.contains("`nobody` is no member of this workspace"), "{}", said.err);
    package.tool(&["bless", "--limits", "maximum"]).ends_with(2);
}

#[test]
fn the_diff_is_one_that_patch_reads() {
    let plan = blessed(&package(), vec![exceeded()]);
    let expected = "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1,2 +1,2 @@\n-#[alloc_budget(max = 1)]\n\
                    +#[alloc_budget(max = 3)]\n fn f() { g() }\n";
    assert_eq!(diff(&plan.edits).unwrap(), expected);
}

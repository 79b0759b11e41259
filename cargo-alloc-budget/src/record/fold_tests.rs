//! What records become in a report, from their lines on.

use std::path::Path;

use super::file::Record;
use super::fold::{Expectation, Fold, Test, fold};
use super::folder::Records;
use super::places::Places;
use super::program::Program;
use super::runs;
use super::samples::{AT, END, HEADER, OVER, SITE};
use crate::report::Counts;
use crate::report::budget::Limit;

/// Tests that fail where they exceed, unless their name says that they want to.
struct Plain;

impl Expectation for Plain {
    fn is_expected(&self, test: &Test<'_>, _: &str) -> bool {
        test.name.is_some_and(|name| name.contains("wants"))
    }
}

fn programs() -> [Program; 1] {
    [Program {
        exe: "/w/target/debug/deps/codec-79".into(),
        package: "codec".to_owned(),
        kind: "lib".to_owned(),
        name: "codec".to_owned(),
        is_test: true,
    }]
}

fn records(texts: &[String]) -> Records {
    let mut records = Records::default();
    for text in texts {
        match Record::parse(text.as_bytes()).unwrap() {
            Some(record) => records.records.push(record),
            None => records.nameless += 1,
        }
    }
    records
}

fn folded(texts: &[String]) -> Fold {
    let places = Places::new(Path::new("/w"), vec![("/w".into(), "codec".to_owned())]);
    fold(&records(texts), &places, &programs(), &Plain)
}

fn process(lines: &[&str]) -> String {
    let mut text = format!("{HEADER}\n{SITE}\n");
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[test]
fn processes_are_added_and_the_worst_of_them_is_told() {
    let worse = AT.replace("tests::frames", "tests::big").replacen("\"worst\":1,", "\"worst\":5,", 1);
    let fold = folded(&[process(&[AT, END]), process(&[&worse, END])]);
    let [budget] = &fold.budgets[..] else { panic!("{:?}", fold.budgets) };
    assert_eq!((budget.calls.total, budget.calls.warming), (1624, 2));
    assert_eq!(budget.tests, ["tests::big", "tests::frames"]);
    let max = &budget.quantities[&Limit::Max];
    assert_eq!((max.worst, max.test.as_deref()), (Some(5), Some("tests::big")));
    assert!(fold.incomplete.is_empty() && !budget.is_lower_bound);
    assert_eq!((fold.targets[0].processes, fold.targets[0].counts), (2, Counts::Yes));
}

#[test]
fn the_worst_instance_is_told_where_there_are_several() {
    let of_text = |text: &str| text.replace("Encoder<u8>", "Encoder<str>");
    let worse = AT.replacen("\"worst\":1,", "\"worst\":5,", 1);
    let fold = folded(&[process(&[AT, END]), of_text(&process(&[&worse, END]))]);
    let [budget] = &fold.budgets[..] else { panic!("{:?}", fold.budgets) };
    let max = &budget.quantities[&Limit::Max];
    assert_eq!((max.worst, max.instance.as_deref()), (Some(5), Some("codec::Encoder<str>::frame")));
}

#[test]
fn the_order_of_files_says_nothing() {
    let worse = AT.replace("tests::frames", "tests::another");
    let texts = [process(&[AT, OVER, END]), process(&[&worse, END]), process(&[AT])];
    let mut orders = vec![texts.clone()];
    orders.push([texts[2].clone(), texts[0].clone(), texts[1].clone()]);
    let folds: Vec<_> = orders.iter().map(|texts| format!("{:?}", folded(texts))).collect();
    assert_eq!(folds[0], folds[1]);
}

#[test]
fn two_runtimes_in_one_process_are_two_records() {
    let other = SITE.replace("\"site\":3", "\"site\":0");
    let at = AT.replace("\"at\":3", "\"at\":0");
    let second = format!("{HEADER}\n{other}\n{at}\n{END}\n");
    let fold = folded(&[process(&[AT, END]), second]);
    assert_eq!((fold.budgets.len(), fold.budgets[0].calls.total), (1, 1624));
}

#[test]
fn functions_of_one_macro_call_are_told_apart() {
    let other = SITE.replace("\"site\":3", "\"site\":4").replace("frame\"", "other\"");
    let at = AT.replace("\"at\":3", "\"at\":4");
    let fold = folded(&[process(&[AT, &other, &at, END])]);
    assert_eq!(fold.budgets.len(), 2);
}

/// What was written is not lost, though the process has said no more.
#[test]
fn an_overage_counts_without_what_the_test_has_done() {
    let fold = folded(&[process(&[OVER])]);
    let budget = &fold.budgets[0];
    assert_eq!((budget.calls.exceeded, budget.calls.judged, budget.calls.total), (1, 1, 9));
    assert_eq!(budget.quantities[&Limit::Max].slack, Some(-1));
    assert!(budget.is_lower_bound);
    assert_eq!(fold.targets[0].unended, 1);
    assert!(fold.exceeding.contains(&(Some("codec".to_owned()), Some("tests::big".to_owned()))));
}

#[test]
fn a_test_that_wants_an_overage_says_nothing_of_the_function() {
    let over = OVER.replace("tests::big", "tests::wants");
    let fold = folded(&[process(&[AT, &over, END])]);
    let budget = &fold.budgets[0];
    assert_eq!((budget.calls.exceeded, budget.quantities[&Limit::Max].worst), (0, Some(1)));
    assert!(budget.overages[0].expected && fold.exceeding.is_empty());
}

#[test]
fn a_record_of_nobody_is_told() {
    let fold = folded(&[process(&[AT, END]), "{\"alloc_bu".to_owned()]);
    assert_eq!(fold.budgets.len(), 1);
    let incomplete: Vec<_> = fold.incomplete.iter().collect();
    assert_eq!(incomplete, ["1 record doesn't say whose: the process was stopped as it began"]);
}

#[test]
fn a_damaged_record_is_never_silent() {
    for (lines, expected) in [
        (&[AT][..], "was stopped before its end"),
        (&[AT, "{\"at\":3,", END], "lines that can't be read"),
        (&[AT, "{\"end\":true,\"lost\":3}"], "could not write all of its record"),
    ] {
        let fold = folded(&[process(lines)]);
        assert!(fold.incomplete.iter().any(|reason| reason.contains(expected)), "{:?}", fold.incomplete);
        assert!(fold.budgets[0].is_lower_bound);
        assert_eq!(fold.budgets[0].calls.total, 812);
    }
}

#[test]
fn a_program_of_which_one_process_does_not_count_is_in_trouble() {
    let deaf = process(&[AT, END]).replace("\"counting\"", "\"not_installed\"");
    let fold = folded(&[process(&[AT, END]), deaf]);
    assert_eq!(fold.targets[0].counts, Counts::No);
}

#[test]
fn runs_are_not_added() {
    let more = AT.replacen("\"worst\":1,", "\"worst\":3,", 1);
    let merged = runs::merge(vec![folded(&[process(&[AT, END])]), folded(&[process(&[&more, END])])]);
    let budget = &merged.budgets[0];
    assert_eq!(budget.calls.total, 812);
    let max = &budget.quantities[&Limit::Max];
    assert_eq!((max.worst, max.varies), (Some(3), Some([1, 3])));
    assert_eq!(budget.quantities[&Limit::MaxDeallocs].varies, None);
}

/// A budget that only one of the runs has called.
#[test]
fn what_one_run_has_not_seen_varies() {
    let merged = runs::merge(vec![folded(&[process(&[AT, END])]), folded(&[])]);
    assert_eq!(merged.budgets[0].quantities[&Limit::Max].varies, Some([1, 1]));
}

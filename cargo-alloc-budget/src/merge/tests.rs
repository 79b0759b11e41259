//! Which shards belong together, and what they are together.

use super::*;
use crate::report::example;

fn shard(index: u32, count: u32, budgets: Vec<Budget>) -> (String, Report) {
    let mut report = Report { budgets, ..example::report() };
    report.run.shard = Some(Shard { index, count });
    report.verdict = Verdict::FINE;
    (format!("shard-{index}.json"), report)
}

fn two() -> Vec<(String, Report)> {
    let unreached = example::report().budgets.remove(0);
    let mut reached = Budget { tests: vec!["tests::a".into()], ..example::budget("cache::evict", 0, 0, 7) };
    reached.source.clone_from(&unreached.source);
    let f = |worst, calls| example::budget("a::f", 5, worst, calls);
    vec![shard(2, 2, vec![f(2, 10), reached]), shard(1, 2, vec![f(4, 1), unreached])]
}

#[test]
fn all_shards_are_one_run() {
    let whole = merge(two()).unwrap();
    assert_eq!(whole.run.shard, None);
    assert_eq!(whole.run.passed, 80);
    let [f, evict] = &whole.budgets[..] else { panic!("{:?}", whole.budgets) };
    assert_eq!(f.calls.total, 11);
    let quantity = &f.quantities[&Limit::Max];
    assert_eq!((quantity.worst, quantity.slack), (Some(4), Some(1)));
    assert!(evict.is_reached());
    assert_eq!(evict.tests, ["tests::a"]);
    assert_eq!(whole.targets[0].processes, 2);
}

#[test]
fn budgets_of_one_line_stay_apart() {
    let blocks = || {
        let block = |column, worst| Budget { column, ..example::budget("a::f", 5, worst, 1) };
        vec![block(5, 1), block(40, 5)]
    };
    let whole = merge(vec![shard(1, 2, blocks()), shard(2, 2, blocks())]).unwrap();
    let slack = |budget: &Budget| budget.quantities[&Limit::Max].slack;
    assert_eq!(whole.budgets.iter().map(slack).collect::<Vec<_>>(), [Some(4), Some(0)]);
}

#[test]
fn a_file_of_several_crates_is_one_in_all_shards() {
    let seen = |krate: &str, worst| {
        let budget = example::budget("a::common::f", 5, worst, 1);
        vec![Budget { path: format!("{krate}::common::f"), ..budget }]
    };
    let whole = merge(vec![shard(1, 2, seen("one", 1)), shard(2, 2, seen("other", 5))]).unwrap();
    let [f] = &whole.budgets[..] else { panic!("{:?}", whole.budgets) };
    assert_eq!((f.calls.total, f.quantities[&Limit::Max].slack), (2, Some(0)));
}

/// As it is for the files of a shell's `*`.
#[test]
fn the_order_of_the_shards_does_not_matter() {
    let mut shards = two();
    let whole = merge(shards.clone()).unwrap();
    shards.reverse();
    assert_eq!(merge(shards).unwrap(), whole);
}

#[track_caller]
fn refused(shards: Vec<(String, Report)>, words: &str) {
    let error = merge(shards).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_shard_that_is_missing_or_doubled_is_refused() {
    refused(vec![shard(1, 4, vec![]), shard(3, 4, vec![])], "a shard is missing: 2/4, 4/4");
    refused(vec![shard(1, 2, vec![]), shard(1, 2, vec![])], "are both shard 1 of 2");
    refused(
        vec![shard(1, 2, vec![]), shard(2, 3, vec![])],
        "shard-1.json is one of 2 shards, and shard-2.json is one of 3",
    );
    refused(vec![("report.json".into(), example::report())], "report.json is no shard");
    refused(vec![], "there is no shard");
}

type Change = fn(&mut Report);

#[test]
fn shards_of_unlike_runs_are_refused() {
    let unlike: [(Change, &str); 8] = [
        (|report| report.run.commit = Some("0ther".into()), "revision 5f3c1e0a and 0ther"),
        (|report| report.lane.features = vec!["all".into()], "features `default` and `all`"),
        (|report| report.lane.rustc = "1.96".into(), "compiler `1.95` and `1.96`"),
        (|report| report.lane.profile = "release".into(), "profile `dev` and `release`"),
        (|report| report.tool = "0.2.0".into(), "tool 0.1.0 and 0.2.0"),
        (|report| report.run.packages = vec!["codec".into()], "packages cache,codec,mixer,parse and codec"),
        (|report| report.run.runs = 2, "runs 1 and 2"),
        (
            |report| report.budgets[1].source.as_mut().unwrap().hash = "f00".into(),
            "cache/src/lib.rs is not the same",
        ),
    ];
    for (change, words) in unlike {
        let mut shards = two();
        change(&mut shards[0].1);
        refused(shards, words);
    }
}

#[test]
fn the_worst_verdict_is_that_of_all() {
    let with = |a, b| {
        let mut shards = two();
        (shards[0].1.verdict, shards[1].1.verdict) = (a, b);
        merge(shards).unwrap().verdict
    };
    assert_eq!(with(Verdict::FINE, Verdict::EXCEEDED), Verdict::EXCEEDED);
    assert_eq!(with(Verdict::failed(Some(100)), Verdict::EXCEEDED).code, 100);
}

#[test]
fn shards_that_have_recorded_nothing_are_together_incomplete() {
    let nothing = |index| shard(index, 2, example::report().budgets.into_iter().take(1).collect());
    assert_eq!(merge(vec![nothing(1), nothing(2)]).unwrap().verdict, Verdict::INCOMPLETE);
}

#[test]
fn what_is_incomplete_in_one_is_in_all() {
    let mut shards = two();
    shards[0].1.run.incomplete = vec![NOTHING.into(), "a test was retried".into()];
    assert_eq!(merge(shards).unwrap().run.incomplete, ["a test was retried"]);
}

#[test]
fn what_varies_in_one_shard_may_be_steady_in_all() {
    let varying = |worst, varies| Quantity { worst: Some(worst), varies, ..Quantity::default() };
    let sum = |a: Quantity, b: Quantity| {
        let mut whole = BTreeMap::from([(Limit::Max, a)]);
        add_quantity(&mut whole, Limit::Max, b);
        whole.remove(&Limit::Max).unwrap().varies
    };
    assert_eq!(sum(varying(3, Some([1, 3])), varying(5, None)), None);
    assert_eq!(sum(varying(3, Some([1, 3])), varying(2, None)), Some([2, 3]));
    assert_eq!(sum(varying(3, None), varying(3, None)), None);
}

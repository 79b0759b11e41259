//! A report with a budget of every kind, for tests.

use std::collections::BTreeMap;

use super::budget::{
    Budget, CallSite, Caller, Calls, Exceeded, Kind, Limit, Overage, Quantity, Source, Stack,
};
use super::lane::{Lane, Runner};
use super::verdict::Verdict;
use super::{Counts, Report, Run, Target, VERSION};

pub(crate) fn report() -> Report {
    Report {
        version: VERSION,
        tool: "0.1.0".into(),
        verdict: Verdict::EXCEEDED,
        lane: Lane {
            target: "x86_64-unknown-linux-gnu".into(),
            profile: "dev".into(),
            rustc: "1.95".into(),
            features: vec!["default".into()],
            runner: Runner::Cargo,
        },
        run: Run {
            packages: vec!["cache".into(), "codec".into(), "mixer".into(), "parse".into()],
            whole_workspace: true,
            commit: Some("5f3c1e0a".into()),
            runs: 1,
            passed: 40,
            ..Run::default()
        },
        budgets: vec![evict(), frame(), render(), mix(), headers()],
        targets: vec![Target {
            package: "codec".into(),
            kind: "lib".into(),
            name: "codec".into(),
            counts: Counts::Yes,
            processes: 1,
            unended: 0,
        }],
        others: Vec::new(),
    }
}

/// With `max` as its only limit.
pub(crate) fn budget(path: &str, limit: u64, worst: i64, calls: u64) -> Budget {
    let package = path.split("::").next().map(str::to_owned);
    let slack = i64::try_from(limit).unwrap() - worst;
    let quantity = Quantity {
        worst: Some(worst),
        test: Some("tests::works".into()),
        limits: Some([limit, limit]),
        slack: Some(slack),
        ..Quantity::default()
    };
    let file = format!("{}/src/lib.rs", package.as_deref().unwrap());
    Budget {
        package,
        path: path.into(),
        calls: Calls { total: calls, judged: calls, exceeded: u64::from(slack < 0), ..Calls::default() },
        tests: vec!["tests::works".into()],
        quantities: BTreeMap::from([(Limit::Max, quantity)]),
        source: Some(source(&[(Limit::Max, &limit.to_string())])),
        ..Budget::at(Kind::Function, file, 18, 1)
    }
}

fn source(limits: &[(Limit, &str)]) -> Source {
    Source {
        hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        limits: limits.iter().map(|(limit, text)| (*limit, (*text).to_owned())).collect(),
        refusal: None,
        not_compiled: None,
        is_test_only: false,
    }
}

fn frame() -> Budget {
    let mut budget = budget("codec::Encoder::frame", 1, 2, 811);
    budget.file = "codec/src/codec.rs".into();
    budget.line = 40;
    budget.tests = vec!["tests::big".into(), "tests::frames".into()];
    budget.quantities.get_mut(&Limit::Max).unwrap().test = Some("tests::big".into());
    budget.quantities.insert(
        Limit::MaxBytes,
        Quantity { worst: Some(1_180), test: Some("tests::big".into()), ..Quantity::default() },
    );
    budget.overages = vec![Overage {
        test: Some("tests::big".into()),
        expected: false,
        exceeded: vec![Exceeded { limit: Limit::Max, actual: 2, allowed: 1 }],
        sites: vec![CallSite {
            file: Some("codec/src/codec.rs".into()),
            line: Some(44),
            function: "codec::Encoder::header".into(),
            callee: Some("Vec::reserve".into()),
            allocations: 1,
            bytes: 64,
            callers: vec![Caller {
                function: "codec::Encoder::frame".into(),
                file: Some("codec/src/codec.rs".into()),
                line: Some(41),
            }],
        }],
    }];
    budget.stacks = vec![
        Stack {
            frames: vec![
                "codec::Encoder::frame (codec/src/codec.rs:41)".into(),
                "codec::Encoder::header (codec/src/codec.rs:44)".into(),
                "Vec<[u8; 4]>::reserve".into(),
            ],
            allocations: 1,
            bytes: 64,
        },
        Stack {
            frames: vec!["codec::Encoder::frame (codec/src/codec.rs:42)".into(), "Vec::with_capacity".into()],
            allocations: 811,
            bytes: 831_488,
        },
    ];
    budget
}

/// Its limit is an expression of an argument.
fn render() -> Budget {
    let mut budget = budget("codec::render", 3, 3, 9);
    budget.line = 60;
    budget.tests = vec!["tests::columns".into(), "tests::rows".into()];
    let quantity = budget.quantities.get_mut(&Limit::Max).unwrap();
    *quantity = Quantity { worst: Some(8), limits: Some([2, 10]), slack: Some(2), ..quantity.clone() };
    budget.source = Some(source(&[(Limit::Max, "n+1")]));
    budget
}

fn mix() -> Budget {
    let mut budget = budget("mixer::Mixer::mix", 0, 0, 48_000);
    let deallocs = budget.quantities[&Limit::Max].clone();
    budget.quantities.insert(Limit::MaxDeallocs, deallocs);
    budget.source = Some(source(&[(Limit::Max, "0"), (Limit::MaxDeallocs, "0")]));
    budget
}

fn headers() -> Budget {
    budget("parse::headers", 12, 4, 320)
}

fn evict() -> Budget {
    Budget {
        calls: Calls::default(),
        tests: Vec::new(),
        quantities: BTreeMap::new(),
        ..budget("cache::evict", 0, 0, 1)
    }
}

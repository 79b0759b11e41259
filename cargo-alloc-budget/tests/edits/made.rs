//! Reports made by hand, of sources that nobody has compiled.

use cargo_alloc_budget::report::budget::{Budget, Calls, Kind, Limit, Quantity, Source};
use cargo_alloc_budget::report::lane::{Lane, Runner};
use cargo_alloc_budget::report::verdict::Verdict;
use cargo_alloc_budget::report::{Report, Run, VERSION};
use cargo_alloc_budget::source::file::hash;
use cargo_alloc_budget::source::text::Text;

/// A complete report of two runs.
pub(crate) fn report(budgets: Vec<Budget>) -> Report {
    Report {
        version: VERSION,
        tool: "0.1.0".to_owned(),
        verdict: Verdict::FINE,
        lane: Lane {
            target: String::new(),
            profile: "dev".to_owned(),
            rustc: "1.95".to_owned(),
            features: vec!["default".to_owned()],
            runner: Runner::Cargo,
        },
        run: Run { whole_workspace: true, runs: 2, passed: 1, ..Run::default() },
        budgets,
        targets: Vec::new(),
        others: Vec::new(),
    }
}

/// The budget whose head begins with `head`, which is in the text once; its limits, and its worst.
pub(crate) fn budget(text: &str, head: &str, path: &str, limits: &[(Limit, u64, i64)]) -> Budget {
    let found: Vec<usize> = text.match_indices(head).map(|(at, _)| at).collect();
    let [offset] = *found else { panic!("{head} is {} times in {text}", found.len()) };
    budget_at(text, offset, path, limits)
}

pub(crate) fn budget_at(text: &str, offset: usize, path: &str, limits: &[(Limit, u64, i64)]) -> Budget {
    let place = Text::new(text.as_bytes().to_vec()).expect("UTF-8").place(offset);
    let quantities = limits.iter().map(|(limit, allowed, worst)| {
        let slack = i64::try_from(*allowed).expect("small") - worst;
        let quantity = Quantity {
            least: None,
            worst: Some(*worst),
            test: Some("tests::works".to_owned()),
            instance: None,
            limits: Some([*allowed; 2]),
            slack: Some(slack),
            varies: None,
        };
        (*limit, quantity)
    });
    let exceeded =
        u64::from(limits.iter().any(|(_, allowed, worst)| *worst > i64::try_from(*allowed).expect("small")));
    Budget {
        package: Some("made".to_owned()),
        path: path.to_owned(),
        calls: Calls { total: 2, judged: 2, exceeded, ..Calls::default() },
        tests: vec!["tests::works".to_owned()],
        quantities: quantities.collect(),
        source: Some(Source {
            hash: hash(text.as_bytes()),
            limits: [].into(),
            refusal: None,
            not_compiled: None,
            is_test_only: false,
        }),
        ..Budget::at(Kind::Function, "src/lib.rs".to_owned(), place.line, place.display)
    }
}

//! A workspace of 500 budgets. Times are printed (`--nocapture`), not asserted: they are the
//! machine's.

use std::fmt::Write as _;
use std::time::Instant;

use crate::support::Workspace;

const BUDGETS: usize = 500;

fn library() -> String {
    let mut text = String::new();
    for n in 0..BUDGETS {
        let allowed = n % 7;
        write!(
            text,
            "#[alloc_budget::alloc_budget(max = {allowed})]\npub fn f{n}() -> usize {{\n    \
             (0..{allowed}).map(|n| Box::new(n)).map(|n| *n).sum()\n}}\n\n"
        )
        .unwrap();
    }
    text.push_str("#[cfg(test)]\nmod tests {\n");
    for n in 0..BUDGETS {
        // Each is called by three tests.
        writeln!(
            text,
            "    #[test] fn t{n}() {{ for _ in 0..9 {{ super::f{n}(); super::f{}(); super::f{}(); }} }}",
            (n + 1) % BUDGETS,
            (n + 2) % BUDGETS
        )
        .unwrap();
    }
    text + "}\n"
}

#[test]
fn five_hundred_budgets_are_told_with_what_they_need() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", &library())]);
    let first = workspace.tool(&["test"]).ended_with(0);
    let budgets = &first.report().budgets;
    assert_eq!(budgets.len(), BUDGETS);
    for n in 0..BUDGETS {
        let budget = first.budget(&format!("codec::f{n}"));
        assert_eq!((budget.calls.total, budget.tests.len()), (27, 3));
        assert_eq!(first.worst(&budget.path), i64::try_from(n % 7).unwrap());
    }
    let mut plain = Vec::new();
    let mut under_the_tool = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        let status = workspace.command("cargo").arg("test").output().unwrap().status;
        plain.push(start.elapsed());
        assert!(status.success());
        let start = Instant::now();
        let run = workspace.tool(&["test"]).ended_with(0);
        under_the_tool.push(start.elapsed());
        assert_eq!(run.json, first.json);
    }
    eprintln!(
        "`cargo test` {:?}, `cargo alloc-budget test` {:?}",
        plain.iter().min(),
        under_the_tool.iter().min()
    );
}

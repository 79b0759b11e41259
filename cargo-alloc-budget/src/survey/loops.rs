//! Functions that allocate for each item of a loop: in one call, the same stack allocates many
//! times.

use serde::{Deserialize, Serialize};

use crate::report::Report;
use crate::report::budget::{Budget, Stack};

/// So many allocations of one stack in one call are a loop.
const MANY: u64 = 4;
/// Functions whose stacks are recorded, which is slow: those that allocate most by themselves.
pub(super) const TRACED: usize = 30;

/// A stack that allocates many times in one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loop {
    /// The function's path.
    pub path: String,
    /// From the line in the function to what allocates.
    pub frames: Vec<String>,
    /// Per call, rounded down.
    pub allocations: u64,
    pub calls: u64,
}

/// By how often they allocate in one call. What a function does in a loop that it calls is only
/// told of the inner one.
pub(super) fn of(report: &Report) -> Vec<Loop> {
    let many: Vec<(&Budget, &Stack)> = report
        .budgets
        .iter()
        .flat_map(|budget| budget.stacks.iter().map(move |stack| (budget, stack)))
        .filter(|(budget, stack)| per_call(budget, stack) >= MANY)
        .collect();
    let is_inner = |stack: &Stack| {
        many.iter().any(|(_, other)| {
            other.frames.len() < stack.frames.len() && stack.frames.ends_with(&other.frames)
        })
    };
    let mut loops: Vec<Loop> = many
        .iter()
        .filter(|(_, stack)| !is_inner(stack))
        .map(|(budget, stack)| Loop {
            path: budget.path.clone(),
            frames: stack.frames.clone(),
            allocations: per_call(budget, stack),
            calls: budget.calls.total,
        })
        .collect();
    loops.sort_by(|a, b| {
        b.allocations.cmp(&a.allocations).then_with(|| (&a.path, &a.frames).cmp(&(&b.path, &b.frames)))
    });
    loops
}

fn per_call(budget: &Budget, stack: &Stack) -> u64 {
    stack.allocations / budget.calls.total.max(1)
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::report::budget::{Budget, Calls, Kind, Stack};
    use crate::report::example;

    fn budget(path: &str, calls: u64, stacks: &[(&[&str], u64)]) -> Budget {
        let stack = |(frames, allocations): &(&[&str], u64)| Stack {
            frames: frames.iter().map(|frame| (*frame).to_owned()).collect(),
            allocations: *allocations,
            bytes: 8 * allocations,
        };
        Budget {
            path: path.to_owned(),
            calls: Calls { total: calls, ..Calls::default() },
            stacks: stacks.iter().map(stack).collect(),
            ..Budget::at(Kind::Function, "a.rs".to_owned(), 1, 1)
        }
    }

    #[test]
    fn the_innermost_function_has_the_loop() {
        let mut report = example::report();
        report.budgets = vec![
            budget("outer", 2, &[(&["outer (a.rs:2)", "inner (a.rs:9)", "Box::new"], 80)]),
            budget("inner", 4, &[(&["inner (a.rs:9)", "Box::new"], 80), (&["inner (a.rs:8)", "vec"], 12)]),
            budget("loops", 1, &[(&["loops (a.rs:20)", "once (a.rs:30)", "vec"], 7)]),
            budget("once", 7, &[(&["once (a.rs:30)", "vec"], 7)]),
        ];
        let loops: Vec<_> = of(&report).into_iter().map(|it| (it.path, it.allocations)).collect();
        assert_eq!(loops, [("inner".to_owned(), 20), ("loops".to_owned(), 7)]);
    }
}

//! How a run ends.

use super::outcome::{Failure, Outcome};
use crate::record::fold::Fold;
use crate::record::program::Program;
use crate::report::verdict::Verdict;

/// What the runner has ended with: the first that was not 0.
pub(crate) fn exit(outcomes: &[Outcome]) -> Option<i32> {
    outcomes.iter().map(|outcome| outcome.exit).find(|exit| *exit != Some(0)).unwrap_or(Some(0))
}

/// Tests that failed for other reasons come first: with these, nothing else is certain.
pub(crate) fn of(fold: &Fold, outcomes: &[Outcome], programs: &[Program]) -> Verdict {
    if outcomes.iter().any(|outcome| has_other_failures(outcome, fold, programs)) {
        Verdict::failed(exit(outcomes))
    } else if fold.budgets.iter().any(crate::report::budget::Budget::is_exceeded) {
        Verdict::EXCEEDED
    } else if fold.budgets.is_empty() {
        Verdict::INCOMPLETE
    } else {
        Verdict::FINE
    }
}

/// Whether something failed that no overage explains.
fn has_other_failures(outcome: &Outcome, fold: &Fold, programs: &[Program]) -> bool {
    if outcome.succeeded() {
        return false;
    }
    if !outcome.is_known {
        return fold.exceeding.is_empty();
    }
    let explains = |failure: &Failure, (id, test): &(Option<String>, Option<String>)| match test {
        Some(test) => {
            let program = programs.iter().find(|program| Some(program.id()) == *id);
            failure.is_of(program, test)
        }
        // An example of the documentation has no name in a record.
        None => id.is_none() && failure.is_doctest(),
    };
    // A test that waits for an overage fails where overages are only counted.
    let expecting = if outcome.counts_only { Some(&fold.expecting) } else { None };
    let reasons: Vec<_> = fold.exceeding.iter().chain(expecting.into_iter().flatten()).collect();
    let is_other = |failure: &&Failure| !reasons.iter().any(|test| explains(failure, test));
    let others = outcome.failures.iter().filter(is_other).count();
    let stopped = outcome.counts.unfinished.saturating_sub(fold.aborted);
    let is_silent = outcome.failures.is_empty() && outcome.counts.unfinished == 0 && fold.aborted == 0;
    others > 0 || stopped > 0 || is_silent
}

//! Budgets for iterators.

use std::panic::Location;

use crate::budget::action::act;
use crate::budget::enforce::{Budget, judged};
use crate::budget::raise;
use crate::budget::subject::{Given, Subject};
use crate::count::limit::Limit;
use crate::limits::Limits;
use crate::record;
use crate::task::progress::Progress;

/// Gives every iterator the method [`with_budget`](IterWithBudget::with_budget).
///
/// A budget on a function ends when the function returns. If it returns an iterator, give the
/// iterator a budget of its own:
///
/// ```should_panic
/// use alloc_budget::{Budget, IterWithBudget};
///
/// fn loud(text: &str) -> impl Iterator<Item = String> {
///     text.lines().map(str::to_uppercase).with_budget(Budget::new().max(1).name("loud"))
/// }
///
/// loud("one").for_each(drop); // Within the budget.
/// loud("one\ntwo").for_each(drop); // Panics: 2 allocations of 1.
/// ```
pub trait IterWithBudget: Iterator + Sized {
    /// Gives this iterator a budget for all its `next` calls together.
    ///
    /// It is measured inside `next`: what you do between the calls doesn't count, and neither does
    /// its drop. It is judged at the first `None`, or when you drop it earlier. By default, the
    /// report is labelled with the place of this call.
    ///
    /// # Panics
    /// - At the call, if no counting allocator is installed (see
    ///   [`is_installed`](crate::is_installed)).
    /// - When it is judged, on an overage, unless [`Budget::on_overage`] or `ALLOC_BUDGET` in the
    ///   environment says otherwise. That panic's location is in this crate.
    #[track_caller]
    fn with_budget(self, budget: Budget) -> impl Iterator<Item = Self::Item> {
        let given = budget.given(Location::caller());
        let progress = Progress::new(budget.begins(&given), budget.is_of_all_threads());
        Budgeted { iterator: self, limits: budget.limits(), budget, progress, given }
    }
}

impl<I: Iterator> IterWithBudget for I {}

struct Budgeted<I> {
    iterator: I,
    budget: Budget,
    limits: Limits,
    /// Nothing counts after the verdict.
    progress: Progress,
    given: Given,
}

impl<I> Budgeted<I> {
    fn judge(&mut self) {
        let progress = std::mem::replace(&mut self.progress, Progress::Uncounted);
        // A panic ends it without a verdict.
        if std::thread::panicking() {
            if self.given.is_recorded() && !matches!(progress, Progress::Uncounted) {
                record::unwound(&self.given.described());
            }
            return;
        }
        let closed = progress.close::<{ Limit::ANY }>(&self.limits);
        let closed = closed.and_then(|closed| judged(&self.given, closed, self.budget.exemptible()));
        if let Some(message) = closed.and_then(|closed| act(&self.given, closed, self.budget.action())) {
            raise::raise(message);
        }
    }
}

impl<I: Iterator> Iterator for Budgeted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let Self { iterator, limits, progress, .. } = self;
        let item = progress.run::<{ Limit::ANY }, _>(limits, || iterator.next());
        if item.is_none() {
            self.judge();
        }
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.iterator.size_hint()
    }
}

impl<I> Drop for Budgeted<I> {
    fn drop(&mut self) {
        self.judge();
    }
}

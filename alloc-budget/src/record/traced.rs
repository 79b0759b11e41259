//! `ALLOC_BUDGET_TRACE=full`: the call sites of all that the calls of a budget have allocated.

use std::collections::BTreeMap;

use crate::record::described::Described;
use crate::record::names;
use crate::trace::call_site::{CallSite, Caller};
use crate::trace::captures::Captures;
use crate::trace::origin::{Function, Origin};
use crate::trace::sites::Sites;
use crate::trace::store::Sum;

/// The stacks of one budget.
#[derive(Default)]
pub(super) struct Traced {
    /// What to find a stack by that is known, and its frames: each is resolved once.
    known: BTreeMap<Vec<usize>, Vec<String>>,
    pub(super) sums: BTreeMap<Vec<String>, Sum>,
    pub(super) is_unwritten: bool,
}

impl Traced {
    /// Adds what a call has captured. Called where the verdict falls.
    pub(super) fn add(&mut self, budget: &Described, captures: Captures) {
        let function =
            names::krate(budget).map(|krate| Function { krate, path: names::function(budget.key, krate) });
        let path = names::path(budget);
        let mut sites = Sites::new(&path, Origin::here(function, budget.location), true);
        captures.each_traced(|stack, sum| {
            let frames = match self.known.get(stack) {
                Some(known) => known.clone(),
                None => self.resolve(stack, &path, &mut sites),
            };
            self.sums.entry(frames).or_insert(Sum::ZERO).merge(sum);
            self.is_unwritten = true;
        });
    }

    fn resolve(&mut self, stack: &[usize], path: &str, sites: &mut Sites<'_>) -> Vec<String> {
        let frames = if stack.is_empty() {
            // There was no room for it.
            vec![path.to_owned(), "…".to_owned()]
        } else {
            frames(&sites.call_site(stack, false))
        };
        self.known.insert(stack.to_owned(), frames.clone());
        frames
    }
}

/// From the budget's own function to what was called last.
fn frames(site: &CallSite) -> Vec<String> {
    let lines = site.callers().iter().chain([site.line_of_it()]).map(line);
    lines.chain(site.via().iter().cloned()).collect()
}

fn line(caller: &Caller) -> String {
    match caller.file() {
        Some(file) => format!("{} ({file}:{})", caller.function(), caller.line()),
        None => caller.function().to_owned(),
    }
}

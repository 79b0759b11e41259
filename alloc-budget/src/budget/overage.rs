//! A passed limit as data, and what is done about it.

use std::error::Error;
use std::panic::Location;

use crate::budget::settings::{self, OnOverage};
use crate::count::limit::Limit;
use crate::count::measurement::Measurement;
use crate::limits::Limits;
use crate::scope::exempt::bookkeeping;
use crate::scope::leave::Closed;
use crate::scope::mode::State;
use crate::scope::uncounted::Uncounted;
use crate::trace::call_site::{CallSite, Caller};
use crate::trace::layouts::LayoutMismatch;
use crate::trace::origin::{Function, Origin};
use crate::trace::sites::Sites;
use crate::trace::store::Sum;

/// A passed limit: what was measured, and where it came from. `Display` writes the report.
///
/// ```
/// use alloc_budget::{Budget, Limit};
///
/// let overage = Budget::new().max(1).check(|| (Box::new(1), Box::new(2))).unwrap_err();
///
/// let exceeded = overage.exceeded().next().unwrap();
/// assert_eq!((exceeded.limit, exceeded.actual, exceeded.allowed), (Limit::Allocations, 2, 1));
///
/// let site = &overage.call_sites()[0];
/// assert_eq!((site.count(), site.bytes()), (1, 4));
/// ```
#[derive(Debug, Clone)]
pub struct Overage(pub(super) Uncounted<Box<Details>>);

#[derive(Debug, Clone)]
pub(super) struct Details {
    name: String,
    location: &'static Location<'static>,
    pub(super) measurement: Measurement,
    limits: Limits,
    pub(super) call_sites: Vec<CallSite>,
    pub(super) mismatches: Vec<LayoutMismatch>,
    /// Who called the budgeted function, the innermost first, where all is to be said.
    pub(super) beyond: Vec<Caller>,
    pub(super) left_out: Sum,
    pub(super) tracing: State,
}

/// A limit that was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exceeded {
    /// Which one.
    pub limit: Limit,
    /// What was measured.
    pub actual: u64,
    /// What was allowed.
    pub allowed: u64,
}

impl Overage {
    /// Called where the verdict falls. `None` in the allocator's part in another report.
    pub(crate) fn new<'a>(
        name: impl FnOnce() -> String,
        function: impl FnOnce() -> Option<Function<'a>>,
        mut closed: Closed,
        location: &'static Location<'static>,
    ) -> Option<Self> {
        let overage = bookkeeping(|| Self::resolved(name(), Origin::here(function(), location), closed));
        if overage.is_none() {
            closed.captures.free();
        }
        overage
    }

    fn resolved(name: String, origin: Origin<'_>, closed: Closed) -> Self {
        let Closed { measurement, limits, captures, .. } = closed;
        let exceeded = Limit::ALL
            .into_iter()
            .filter(|limit| measurement.value(*limit) > limits.get(*limit))
            .fold(0, |bits, limit| bits | limit.bit());
        let (location, tracing) = (origin.location, settings::state());
        // Without call sites, what is captured is there to be measured.
        let shown = if tracing == State::CountOnly { 0 } else { exceeded };
        let mut sites = Sites::new(&name, origin, tracing == State::TraceAll);
        let mismatches = captures.mismatches(&mut sites);
        let (call_sites, left_out) = captures.resolve(shown, &mut sites);
        let beyond = if tracing == State::TraceAll { sites.beyond() } else { Vec::new() };
        Self(Uncounted::new(Box::new(Details {
            name,
            location,
            measurement,
            limits,
            call_sites,
            mismatches,
            beyond,
            left_out,
            tracing,
        })))
    }

    /// The budget's name: by default the function's path, or the place where the budget was
    /// checked.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where the function is, or where the budget was checked.
    pub fn location(&self) -> &'static Location<'static> {
        self.0.location
    }

    /// Everything that was measured.
    pub fn measurement(&self) -> &Measurement {
        &self.0.measurement
    }

    /// The limits that were passed.
    pub fn exceeded(&self) -> impl Iterator<Item = Exceeded> {
        Limit::ALL.into_iter().filter_map(|limit| {
            let (actual, allowed) = (self.0.measurement.value(limit), self.0.limits.get(limit));
            (actual > allowed).then_some(Exceeded { limit, actual, allowed })
        })
    }

    /// Where the blocks came from that took the scope past its limits, most bytes first; with
    /// `ALLOC_BUDGET_TRACE=full` where all of its blocks came from, and with `off` nothing.
    pub fn call_sites(&self) -> &[CallSite] {
        &self.0.call_sites
    }

    /// The blocks that were freed with another layout than they were allocated with, as far as a
    /// limit on retained bytes had blocks followed. It makes an overage also where no limit was
    /// passed: the number of retained bytes is wrong.
    pub fn layout_mismatches(&self) -> &[LayoutMismatch] {
        &self.0.mismatches
    }

    /// How many blocks are missing in [`Overage::call_sites`], because it had no room for their
    /// stacks.
    pub fn left_out(&self) -> u64 {
        self.0.left_out.count
    }

    /// Does what the environment says, or else what the code does, except that a panic is left to
    /// the caller, which has the location: returns its message.
    pub(crate) fn act(self, wanted: OnOverage) -> Option<String> {
        // A second panic would abort the process.
        if std::thread::panicking() {
            return None;
        }
        let message = bookkeeping(|| {
            let report = self.to_string();
            match settings::action().unwrap_or(wanted) {
                OnOverage::Panic => return Some(report),
                OnOverage::Warn => settings::say(&format!("{}: {report}", self.0.location)),
                OnOverage::Abort => {
                    settings::say(&format!("{}: {report}", self.0.location));
                    std::process::abort();
                }
            }
            None
        });
        message.flatten()
    }
}

impl Error for Overage {}

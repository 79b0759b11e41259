//! A passed limit as data.

use std::error::Error;
use std::panic::Location;

use crate::budget::settings;
use crate::budget::subject::Subject;
use crate::count::limit::Limit;
use crate::count::measurement::Measurement;
use crate::limits::{Limits, MaxExempt};
use crate::scope::exempt::bookkeeping;
use crate::scope::leave::Closed;
use crate::scope::mode::State;
use crate::scope::uncounted::Uncounted;
use crate::trace::boundary::Boundary;
use crate::trace::call_site::{CallSite, Caller};
use crate::trace::layouts::LayoutMismatch;
use crate::trace::sites::Sites;
use crate::trace::store::Sum;

/// A passed limit as data: what was measured, and which call sites it came from.
///
/// `Display` writes the report.
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
    max_exempt: MaxExempt,
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
    /// Which limit.
    pub limit: Limit,
    /// What was measured, in the limit's unit: blocks or bytes.
    pub actual: u64,
    /// What the budget allows, in the same unit.
    pub allowed: u64,
}

impl Overage {
    /// Called where the verdict falls. `None` in the allocator's part in another report.
    pub(crate) fn new(subject: &dyn Subject, mut closed: Closed) -> Option<Self> {
        let resolved = || {
            let boundary = Boundary::here(subject.function(), subject.location());
            Self::resolved(subject.name(), boundary, closed)
        };
        let overage = bookkeeping(resolved);
        if overage.is_none() {
            closed.captures.free();
        }
        overage
    }

    fn resolved(name: String, boundary: Boundary<'_>, closed: Closed) -> Self {
        let Closed { measurement, limits, max_exempt, captures, .. } = closed;
        let exceeded = Limit::ALL
            .into_iter()
            .filter(|limit| measurement.value(*limit) > limits.get(*limit))
            .fold(0, |bits, limit| bits | limit.bit());
        let (location, tracing) = (boundary.location, settings::state());
        // Without call sites, what is captured is there to be measured.
        let shown = if tracing == State::CountOnly { 0 } else { exceeded };
        let mut sites = Sites::new(&name, boundary, tracing == State::TraceAll);
        let mismatches = captures.mismatches(&mut sites);
        let (call_sites, left_out) = captures.resolve(shown, &mut sites);
        let beyond = if tracing == State::TraceAll { sites.beyond() } else { Vec::new() };
        Self(Uncounted::new(Box::new(Details {
            name,
            location,
            measurement,
            limits,
            max_exempt,
            call_sites,
            mismatches,
            beyond,
            left_out,
            tracing,
        })))
    }

    /// The budget's label. By default it is the function's path, or the place where the budget was
    /// checked.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where the function is, or where the budget was checked.
    pub fn location(&self) -> &'static Location<'static> {
        self.0.location
    }

    /// Everything that was measured, with and without a limit.
    pub fn measurement(&self) -> &Measurement {
        &self.0.measurement
    }

    /// The limits that were passed, in the order of the report. The one on exempted allocations is
    /// apart: see [`Overage::exceeded_max_exempt`].
    pub fn exceeded(&self) -> impl Iterator<Item = Exceeded> {
        Limit::ALL.into_iter().filter_map(|limit| {
            let (actual, allowed) = (self.0.measurement.value(limit), self.0.limits.get(limit));
            (actual > allowed).then_some(Exceeded { limit, actual, allowed })
        })
    }

    /// What [`Budget::max_exempt`](crate::Budget::max_exempt) allows, if more allocations were
    /// exempted. [`Measurement::exempted`] says how many.
    ///
    /// ```
    /// use alloc_budget::{Budget, exempt};
    ///
    /// let hides = || exempt(|| Box::new(1));
    /// let overage = Budget::new().max(0).max_exempt(0).check(hides).unwrap_err();
    ///
    /// assert_eq!(overage.exceeded().count(), 0);
    /// assert_eq!(overage.exceeded_max_exempt(), Some(0));
    /// assert_eq!(overage.measurement().exempted().allocations, 1);
    /// ```
    pub fn exceeded_max_exempt(&self) -> Option<u64> {
        let MaxExempt(allowed) = self.0.max_exempt;
        (!self.0.max_exempt.admits(&self.0.measurement)).then_some(allowed)
    }

    /// The call sites of the blocks that took the scope past its limits, most bytes first.
    ///
    /// With `ALLOC_BUDGET_TRACE=full`, these are the call sites of all blocks. With `off`, or
    /// without this crate's feature `backtrace`, there are none.
    pub fn call_sites(&self) -> &[CallSite] {
        &self.0.call_sites
    }

    /// The blocks that were freed with another size or alignment than they were allocated with, as
    /// far as a limit on retained or surviving bytes had blocks followed.
    ///
    /// - If a limit on retained bytes was kept only because blocks were freed as larger ones, it is
    ///   an overage although no limit was passed: they may hide a leak.
    /// - An alignment alone changes no number, and so no verdict. The report of an overage says it.
    pub fn layout_mismatches(&self) -> &[LayoutMismatch] {
        &self.0.mismatches
    }

    /// How many blocks are missing in [`Overage::call_sites`], because there was no room for their
    /// stacks.
    pub fn left_out(&self) -> u64 {
        self.0.left_out.count
    }
}

impl Error for Overage {}

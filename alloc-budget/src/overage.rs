//! What happened when a limit was passed: the report, and panic, warn or abort.

use std::error::Error;
use std::fmt;
use std::panic::Location;

use crate::budget::{Limit, Measurement};
use crate::call_sites::{CallSite, Sum};
use crate::exempt::{Uncounted, exempt};
use crate::limits::Limits;
use crate::scope::Closed;
use crate::settings::{self, State};
use crate::symbols::Symbols;

/// What to do when a limit was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnOverage {
    /// Panic with the report.
    #[default]
    Panic,
    /// Write the report to standard error, past the test harness, and go on.
    Warn,
    /// Write the report to standard error and abort the process.
    Abort,
}

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
pub struct Overage(Uncounted<Details>);

#[derive(Debug, Clone)]
struct Details {
    name: String,
    location: &'static Location<'static>,
    measurement: Measurement,
    limits: Limits,
    call_sites: Vec<CallSite>,
    left_out: Sum,
    tracing: State,
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
    /// `own_crate` is the crate that the reader knows to be in. `None` in the allocator's part in another report.
    pub(crate) fn new(
        name: impl FnOnce() -> String,
        own_crate: Option<&str>,
        mut closed: Closed,
        location: &'static Location<'static>,
    ) -> Option<Self> {
        let overage = settings::alone(|| Self::resolved(name(), own_crate, closed, location));
        if overage.is_none() {
            closed.captures.free();
        }
        overage
    }

    fn resolved(
        name: String,
        own_crate: Option<&str>,
        closed: Closed,
        location: &'static Location<'static>,
    ) -> Self {
        let Closed { measurement, limits, captures, .. } = closed;
        let exceeded = Limit::ALL
            .into_iter()
            .filter(|limit| measurement.value(*limit) > limits.get(*limit))
            .fold(0, |bits, limit| bits | limit.bit());
        let mut symbols = Symbols::new(own_crate, location.file());
        let (call_sites, left_out) = captures.resolve(exceeded, &mut symbols);
        Self(Uncounted::new(Details {
            name,
            location,
            measurement,
            limits,
            call_sites,
            left_out,
            tracing: settings::state(),
        }))
    }

    /// The budget's name: by default the function's path, or the place where the budget was checked.
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

    /// How many blocks are missing in [`Overage::call_sites`], because it had no room for their stacks.
    pub fn left_out(&self) -> u64 {
        self.0.left_out.count
    }

    /// Does what the environment says, or else what the code does, except that a panic is left to the caller,
    /// which has the location: returns its message.
    pub(crate) fn act(self, wanted: OnOverage) -> Option<String> {
        // A second panic would abort the process.
        if std::thread::panicking() {
            return None;
        }
        let message = settings::alone(|| {
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

/// More call sites than this make the report unreadable.
const SHOWN_SITES: usize = 16;

impl fmt::Display for Overage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The report itself counts nowhere. Where it is written may be a buffer that grows.
        let report = exempt(|| Uncounted::new(Report(self).to_string()));
        f.write_str(&report)
    }
}

struct Report<'a>(&'a Overage);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(overage) = self;
        writeln!(f, "allocation budget exceeded: `{}`\n", overage.name())?;
        overage.write_numbers(f)?;
        overage.write_call_sites(f)?;
        overage.write_help(f)
    }
}

impl Overage {
    fn write_numbers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = Limit::ALL.into_iter().filter_map(|limit| {
            let exceeded = self.exceeded().find(|exceeded| exceeded.limit == limit);
            let actual = grouped(self.0.measurement.value(limit));
            match exceeded {
                Some(Exceeded { allowed, .. }) => Some(format!("{limit}   {actual} of {}", grouped(allowed))),
                None if matches!(limit, Limit::Allocations | Limit::Bytes) => {
                    Some(format!("{limit}   {actual}"))
                }
                None => None,
            }
        });
        writeln!(f, "  {}\n", shown.collect::<Vec<_>>().join("      "))
    }

    fn write_call_sites(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sites = &self.0.call_sites;
        let rows: Vec<[String; 3]> = sites
            .iter()
            .take(SHOWN_SITES)
            .map(|site| {
                let place = site.place().unwrap_or_else(|| "(no line information)".to_owned());
                [format!("{} B", grouped(site.bytes)), format!("×{}", grouped(site.count)), place]
            })
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let [bytes_width, count_width, place_width] = [width(0), width(1), width(2)];
        for ([bytes, count, place], site) in rows.iter().zip(sites) {
            let function = &site.function;
            writeln!(
                f,
                "  {bytes:>bytes_width$}   {count:<count_width$}   {place:<place_width$}   {function}"
            )?;
            let via = site.via.join(" → ");
            if !via.is_empty() || site.freed {
                let freed = if site.freed { "freed by " } else { "" };
                let via = if via.is_empty() { "this line" } else { &via };
                writeln!(f, "  {:bytes_width$}   {:count_width$}   {freed}{via}", "", "")?;
            }
        }
        if sites.len() > SHOWN_SITES {
            let rest = &sites[SHOWN_SITES..];
            let (count, bytes) = rest.iter().fold((0, 0), |(c, b), site| (c + site.count, b + site.bytes));
            let (places, count, bytes) = (grouped(rest.len() as u64), grouped(count), grouped(bytes));
            writeln!(f, "  … and {places} more call sites with {count} blocks, {bytes} B")?;
        }
        if self.0.left_out.count > 0 {
            let (count, bytes) = (grouped(self.0.left_out.count), grouped(self.0.left_out.bytes));
            writeln!(f, "  … and {count} blocks, {bytes} B, whose call sites had no room")?;
        }
        if sites.is_empty() { Ok(()) } else { writeln!(f) }
    }

    fn write_help(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<_> = self
            .exceeded()
            .map(|exceeded| format!("{} = {}", exceeded.limit.argument(), exceeded.actual))
            .collect();
        write!(f, "help: raise the budget to `{}`", arguments.join(", "))?;
        match self.0.tracing {
            _ if !cfg!(feature = "backtrace") => {
                f.write_str(", or see where with alloc-budget's feature `backtrace`")
            }
            State::TraceAll => Ok(()),
            State::CountOnly => f.write_str(", or see where without `ALLOC_BUDGET_TRACE=off`"),
            _ => f.write_str(", or find out more with `ALLOC_BUDGET_TRACE=full`"),
        }
    }
}

/// A number with its thousands apart: `1 180`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

//! An overage as text.

use std::fmt;

use crate::budget::overage::{Exceeded, Overage};
use crate::count::grouped::Grouped;
use crate::count::limit::Limit;
use crate::count::measurement::Exempted;
use crate::scope::exempt::quietly;
use crate::scope::mode::State;
use crate::scope::uncounted::Uncounted;
use crate::trace::call_site::{CallSite, Caller};
use crate::trace::stack::HAS_ADDRESSES;

/// More call sites than this make the report unreadable.
const SHOWN_SITES: usize = 16;
/// More functions on the way to a call site than this are folded.
const SHOWN_CALLERS: usize = 5;
const NO_LINE: &str = "(no line information)";

impl fmt::Display for Overage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The report itself counts nowhere. Where it is written may be a buffer that grows.
        let report = quietly(|| Uncounted::new(Report(self).to_string()));
        f.write_str(&report)
    }
}

struct Report<'a>(&'a Overage);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(overage) = self;
        let is_exceeded = overage.has_passed_limit() || overage.exceeded_max_exempt().is_some();
        let title = if is_exceeded { "exceeded" } else { "cannot be judged" };
        writeln!(f, "allocation budget {title}: `{}`\n", overage.name())?;
        overage.write_numbers(f)?;
        overage.write_call_sites(f)?;
        overage.write_mismatches(f)?;
        overage.write_callers(f)?;
        if overage.0.mismatches.is_empty() { overage.write_help(f) } else { f.write_str(HELP_FOR_LAYOUTS) }
    }
}

const HELP_FOR_LAYOUTS: &str =
    "help: free a block with the layout that it was allocated with; anything else is undefined behaviour";

impl Overage {
    /// One of those that have call sites.
    fn has_passed_limit(&self) -> bool {
        self.exceeded().next().is_some()
    }

    fn write_numbers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = Limit::ALL.into_iter().filter_map(|limit| {
            let exceeded = self.exceeded().find(|exceeded| exceeded.limit == limit);
            let actual = Grouped(self.0.measurement.value(limit));
            match exceeded {
                Some(Exceeded { allowed, .. }) => Some(format!("{limit}   {actual} of {}", Grouped(allowed))),
                None if matches!(limit, Limit::Allocations | Limit::Bytes) => {
                    Some(format!("{limit}   {actual}"))
                }
                None => None,
            }
        });
        writeln!(f, "  {}", shown.collect::<Vec<_>>().join("      "))?;
        let Exempted { allocations, bytes_allocated } = self.0.measurement.exempted;
        if allocations > 0 {
            let (allocations, bytes) = (Grouped(allocations), Grouped(bytes_allocated));
            let allowed = self.exceeded_max_exempt().map(|allowed| format!(" of {}", Grouped(allowed)));
            let allowed = allowed.unwrap_or_default();
            writeln!(f, "  exempted   {allocations}{allowed} allocations, {bytes} bytes")?;
        }
        writeln!(f)
    }

    fn write_call_sites(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sites = &self.0.call_sites;
        let rows: Vec<[String; 3]> = sites
            .iter()
            .take(SHOWN_SITES)
            .map(|site| {
                let place = site.place().unwrap_or_else(|| NO_LINE.to_owned());
                [format!("{} B", Grouped(site.bytes())), format!("×{}", Grouped(site.count())), place]
            })
            .collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let [bytes_width, count_width, place_width] = [width(0), width(1), width(2)];
        for ([bytes, count, place], site) in rows.iter().zip(sites) {
            let function = site.function();
            write!(
                f,
                "  {bytes:>bytes_width$}   {count:<count_width$}   {place:<place_width$}   {function}"
            )?;
            if let Some(what) = site.first_use() {
                write!(f, "   first use: {what}")?;
            }
            writeln!(f)?;
            for detail in self.details(site) {
                writeln!(f, "  {:bytes_width$}   {:count_width$}   {detail}", "", "")?;
            }
        }
        if sites.len() > SHOWN_SITES {
            let rest = &sites[SHOWN_SITES..];
            let (count, bytes) =
                rest.iter().fold((0, 0), |(c, b), site| (c + site.count(), b + site.bytes()));
            let (places, count, bytes) = (Grouped(rest.len() as u64), Grouped(count), Grouped(bytes));
            writeln!(f, "  … and {places} more call sites with {count} blocks, {bytes} B")?;
        }
        if self.0.left_out.count > 0 {
            let (count, bytes) = (Grouped(self.0.left_out.count), Grouped(self.0.left_out.bytes));
            writeln!(f, "  … and {count} blocks, {bytes} B, whose call sites had no room")?;
        }
        if !sites.is_empty() {
            return writeln!(f);
        }
        let is_traced = cfg!(feature = "backtrace") && self.0.tracing != State::CountOnly;
        if is_traced && self.has_passed_limit() && self.0.mismatches.is_empty() && self.0.left_out.count == 0
        {
            writeln!(f, "  no call sites: no thread alone passed a limit, only the sum of several did\n")?;
        }
        Ok(())
    }

    /// What is said below a call site: what it called, and who called it.
    fn details(&self, site: &CallSite) -> Vec<String> {
        let mut details = Vec::new();
        let via = site.via().join(" → ");
        if site.is_deallocation() {
            details.push(format!("freed by {}", if via.is_empty() { "this line" } else { &via }));
        } else if !via.is_empty() {
            details.push(via);
        }
        if self.0.tracing == State::TraceAll {
            details.extend(lines("from", site.callers()));
        } else if let Some(first) = site.callers().first() {
            details.push(format!("from {}   {}", shown_place(first), folded(site)));
        }
        details
    }

    /// Where the budget was reached from, where all is to be said.
    fn write_callers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.tracing != State::TraceAll {
            return Ok(());
        }
        if self.0.beyond.is_empty() {
            return writeln!(f, "  called from no function of yours\n");
        }
        lines("called from", &self.0.beyond).try_for_each(|line| writeln!(f, "  {line}"))?;
        writeln!(f)
    }

    fn write_mismatches(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mismatch in &self.0.mismatches {
            let times = mismatch.allocated_at.count();
            let times = if times > 1 { format!(", {} times", Grouped(times)) } else { String::new() };
            writeln!(f, "  a block was freed with another layout than it had{times}")?;
            writeln!(f, "  this is undefined behaviour, unless another thread has reallocated it\n")?;
            let sizes =
                [mismatch.allocated_size, mismatch.freed_size].map(|size| Grouped(size as u64).to_string());
            let alignments = [mismatch.allocated_align, mismatch.freed_align].map(|align| {
                let is_said = mismatch.allocated_align != mismatch.freed_align;
                if is_said { format!(", aligned to {align}") } else { String::new() }
            });
            let width = |column: &[String; 2]| column[0].len().max(column[1].len());
            let widths = (width(&sizes), width(&alignments));
            let events = [("allocated", &mismatch.allocated_at), ("freed", &mismatch.freed_at)];
            for (((what, site), size), align) in events.into_iter().zip(&sizes).zip(&alignments) {
                let place = site.place().unwrap_or_else(|| NO_LINE.to_owned());
                let function = site.function();
                writeln!(
                    f,
                    "  {what:9}   {size:>0$} B{align:1$}   {place}   {function}",
                    widths.0, widths.1
                )?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn write_help(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exempted = self.0.measurement.exempted.allocations;
        let max_exempt = self.exceeded_max_exempt().map(|_| format!("max_exempt = {exempted}"));
        let arguments: Vec<_> = self
            .exceeded()
            .map(|exceeded| format!("{} = {}", exceeded.limit.argument(), exceeded.actual))
            .chain(max_exempt)
            .collect();
        write!(f, "help: raise the budget to `{}`", arguments.join(", "))?;
        if !self.has_passed_limit() {
            return f.write_str(", or exempt less");
        }
        match self.0.tracing {
            _ if !cfg!(feature = "backtrace") => {
                f.write_str(", or see where with alloc-budget's feature `backtrace`")
            }
            _ if !HAS_ADDRESSES => Ok(()),
            State::TraceAll => Ok(()),
            State::CountOnly => f.write_str(", or see where without `ALLOC_BUDGET_TRACE=off`"),
            _ => f.write_str(", or find out more with `ALLOC_BUDGET_TRACE=full`"),
        }?;
        if HAS_ADDRESSES && self.0.call_sites.iter().any(|site| site.is_vague) {
            f.write_str(
                "\nhelp: the lines need `debug = \"line-tables-only\"` and no `strip` in the profile",
            )?;
        }
        Ok(())
    }
}

/// A row for each caller, the first one behind a word.
fn lines(word: &str, callers: &[Caller]) -> impl Iterator<Item = String> {
    let places: Vec<_> = callers.iter().map(shown_place).collect();
    let width = places.iter().map(|place| place.chars().count()).max().unwrap_or(0);
    let indent = word.chars().count();
    callers.iter().zip(places).enumerate().map(move |(at, (caller, place))| {
        let word = if at == 0 { word } else { "" };
        format!("{word:indent$} {place:<width$}   {}", caller.function())
    })
}

/// The functions on the way from the budget, without the middle of a long one.
fn folded(site: &CallSite) -> String {
    let mut names: Vec<_> = site.callers().iter().map(|caller| caller.function().to_owned()).collect();
    if names.len() > SHOWN_CALLERS {
        let left_out = names.len() - SHOWN_CALLERS + 1;
        let middle = SHOWN_CALLERS / 2;
        names.splice(middle..middle + left_out, [format!("… {left_out} more …")]);
    }
    if site.is_cut {
        names.insert(0, "…".to_owned());
    }
    names.join(" → ")
}

fn shown_place(caller: &Caller) -> String {
    caller.place().unwrap_or_else(|| NO_LINE.to_owned())
}

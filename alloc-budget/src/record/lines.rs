//! The lines of the record.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use crate::record::described::{Described, Kind};
use crate::record::json::{Object, string};
use crate::record::names;
use crate::record::sites::Site;
use crate::record::values::{Quantity, Values};
use crate::trace::call_site::{CallSite, Caller};
use crate::trace::store::Sum;

/// A budget, by the number that other lines know it by.
pub(super) fn site(out: &mut String, number: usize, site: &Site) {
    let budget = &site.budget;
    let Described { kind, location, label, measures, is_of_all_threads, on_overage, .. } = *budget;
    let path = names::path(budget);
    let mut line = Object::begin(out);
    line.plain("site", number);
    line.string_or_null("crate", names::krate(budget));
    line.string("path", &path);
    line.string_or_null("name", label);
    line.string_or_null("instance", names::instance(budget).filter(|instance| *instance != path));
    line.string("file", location.file());
    line.plain("line", location.line());
    line.plain("column", location.column());
    line.string("kind", kind.name());
    line.plain("measures", measures);
    line.string("threads", if is_of_all_threads { "all" } else { "own" });
    line.string("on_overage", on_overage);
    drop(line);
    out.push('\n');
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Block => "block",
            Self::Value => "value",
        }
    }
}

/// What a test has done with a budget so far. The test is as [`test`] writes it, here and below.
pub(super) fn values(site: usize, test: &str, values: &Values) -> String {
    format!("{{\"at\":{site},\"test\":{test}{}}}\n", Shown(values))
}

/// A test, as it is in a line. Where its name is empty, there is none.
pub(super) fn test(name: &str) -> String {
    let mut test = String::new();
    if name.is_empty() {
        test.push_str("null");
    } else {
        string(&mut test, name);
    }
    test
}

/// The numbers of a line, each field with a comma in front. There are many such lines, and this is
/// how they are cheap in an unoptimised build: the formatter is std's, which is optimised.
struct Shown<T>(T);

impl Display for Shown<&Values> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let values = self.0;
        let &Values { calls, judged, warming, skipped, unwound, unchecked, exceeded, .. } = values;
        write!(
            f,
            ",\"calls\":{calls},\"judged\":{judged},\"warming\":{warming},\"skipped\":{skipped},\
             \"unwound\":{unwound},\"unchecked\":{unchecked},\"exceeded\":{exceeded}"
        )?;
        events(f, "total", [values.allocations, values.bytes])?;
        if let Some(own) = values.own() {
            events(f, "own", own)?;
        }
        for (argument, quantity) in values.quantities().into_iter().flatten() {
            write!(f, ",\"{argument}\":{{{}}}", Shown(quantity))?;
        }
        if values.exempted != [0; 2] {
            events(f, "exempt", values.exempted)?;
        }
        Ok(())
    }
}

fn events(f: &mut Formatter<'_>, name: &str, [allocations, bytes]: [u64; 2]) -> fmt::Result {
    write!(f, ",\"{name}\":{{\"allocations\":{allocations},\"bytes\":{bytes}}}")
}

impl Display for Shown<&Quantity> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (worst, call) = self.0.worst().unzip();
        let (least, slack) = (Shown(self.0.least()), Shown(self.0.slack()));
        write!(f, "\"least\":{least},\"worst\":{},\"limits\":", Shown(worst))?;
        match self.0.limits() {
            Some([least, greatest]) => write!(f, "[{least},{greatest}]")?,
            None => f.write_str("null")?,
        }
        write!(f, ",\"slack\":{slack},\"call\":{}", Shown(call))
    }
}

impl<T: Display> Display for Shown<Option<T>> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(number) => number.fmt(f),
            None => f.write_str("null"),
        }
    }
}

/// A call that has passed its limits, and where that came from.
pub(super) fn overage(
    site: usize,
    test: &str,
    call: u64,
    exceeded: &[(&str, u64, u64)],
    call_sites: &[CallSite],
) -> String {
    let mut out = String::new();
    let mut line = Object::begin(&mut out);
    line.plain("over", site);
    line.plain("test", test);
    line.plain("call", call);
    line.list("exceeded", exceeded, |out, (argument, actual, allowed)| {
        let mut limit = Object::begin(out);
        limit.string("limit", argument);
        limit.plain("actual", actual);
        limit.plain("allowed", allowed);
    });
    line.list("sites", call_sites, call_site);
    drop(line);
    out.push('\n');
    out
}

fn call_site(out: &mut String, site: &CallSite) {
    let mut object = Object::begin(out);
    object.string_or_null("file", site.file());
    object.plain("line", site.line());
    object.plain("column", site.column());
    object.string("function", site.function());
    object.string_or_null("callee", site.via().last().map(String::as_str));
    object.plain("allocations", site.count());
    object.plain("bytes", site.bytes());
    object.list("callers", site.callers(), caller);
}

fn caller(out: &mut String, caller: &Caller) {
    let mut object = Object::begin(out);
    object.string("function", caller.function());
    object.string_or_null("file", caller.file());
    object.plain("line", caller.line());
}

/// All that the calls of a budget have allocated, by where.
pub(super) fn traced(out: &mut String, site: usize, sums: &BTreeMap<Vec<String>, Sum>) {
    let mut line = Object::begin(out);
    line.plain("traced", site);
    line.list("stacks", sums, |out, (frames, sum)| {
        let mut stack = Object::begin(out);
        stack.list("frames", frames, |out, frame| string(out, frame));
        stack.plain("allocations", sum.count);
        stack.plain("bytes", sum.bytes);
    });
    drop(line);
    out.push('\n');
}

/// That the process has come to its end.
pub(super) fn end(lost: usize) -> String {
    format!("{{\"end\":true,\"lost\":{lost}}}\n")
}

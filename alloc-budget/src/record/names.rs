//! What a budget is called in the record.

use crate::record::described::{Described, Kind};
use crate::trace::names::tidy;

/// The crate's name.
pub(super) fn krate(budget: &Described) -> Option<&'static str> {
    budget.module.split("::").next().filter(|krate| !krate.is_empty())
}

/// The crate and the function's path in it, without generic arguments. Of a value, its label or its
/// place.
pub(super) fn path(budget: &Described) -> String {
    match krate(budget) {
        Some(krate) => format!("{krate}::{}", function(budget.key, krate)),
        None => budget.label.map_or_else(|| budget.location.to_string(), str::to_owned),
    }
}

/// The compiler's spelling of a function, with its generic arguments.
pub(super) fn instance(budget: &Described) -> Option<&'static str> {
    let spelling = || outside_closures(without_static(outside_closures(budget.key)));
    // An item in a function doesn't know the function's types.
    (budget.kind != Kind::Value).then(spelling).filter(|spelling| !spelling.contains("<_"))
}

/// A function's path in its crate, by that of an item inside.
pub(crate) fn function(inside: &str, krate: &str) -> String {
    without_static(&tidy(inside, Some(krate))).to_owned()
}

fn outside_closures(spelling: &str) -> &str {
    spelling.trim_end_matches("::{{closure}}")
}

/// The innermost segments may be the static that holds the function's record, or what describes it.
fn without_static(path: &str) -> &str {
    let ours = ["::SITE", "::__alloc_budget_site::Inside"];
    ours.iter().find_map(|ours| path.strip_suffix(ours)).unwrap_or(path)
}

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
    (budget.kind != Kind::Value).then(|| outside_closures(without_static(outside_closures(budget.key))))
}

/// A function's path in its crate, by that of an item inside.
pub(crate) fn function(inside: &str, krate: &str) -> String {
    without_static(&tidy(inside, Some(krate))).to_owned()
}

fn outside_closures(spelling: &str) -> &str {
    spelling.trim_end_matches("::{{closure}}")
}

/// The innermost segment may be the static that holds the function's record.
fn without_static(path: &str) -> &str {
    path.strip_suffix("::SITE").unwrap_or(path)
}

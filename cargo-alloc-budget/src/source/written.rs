//! What the source says of a budget, and which of it can be edited: a literal that is what the
//! program had.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::report::budget::{Budget, Kind, Limit};
use crate::source::args::{Args, Argument};
use crate::source::attributes::Attribute;
use crate::source::file::File;
use crate::source::walk::Item;

/// What the source says of a budget.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    pub item: &'a Item,
    budget: &'a Budget,
}

impl<'a> Written<'a> {
    /// # Errors
    /// It is not found; why, in words.
    pub fn of(budget: &'a Budget, file: &'a File) -> Result<Self, String> {
        if budget.kind == Kind::Value {
            return Err("it is made by code, not by an attribute".to_owned());
        }
        if is_doctest(budget) {
            return Err("it is in an example of the documentation".to_owned());
        }
        let written = Self { item: file.find(budget)?, budget };
        if written.args().next().is_none() {
            return Err("nothing that is named `alloc_budget` stands on it: another macro has added its \
                        budget, or the attribute has another name in this file"
                .to_owned());
        }
        Ok(written)
    }

    /// Of every attribute that may be the budget's: several are in `cfg_attr`s.
    fn args(&self) -> impl Iterator<Item = &'a Args> + use<'a> {
        let budgets: &'a Vec<Attribute> = &self.item.budgets;
        budgets.iter().filter_map(|attribute| attribute.args.as_ref().ok()).filter(|args| !args.is_skip)
    }

    /// Each limit as it is written, where that is known.
    pub fn limits(&self) -> BTreeMap<Limit, String> {
        let known = |limit: Limit| Some((limit, self.written(limit).ok()?.text.clone()));
        Limit::ALL.into_iter().filter_map(known).collect()
    }

    /// Why nothing of it can be edited, where that is so.
    pub fn refusal(&self) -> Option<String> {
        let container = self.item.container?;
        Some(match container {
            "impl" => "the budget is that of the `impl` block around it".to_owned(),
            "mod" => "the budget is that of the module around it".to_owned(),
            _ => "the budget is that of the trait around it".to_owned(),
        })
    }

    /// The attribute that it has from what is around it, with another limit: what it can have on its
    /// own.
    pub fn own_attribute(&self, limits: &BTreeMap<Limit, u64>, file: &File) -> Option<String> {
        let [attribute] = &**self.item.budgets else { return None };
        let mut text = file.text.get(attribute.range.clone()).to_owned();
        let mut replaced: Vec<(&Range<usize>, String)> = Vec::new();
        let args = attribute.args.as_ref().ok()?;
        if let Some(measure) = &args.measure {
            replaced.push((measure, arguments(limits)));
        }
        for (limit, value) in limits {
            if let Some(argument) = args.limit(*limit) {
                replaced.push((&argument.range, value.to_string()));
            }
        }
        replaced.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        for (range, new) in replaced {
            let Range { start, end } = range;
            text.replace_range(start - attribute.range.start..end - attribute.range.start, &new);
        }
        Some(format!("#[{text}]"))
    }

    /// The limit's literal.
    ///
    /// # Errors
    /// It has none, or one that is not what the program had; in words.
    pub fn literal(&self, limit: Limit) -> Result<&'a Argument, String> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let argument = self.written(limit)?;
        let Some(literal) = &argument.literal else {
            return Err(format!("`{limit} = {}` is no number", argument.text));
        };
        match self.reported(limit) {
            Some([least, greatest]) if least == literal.value && greatest == literal.value => Ok(argument),
            Some([least, greatest]) => {
                let had =
                    if least == greatest { least.to_string() } else { format!("{least} to {greatest}") };
                Err(format!("the program had `{limit} = {had}`, and here stands {}", argument.text))
            }
            None => Err(format!("the program had no `{limit}`")),
        }
    }

    /// Where `measure` stands.
    ///
    /// # Errors
    /// There is none, or several.
    pub fn measure(&self) -> Result<Range<usize>, String> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let mut found = self.args().filter_map(|args| args.measure.clone());
        match (found.next(), found.next()) {
            (Some(measure), None) => Ok(measure),
            (None, _) => Err("no `measure` stands here".to_owned()),
            (Some(_), Some(_)) => Err("`measure` stands in several `cfg_attr`s".to_owned()),
        }
    }

    fn written(&self, limit: Limit) -> Result<&'a Argument, String> {
        let all: Vec<&Argument> = self.args().filter_map(|args| args.limit(limit)).collect();
        match *all {
            [only] => return Ok(only),
            [] => return Err(format!("no `{limit}` stands here")),
            _ => {}
        }
        // Of a `cfg_attr` pair, the one whose value the program had.
        let reported = self.reported(limit);
        let had = |argument: &&&Argument| {
            let value = argument.literal.as_ref().map(|literal| literal.value);
            value.is_none() || value.map(|value| [value; 2]) == reported
        };
        match *all.iter().filter(had).collect::<Vec<_>>() {
            [only] if only.literal.is_some() => Ok(only),
            _ => Err(format!(
                "`{limit}` stands in {} attributes, and which of them the program had can't be told",
                all.len()
            )),
        }
    }

    fn reported(&self, limit: Limit) -> Option<[u64; 2]> {
        self.budget.quantities.get(&limit)?.limits
    }
}

/// As a budget's arguments: `max = 3, max_bytes = 64`.
pub fn arguments(limits: &BTreeMap<Limit, u64>) -> String {
    limits.iter().map(|(limit, value)| format!("{limit} = {value}")).collect::<Vec<_>>().join(", ")
}

/// Rustdoc's programs have places that are not those of the source.
fn is_doctest(budget: &Budget) -> bool {
    let of_rustdoc = |name: &str| {
        name.starts_with("_doctest_main") || name.starts_with("__doctest") || name.starts_with("rust_out")
    };
    budget.path.split("::").any(of_rustdoc) || budget.file.contains("doctest_bundle")
}

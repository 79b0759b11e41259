//! What is to be edited, and what a person has to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;

use crate::edit::change::Change;
use crate::edit::sources::Sources;
use crate::report::Report;
use crate::report::budget::{Budget, Kind, Limit};
use crate::source::literal::Literal;
use crate::source::written::{Written, arguments, is_doctest};
use crate::workspace::Workspace;

/// What is to be edited, and what a person has to do. Sorted by place.
#[derive(Debug, Default)]
pub struct Plan {
    pub edits: Vec<Edit>,
    pub refused: Vec<Refused>,
    /// Budgets that a test wants to be exceeded.
    pub expected: Vec<Refused>,
}

/// A literal with a new value, or limits in place of `measure`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// As the report names it.
    pub file: String,
    /// The file itself, and what it was when this was planned.
    pub path: PathBuf,
    pub text: Rc<str>,
    pub line: u32,
    /// The budget's name: of several that share a source, the first.
    pub budget: String,
    /// As they are written: `max = 1`.
    pub before: String,
    pub after: String,
    pub change: Change,
}

/// What can't be edited, and what a person should write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    pub file: String,
    pub line: u32,
    pub budget: String,
    /// What the calls did: "2 of `max = 1`".
    pub what: String,
    pub why: String,
    /// What to write.
    pub write: Option<String>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, budget, what, why, write } = self;
        write!(f, "{file}:{line}: `{budget}`: {what}; {why}")?;
        write.as_ref().map_or(Ok(()), |write| write!(f, "\n  write: {write}"))
    }
}

/// Which budgets are looked at.
#[derive(Debug, Clone, Default)]
pub struct Only {
    /// Of these packages; of all where there are none.
    pub packages: Vec<String>,
}

impl Only {
    pub fn has(&self, budget: &Budget) -> bool {
        let is_named = |package: &String| self.packages.contains(package);
        self.packages.is_empty() || budget.package.as_ref().is_some_and(is_named)
    }
}

/// What one budget of the report wants of its source.
pub(super) struct Wish<'a> {
    pub(super) budget: &'a Budget,
    pub(super) what: What,
    /// How it came about, for a person: "2 of `max = 1`".
    pub(super) said: String,
}

/// What is to be in a source.
pub(super) enum What {
    Limit(Limit, u64),
    /// In place of `measure`.
    Limits(BTreeMap<Limit, u64>),
}

/// An edit, the first of the wishes for it, and the greatest values of all.
struct Group<'a> {
    edit: Edit,
    wish: Wish<'a>,
    values: BTreeMap<Limit, u64>,
}

/// The wishes as edits. Those of several budgets for one source become one: the greatest value
/// holds in all of them.
pub(super) fn plan(wishes: Vec<Wish<'_>>, workspace: &Workspace) -> Plan {
    let mut sources = Sources::of(workspace);
    let mut groups: BTreeMap<(PathBuf, usize), Group<'_>> = BTreeMap::new();
    let mut refused = BTreeSet::new();
    for wish in wishes {
        match edit(&wish, &mut sources) {
            Ok(edit) => {
                let key = (edit.path.clone(), edit.change.range.start);
                let wanted = wish.limits();
                let group =
                    groups.entry(key).or_insert_with(|| Group { edit, wish, values: BTreeMap::new() });
                for (limit, value) in wanted {
                    let greatest = group.values.entry(limit).or_default();
                    *greatest = value.max(*greatest);
                }
            }
            Err((why, write)) => {
                refused.insert(wish.refused(why, write));
            }
        }
    }
    let mut edits = Vec::new();
    for Group { mut edit, wish, values } in groups.into_values() {
        if edit.set(&values) {
            edits.push(edit);
        } else {
            let why = "the literal's type is too small".to_owned();
            refused.insert(wish.refused(why, Some(arguments(&values))));
        }
    }
    edits.retain(|edit| edit.change.old != edit.change.new);
    edits.sort_by(|a, b| (&a.file, a.change.range.start).cmp(&(&b.file, b.change.range.start)));
    Plan { edits, refused: refused.into_iter().collect(), expected: Vec::new() }
}

impl Wish<'_> {
    fn refused(&self, why: String, write: Option<String>) -> Refused {
        refused(self.budget, self.said.clone(), why, write)
    }

    fn limits(&self) -> BTreeMap<Limit, u64> {
        match &self.what {
            What::Limit(limit, value) => [(*limit, *value)].into(),
            What::Limits(limits) => limits.clone(),
        }
    }
}

pub(super) fn refused(budget: &Budget, what: String, why: String, write: Option<String>) -> Refused {
    Refused { file: budget.file.clone(), line: budget.line, budget: budget.path.clone(), what, why, write }
}

type Why = (String, Option<String>);

/// The edit that a wish comes to, still without its value.
fn edit(wish: &Wish<'_>, sources: &mut Sources) -> Result<Edit, Why> {
    let Wish { budget, what, .. } = wish;
    let limits = wish.limits();
    let by_hand = || (budget.kind != Kind::Value).then(|| arguments(&limits));
    let plain = |why: String| (why, by_hand());
    if is_doctest(budget) {
        return Err(plain("it is in an example of the documentation".to_owned()));
    }
    let editable = sources.of_budget(budget).map_err(plain)?;
    if budget.package.is_none() {
        return Err(plain("its source is not that of a member of the workspace".to_owned()));
    }
    let written = Written::of(budget, &editable.file).map_err(plain)?;
    let own = || written.own_attribute(&limits, &editable.file);
    let with_own = |why: String| match written.item.container {
        Some(_) => (why, own().map(|own| format!("{own} in front of the function"))),
        None => plain(why),
    };
    if budget.source.is_none() {
        return Err(plain("the file is perhaps not the one that was compiled: run this again".to_owned()));
    }
    let (range, before) = match what {
        What::Limit(limit, _) => {
            let argument = written.literal(*limit).map_err(with_own)?;
            (argument.range.clone(), format!("{limit} = {}", argument.text))
        }
        What::Limits(_) => (written.measure().map_err(with_own)?, "measure".to_owned()),
    };
    let old = editable.file.text.get(range.clone()).to_owned();
    Ok(Edit {
        file: budget.file.clone(),
        path: editable.path.clone(),
        text: editable.text.clone(),
        line: editable.file.text.place(range.start).line,
        budget: budget.path.clone(),
        before,
        after: String::new(),
        change: Change { range, old, new: String::new() },
    })
}

impl Edit {
    /// With these values; `false` where one does not fit.
    fn set(&mut self, values: &BTreeMap<Limit, u64>) -> bool {
        if self.before == "measure" {
            self.change.new = arguments(values);
            self.after.clone_from(&self.change.new);
            return true;
        }
        let literal = Literal::parse(&self.change.old);
        let (Some(literal), Some((limit, value))) = (literal, values.first_key_value()) else { return false };
        let Some(new) = literal.with(*value) else { return false };
        self.after = format!("{limit} = {new}");
        self.change.new = new;
        true
    }
}

/// Whether nothing was recorded.
pub fn is_empty(reports: &[Report]) -> bool {
    !reports.iter().flat_map(|report| &report.budgets).any(Budget::is_reached)
}

//! Where a finding is in the source, as long as that is what was compiled.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::ratchet::{Finding, Trouble};
use crate::report::budget::Budget;
use crate::source::file::File;

/// The place of a finding: its limit in the attribute, or else the attribute, or else the function.
#[derive(Debug, Clone)]
pub struct Spot {
    pub file: Rc<File>,
    /// In bytes of the file.
    pub range: Range<usize>,
    /// What the limit should be, if the tool can edit it.
    pub replacement: Option<String>,
}

/// The workspace's sources, each read once.
#[derive(Debug)]
pub struct Spots {
    root: PathBuf,
    files: BTreeMap<String, Option<Rc<File>>>,
}

impl Spots {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: BTreeMap::new() }
    }

    /// `None` where the file has changed since it was compiled, or has no such budget.
    pub fn find(&mut self, found: &Finding<'_>) -> Option<Spot> {
        let budget = found.budget;
        let file = self.file(budget)?;
        let item = file.find(budget).ok()?;
        let head = item.place.offset..item.place.offset + 1;
        let attributes =
            item.budgets.iter().filter_map(|attribute| Some((attribute, attribute.args.as_ref().ok()?)));
        let (range, replacement) = match found.limit {
            None => (attributes.map(|(attribute, _)| attribute.range.clone()).next(), None),
            Some(limit) => {
                let written = budget.source.as_ref()?.limits.get(&limit);
                let arguments: Vec<_> = attributes
                    .filter_map(|(_, args)| args.limit(limit))
                    .filter(|argument| Some(&argument.text) == written)
                    .collect();
                match arguments.as_slice() {
                    [argument] => {
                        let literal =
                            argument.literal.as_ref().filter(|literal| literal.value == found.allowed);
                        let is_edited = budget.source.as_ref()?.refusal.is_none() && found.is_constant();
                        let value = u64::try_from(found.actual).unwrap_or(0);
                        let replacement =
                            literal.filter(|_| is_edited).and_then(|literal| literal.with(value));
                        (Some(argument.range.clone()), replacement)
                    }
                    _ => (None, None),
                }
            }
        };
        Some(Spot { range: range.unwrap_or(head), file, replacement })
    }

    /// The file of a budget, if it is the one that was compiled.
    fn file(&mut self, budget: &Budget) -> Option<Rc<File>> {
        let hash = &budget.source.as_ref()?.hash;
        let read = || File::read(&self.root.join(&budget.file)).ok().map(Rc::new);
        let file = self.files.entry(budget.file.clone()).or_insert_with(read).clone()?;
        (file.hash() == *hash).then_some(file)
    }
}

impl Finding<'_> {
    /// What a compiler would say in one line.
    pub fn title(&self) -> String {
        let path = &self.budget.path;
        match self.trouble {
            Trouble::Exceeded => format!("the allocation budget of `{path}` is exceeded"),
            Trouble::Unchecked => format!("nothing counts what `{path}` allocates"),
            Trouble::Unreached => format!("no test reaches the budget of `{path}`"),
            Trouble::Unjudged => format!("no call of `{path}` is judged"),
            Trouble::Generous => format!("the budget of `{path}` is more generous than it has to be"),
        }
    }
}

//! Budgets that are written above functions of the user's own tree: each on a line of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::edit::change::Change;
use crate::paths::with_slashes;
use crate::survey::found::{Survey, Surveyed, last};
use crate::survey::insert::{Function, attribute};
use crate::survey::tree::{Source, Tree};
use crate::survey::wanted::Wanted;

/// A file of the user's tree, and the budgets that are added to it.
#[derive(Debug, Clone)]
pub struct Edited {
    pub package: String,
    /// As a survey names it.
    pub file: String,
    pub path: PathBuf,
    /// Before.
    pub text: String,
    /// By their places.
    pub additions: Vec<Addition>,
}

/// A budget above a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// The function's.
    pub path: String,
    pub name: String,
    /// The lines of the function before.
    pub line: u32,
    pub last_line: u32,
    pub limit: u64,
    pub change: Change,
}

/// A budget that is not written, or not any longer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    pub file: String,
    pub line: u32,
    pub path: String,
    pub why: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, line, path, why } = self;
        write!(f, "{file}:{line}: `{path}`: {why}")
    }
}

/// What is to be added to the user's tree.
#[derive(Debug, Default)]
pub struct Additions {
    pub files: Vec<Edited>,
    pub refused: Vec<Refused>,
}

impl Additions {
    /// The budgets of all functions that are wanted.
    pub fn of(survey: &Survey, tree: &Tree, wanted: &Wanted, root: &Path) -> Self {
        let sources: BTreeMap<String, Source<'_>> = tree
            .sources()
            .map(|source| {
                (with_slashes(source.copy.strip_prefix(tree.root()).unwrap_or(source.copy)), source)
            })
            .collect();
        let mut additions = Self::default();
        let mut files: BTreeMap<&str, Edited> = BTreeMap::new();
        for function in &survey.functions {
            let Some(limit) = wanted.limit(function) else { continue };
            let Some(source) = sources.get(&function.file) else { continue };
            match Addition::of(function, limit, source, tree, root) {
                Ok(addition) => {
                    let edited = files.entry(&function.file).or_insert_with(|| Edited {
                        package: source.package.to_owned(),
                        file: function.file.clone(),
                        path: source.path.clone(),
                        text: source.text.to_owned(),
                        additions: Vec::new(),
                    });
                    edited.additions.push(addition);
                }
                Err(why) => additions.refused.push(Refused {
                    file: function.file.clone(),
                    line: function.line,
                    path: function.path.clone(),
                    why,
                }),
            }
        }
        additions.files = files.into_values().collect();
        for file in &mut additions.files {
            file.additions.sort_by_key(|addition| addition.change.range.start);
        }
        additions
    }
}

impl Addition {
    /// Of a function of the user's tree, whose `root` it is; or why it gets none.
    fn of(
        function: &Surveyed,
        limit: u64,
        source: &Source<'_>,
        tree: &Tree,
        root: &Path,
    ) -> Result<Self, String> {
        if !source.path.starts_with(root) {
            return Err("its file is outside of the workspace".to_owned());
        }
        if let Some(path) = tree.allocators.get(source.package) {
            return Err(format!(
                "the package has an allocator of its own, in {}: put `CountingAllocator` around it first",
                path.strip_prefix(root).unwrap_or(path).display()
            ));
        }
        let is_it = |it: &&Function| it.line == function.line && it.name == last(&function.path);
        let mut here = source.functions.iter().filter(is_it);
        let (Some(found), None) = (here.next(), here.next()) else {
            return Err("several functions of this name begin at this line".to_owned());
        };
        Ok(Self {
            path: function.path.clone(),
            name: found.name.clone(),
            line: found.line,
            last_line: found.last_line,
            limit,
            change: change(source, found.offset, limit)?,
        })
    }

    pub fn refused(&self, file: &str, why: String) -> Refused {
        Refused { file: file.to_owned(), line: self.line, path: self.path.clone(), why }
    }
}

impl Edited {
    /// Where an addition is, once all are written: the lines from its attribute to the function's
    /// end.
    pub fn lines(&self, addition: &Addition) -> std::ops::RangeInclusive<u32> {
        let moved = |is_before: &dyn Fn(&Addition) -> bool| {
            u32::try_from(self.additions.iter().filter(|other| is_before(other)).count()).unwrap_or(u32::MAX)
        };
        let start = addition.line + moved(&|other| other.line < addition.line);
        start..=addition.last_line + moved(&|other| other.line <= addition.last_line)
    }
}

/// The attribute as a line in front of the function's own.
fn change(source: &Source<'_>, offset: usize, limit: u64) -> Result<Change, String> {
    let Source { text, runtime, is_of_2015, .. } = *source;
    let before = text.get(..offset).unwrap_or_default();
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let (above, indent) = before.split_at(begin);
    let indent = if begin == 0 { indent.trim_start_matches('\u{feff}') } else { indent };
    if !indent.trim().is_empty() {
        return Err("it does not begin a line: run `cargo fmt` first".to_owned());
    }
    let end = if above.ends_with("\r\n") || (begin == 0 && text.contains("\r\n")) { "\r\n" } else { "\n" };
    let root = if is_of_2015 { "::" } else { "" };
    let attribute = attribute(root, runtime, &format!("max = {limit}"));
    Ok(Change::insertion(offset, format!("{attribute}{end}{indent}")))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Addition, Edited, change};
    use crate::edit::change::changed;
    use crate::survey::tree::Source;

    fn source(text: &str) -> Source<'_> {
        Source {
            package: "codec",
            runtime: "alloc_budget",
            is_of_2015: false,
            path: "/w/src/lib.rs".into(),
            copy: Path::new("/c/src/lib.rs"),
            text,
            functions: &[],
        }
    }

    fn added(text: &str, function: &str, source: &Source<'_>) -> Result<String, String> {
        let change = change(source, text.find(function).unwrap(), 3)?;
        Ok(changed(text, &[change]).unwrap())
    }

    #[test]
    fn the_attribute_has_a_line_of_its_own() {
        for (text, expected) in [
            ("fn f() {}\n", "#[alloc_budget::alloc_budget(max = 3)]\nfn f() {}\n"),
            (
                "impl S {\r\n    /// Doc.\r\n    #[inline]\r\n    pub fn f() {}\r\n}\r\n",
                "impl S {\r\n    /// Doc.\r\n    #[inline]\r\n    #[alloc_budget::alloc_budget(max = 3)]\r\n    pub fn f() {}\r\n}\r\n",
            ),
            (
                "mod m {\n\tpub fn f() {}\n}",
                "mod m {\n\t#[alloc_budget::alloc_budget(max = 3)]\n\tpub fn f() {}\n}",
            ),
            (
                "\u{feff}pub fn f() {}\r\n",
                "\u{feff}#[alloc_budget::alloc_budget(max = 3)]\r\npub fn f() {}\r\n",
            ),
        ] {
            let head = if text.contains("pub") { "pub fn f" } else { "fn f" };
            assert_eq!(added(text, head, &source(text)).unwrap(), expected);
        }
        for text in ["impl S { fn f() {} }", "#[inline] fn f() {}"] {
            assert!(added(text, "fn f", &source(text)).is_err(), "{text}");
        }
        let text = "fn f() {}";
        let renamed = Source { runtime: "budgets", is_of_2015: true, ..source(text) };
        let expected = "#[::budgets::alloc_budget(max = 3, crate = ::budgets)]\nfn f() {}";
        assert_eq!(added(text, "fn f", &renamed).unwrap(), expected);
    }

    #[test]
    fn lines_are_those_of_the_new_text() {
        let text = "fn a() {\n    fn b() {\n    }\n}\n\nfn c() {\n}\n";
        let addition = |head: &str, line, last_line| Addition {
            path: head.into(),
            name: head.into(),
            line,
            last_line,
            limit: 0,
            change: change(&source(text), text.find(head).unwrap(), 0).unwrap(),
        };
        let additions = vec![addition("fn a", 1, 4), addition("fn b", 2, 3), addition("fn c", 6, 7)];
        let edited = Edited {
            package: "codec".into(),
            file: "src/lib.rs".into(),
            path: "/w/src/lib.rs".into(),
            text: text.into(),
            additions,
        };
        let lines: Vec<_> = edited.additions.iter().map(|addition| edited.lines(addition)).collect();
        assert_eq!(lines, [1..=6, 3..=5, 8..=10]);
    }
}

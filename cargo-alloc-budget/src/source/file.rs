//! A source file, and what has a budget at a place of it.

use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::report::budget::{Budget, Kind};
use crate::source::text::Text;
use crate::source::walk::{Found, Item, Other};

/// A source file that was read.
#[derive(Debug)]
pub struct File {
    pub text: Text,
    pub items: Vec<Item>,
    pub others: Vec<Other>,
}

impl File {
    /// # Errors
    /// It can't be read, or is no Rust.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        Self::new(bytes).with_context(|| path.display().to_string())
    }

    /// # Errors
    /// It is not UTF-8, or no Rust.
    pub fn new(bytes: Vec<u8>) -> Result<Self> {
        let text = Text::new(bytes)?;
        let Found { items, others } = Found::in_file(&text)?;
        Ok(Self { text, items, others })
    }

    /// SHA-256 in hexadecimal digits.
    pub fn hash(&self) -> String {
        hash(self.text.as_str().as_bytes())
    }

    /// What a budget of a report is of.
    ///
    /// # Errors
    /// There is nothing at its place, or there are several; in words.
    pub fn find(&self, budget: &Budget) -> Result<&Item, String> {
        let Budget { kind, line, column, path, .. } = budget;
        let of_kind = || self.items.iter().filter(|item| item.kind == *kind);
        let mut found: Vec<&Item> = of_kind().filter(|item| item.place.line == *line).collect();
        if found.is_empty() {
            // Another attribute has replaced the head's first words.
            found = of_kind().filter(|item| (item.place.line..=item.name_line).contains(line)).collect();
        }
        if found.is_empty() {
            let what = if *kind == Kind::Block { "`budget!`" } else { "function" };
            return Err(format!("no {what} begins at this line: a macro makes it"));
        }
        if *kind == Kind::Function {
            let segments: Vec<&str> = path.split("::").map(|name| name.trim_start_matches("r#")).collect();
            let last = segments.last().copied().unwrap_or_default();
            let is_named = |name: &dyn Fn(&str) -> bool| -> Vec<&Item> {
                found.iter().copied().filter(|item| name(&item.name)).collect()
            };
            let by_last = is_named(&|name| name == last);
            // A macro has moved its body to a function inside.
            let named = if by_last.is_empty() { is_named(&|name| segments.contains(&name)) } else { by_last };
            if named.is_empty() {
                return Err(format!("no function `{last}` begins at this line: a macro makes it"));
            }
            found = named;
        }
        if let [_, _, ..] = *found {
            let at = |item: &&Item| item.place.display == *column || item.place.column == *column;
            let here: Vec<&Item> = found.iter().copied().filter(at).collect();
            if let [_] = *here {
                found = here;
            }
        }
        match *found {
            [item] => Ok(item),
            _ => Err(format!("{} functions of this name begin at this line", found.len())),
        }
    }
}

pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

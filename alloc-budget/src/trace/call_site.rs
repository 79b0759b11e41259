//! A place in the source: what a reader makes of captured stacks.

use crate::trace::store::Sum;

/// A place in the source that allocated, or freed, past a limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallSite {
    pub(crate) file: Option<String>,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) function: String,
    pub(crate) via: Vec<String>,
    pub(crate) freed: bool,
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

impl CallSite {
    /// The source file, relative to the workspace where it is in it; `None` without debug
    /// information.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line, from 1; 0 where it is not known.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column, from 1; 0 where it is not known.
    pub fn column(&self) -> u32 {
        self.column
    }

    /// The function that the line is in.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// What the line called, on the way to the allocator: the first function, and the last one that
    /// is public.
    pub fn via(&self) -> &[String] {
        &self.via
    }

    /// Whether blocks were freed here. Otherwise they were allocated.
    pub fn is_deallocation(&self) -> bool {
        self.freed
    }

    /// The number of blocks.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their bytes, summed.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl CallSite {
    /// `file:line:column`, as far as they are known: the debug information of Windows has no
    /// columns.
    pub(crate) fn place(&self) -> Option<String> {
        let mut place = self.file.clone()?;
        for number in [self.line, self.column].into_iter().take_while(|number| *number > 0) {
            place.push(':');
            place.push_str(&number.to_string());
        }
        Some(place)
    }

    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        let place = |site: &Self| (site.line, site.column, site.freed);
        place(self) == place(other)
            && self.file == other.file
            && self.function == other.function
            && self.via == other.via
    }

    pub(super) fn add(&mut self, sum: Sum) {
        self.count += sum.count;
        self.bytes += sum.bytes;
    }
}

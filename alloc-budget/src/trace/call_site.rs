//! A place in the source: what a reader makes of captured stacks.

use crate::trace::store::Sum;

/// A line on the way to the allocator, with what it allocated or freed past a limit.
///
/// It is the innermost line of your own code. If there is none on the stack, it is one of a
/// dependency or of the standard library.
///
/// ```
/// use alloc_budget::Budget;
///
/// let overage = Budget::new().max(0).check(|| [vec![1], vec![2]]).unwrap_err();
/// for site in overage.call_sites() {
///     println!("{:?}:{}: {} B in {}", site.file(), site.line(), site.bytes(), site.function());
/// }
/// # assert_eq!(overage.call_sites().iter().map(|site| site.count()).sum::<u64>(), 2);
/// ```
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
    /// The source file. It is relative to the workspace if it is in the workspace. `None` without
    /// debug information.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line, from 1. It is 0 if it is not known.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column, from 1. It is 0 if it is not known, as on Windows.
    pub fn column(&self) -> u32 {
        self.column
    }

    /// The function that the line is in.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// What the line called on the way to the allocator: the first function, and the last public
    /// one.
    pub fn via(&self) -> &[String] {
        &self.via
    }

    /// Whether the line freed blocks. Otherwise it allocated them.
    pub fn is_deallocation(&self) -> bool {
        self.freed
    }

    /// How many blocks the line allocated or freed.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The bytes of these blocks, summed.
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

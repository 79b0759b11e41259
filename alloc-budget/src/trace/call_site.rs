//! A place in the source: what a reader makes of captured stacks.

use crate::trace::store::Sum;

/// A line of the user's, and the function that it is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    pub(super) file: Option<String>,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) function: String,
}

impl Caller {
    /// The source file, relative to the workspace where it is in it; `None` without debug
    /// information. A file that a build script has made is in `$OUT_DIR`.
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

    /// Whether both lines are in one function. Of inlined functions only the last part of the name
    /// may be known, and of closures not even that.
    pub(super) fn is_in_function_of(&self, other: &Self) -> bool {
        let is_unnamed = matches!(&*self.function, "closure" | "async fn" | "async block" | "async closure");
        self.function == other.function
            && (self.function.contains("::") || self.file == other.file)
            && (!is_unnamed || self.line == other.line)
    }

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
}

/// A place in the source that allocated, or freed, past a limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallSite {
    pub(super) at: Caller,
    pub(super) via: Vec<String>,
    pub(super) callers: Vec<Caller>,
    /// Whether callers are missing, because the stack was too deep.
    pub(crate) is_cut: bool,
    /// Whether the line is not known better than by the budget's own.
    pub(crate) is_vague: bool,
    pub(super) freed: bool,
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl CallSite {
    /// The source file, as [`Caller::file`] has it.
    pub fn file(&self) -> Option<&str> {
        self.at.file()
    }

    /// The line, from 1; 0 where it is not known.
    pub fn line(&self) -> u32 {
        self.at.line
    }

    /// The column, from 1; 0 where it is not known.
    pub fn column(&self) -> u32 {
        self.at.column
    }

    /// The function that the line is in.
    pub fn function(&self) -> &str {
        &self.at.function
    }

    /// The user's own functions from the budget's down to this one, which is not among them, each
    /// with the line that called the next. Each function is there once, with the last of its calls;
    /// of those between, the lines are exact with `ALLOC_BUDGET_TRACE=full`.
    pub fn callers(&self) -> &[Caller] {
        &self.callers
    }

    /// What the line called, on the way to the allocator, as users write it: the first function,
    /// and the last one if it says more. With `ALLOC_BUDGET_TRACE=full` those between them too.
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
    pub(crate) fn place(&self) -> Option<String> {
        self.at.place()
    }

    /// Takes in what a report shows as the same, and says whether it is. `exactly`: with the lines
    /// of all callers.
    pub(super) fn merge(&mut self, other: &Self, exactly: bool) -> bool {
        let is_same = (&self.at, self.freed, &self.via) == (&other.at, other.freed, &other.via)
            && (self.has_callers_of(other, exactly) || other.has_callers_of(self, exactly));
        if is_same {
            if other.callers.len() > self.callers.len() {
                self.callers.clone_from(&other.callers);
            }
            self.is_cut &= other.is_cut;
            self.count += other.count;
            self.bytes += other.bytes;
        }
        is_same
    }

    /// Whether the other one's callers are among its own: all of them, or the inner ones where the
    /// stack was cut off.
    fn has_callers_of(&self, other: &Self, exactly: bool) -> bool {
        let more = match self.callers.len().checked_sub(other.callers.len()) {
            Some(more) if more == 0 || other.is_cut => more,
            _ => return false,
        };
        let mut pairs = self.callers[more..].iter().zip(&other.callers).enumerate();
        pairs.all(|(at, (own, theirs))| {
            let is_exact = exactly || at == 0 && !other.is_cut;
            if is_exact { own == theirs } else { own.function == theirs.function }
        })
    }

    pub(super) fn add(&mut self, sum: Sum) {
        self.count += sum.count;
        self.bytes += sum.bytes;
    }
}

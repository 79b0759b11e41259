//! A place in the source: what a reader makes of captured stacks.

use crate::trace::store::Sum;

/// A line on the way to the allocator, and the function that it is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    pub(super) file: Option<String>,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) function: String,
}

impl Caller {
    /// The source file. It is relative to the workspace if it is in the workspace. `None` without
    /// debug information. A file that a build script has made is in `$OUT_DIR`.
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
    pub(super) at: Caller,
    pub(super) via: Vec<String>,
    pub(super) callers: Vec<Caller>,
    /// Whether callers are missing, because the stack was too deep.
    pub(crate) is_cut: bool,
    /// Whether the line is not known better than by the budget's own.
    pub(crate) is_vague: bool,
    pub(super) first_use: Option<&'static str>,
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

    /// What was used for the first time, if an initialiser that runs once was on the way from the
    /// budget: `LazyLock`, `OnceLock`, `Once`, `LazyCell`, `OnceCell`, `once_cell` or
    /// `thread-local`. In another order of calls, or of tests, another budget would have met it.
    pub fn first_use(&self) -> Option<&'static str> {
        self.first_use
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
    pub(crate) fn line_of_it(&self) -> &Caller {
        &self.at
    }

    pub(crate) fn place(&self) -> Option<String> {
        self.at.place()
    }

    /// Takes in what a report shows as the same, and says whether it is. `exactly`: with the lines
    /// of all callers.
    pub(super) fn merge(&mut self, other: &Self, exactly: bool) -> bool {
        let what = |site: &Self| (site.freed, site.first_use);
        let is_same = (&self.at, what(self), &self.via) == (&other.at, what(other), &other.via)
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

//! What is asked of a file, and what was found.

use std::fmt;

use crate::image::Address;

/// A function, and what it promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// As people write it.
    pub name: String,
    /// Any address in the function's code; `None` if it has no code.
    ///
    /// A generic function has code for each of its types: make each a subject, and let the
    /// [worst](Verdict) count.
    pub address: Option<Address>,
    /// What is to be proven.
    pub promise: Promise,
    /// Functions that are taken as clean without a look: paths as people write them, with `::`
    /// between their parts. `Trait::method` stands for the method of each type. Each that was used
    /// is in [`Finding::assumed`].
    ///
    /// A call through a pointer has no name, and stays unproven.
    pub assume: Vec<String>,
}

/// What a function promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Promise {
    /// No allocation, and no reallocation.
    NoAllocation,
    /// No deallocation, and no reallocation.
    NoDeallocation,
}

/// What is known of a file beyond the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Addresses of code of the program's allocator, wherever it was inlined. A call that reaches
    /// one allocates.
    pub allocator_code: Vec<Address>,
}

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// One for each subject, in their order.
    pub findings: Vec<Finding>,
    /// How much was looked at.
    pub seen: Seen,
}

/// What was found out about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The function, as it was asked for.
    pub subject: Subject,
    /// What is known of it.
    pub verdict: Verdict,
    /// How the cause is reached, from the subject on; the shortest such way. Empty where there is
    /// no cause.
    pub chain: Vec<Link>,
    /// Why it isn't proven; none where it is.
    pub cause: Option<Cause>,
    /// Other causes of the same kind, whose chains are left out.
    pub more_causes: usize,
    /// Those of [`Subject::assume`] that the verdict rests on.
    pub assumed: Vec<String>,
}

/// What is known of a subject, the best first.
///
/// Where a subject promises no deallocation, read "deallocation" for "allocation".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// No allocation can be reached.
    Proven,
    /// The same, but for what runs from the begin of a panic until it is caught.
    ExceptPanic,
    /// No way leads back to its caller, other than by a panic, and no allocation can be reached
    /// before that.
    NeverReturns,
    /// The same, but for the first use of something: of a thread's own variable that is dropped,
    /// say.
    ExceptFirstUse,
    /// The same, but for a collection that has no room left. A new one has none: this is no proof
    /// where a function that is called makes one, or where the caller did not make room.
    ExceptGrowth,
    /// An allocation can be reached, as far as the code says.
    Reaches,
    /// Something was not understood that an allocation may be behind.
    Unproven,
    /// The subject has no code in this file.
    NoCode,
}

/// Why a subject isn't proven.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A function that allocates, or deallocates: its name.
    Calls(String),
    /// Code of the allocator, which was inlined.
    InlinedAllocator,
    /// A call or jump to a place that only the running program knows: how it finds it.
    Indirect(String),
    /// A function of another file that nothing is known of: its name, with version.
    External(String),
    /// A call of the system's, by its number where that is known.
    SystemCall(Option<u64>),
    /// Something else that was not understood.
    NotUnderstood(String),
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The function with code of its own; `None` where it has no name.
    pub function: Option<String>,
    /// The instruction that goes on to the next step.
    pub address: Address,
    /// Where that is in the source: the function itself first, then what was inlined in it. Empty
    /// without debug information.
    pub places: Vec<Place>,
}

/// A place in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The function that the line is of, if it has a name.
    pub function: Option<String>,
    /// The file, as the compiler was given it.
    pub file: String,
    /// The line, from 1; 0 if it is not known.
    pub line: u32,
    /// 0 if it is not known.
    pub column: u32,
}

/// How much was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Functions in the file.
    pub functions: usize,
    /// Functions that were followed for some subject.
    pub followed: usize,
    /// How the program allocates.
    pub allocator: Allocator,
    /// Whether the file says where in the source its code is from.
    pub has_lines: bool,
}

/// How a program allocates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Allocator {
    /// By functions of the C library, which are seen by their names.
    #[default]
    OfTheSystem,
    /// By an allocator of its own, which is called by name.
    OfItsOwn,
    /// By what can't be told from other code, so that nothing can be proven: why.
    OutOfSight(String),
}

impl Verdict {
    /// Whether the promise holds without conditions, panics aside.
    #[must_use]
    pub fn is_proven(self) -> bool {
        matches!(self, Self::Proven | Self::ExceptPanic | Self::NeverReturns)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Proven => "PROVEN",
            Self::ExceptPanic => "EXCEPT-PANIC",
            Self::NeverReturns => "NEVER-RETURNS",
            Self::ExceptFirstUse => "EXCEPT-FIRST-USE",
            Self::ExceptGrowth => "EXCEPT-GROWTH",
            Self::Reaches => "ALLOCATES",
            Self::Unproven => "UNPROVEN",
            Self::NoCode => "NO CODE",
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(name) => write!(f, "calls `{name}`"),
            Self::InlinedAllocator => f.write_str("code of the program's allocator is inlined here"),
            Self::Indirect(how) => f.write_str(how),
            Self::External(name) => write!(f, "calls `{name}` of another file, which nothing is known of"),
            Self::SystemCall(Some(number)) => write!(f, "makes system call {number}"),
            Self::SystemCall(None) => f.write_str("makes a system call whose number is not known"),
            Self::NotUnderstood(what) => f.write_str(what),
        }
    }
}

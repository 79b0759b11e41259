//! Why a file can't be analysed.

use std::fmt;

/// Why a file can't be analysed at all. What is not understood of one function is no error: it
/// keeps that function from being proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

/// What was found out, or why the file can't be analysed.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// With the part of the file in front.
    pub(crate) fn of(part: &str) -> impl Fn(&dyn fmt::Display) -> Self {
        move |error| Self(format!("{part} can't be read: {error}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

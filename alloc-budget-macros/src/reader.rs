//! Who reads the expansion.

use std::ffi::OsStr;

/// Told by the program that the macro runs in.
pub(crate) enum Reader {
    /// And whoever is not known.
    Compiler,
    Clippy,
    Rustdoc,
}

impl Reader {
    pub(crate) fn here() -> Self {
        let program = std::env::current_exe().unwrap_or_default();
        match program.file_stem().and_then(OsStr::to_str) {
            Some("clippy-driver") => Self::Clippy,
            Some("rustdoc") => Self::Rustdoc,
            _ => Self::Compiler,
        }
    }
}

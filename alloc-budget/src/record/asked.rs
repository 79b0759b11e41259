//! What the environment asks of the record.

use std::path::PathBuf;
use std::sync::OnceLock;

/// What the environment asks for.
pub(crate) struct Asked {
    pub(crate) folder: PathBuf,
    pub(crate) phantom: Option<String>,
    /// Says a line.
    pub(crate) say: fn(&str),
}

static ASKED: OnceLock<Asked> = OnceLock::new();

/// Has the process record from the first call of a budget on.
pub(crate) fn ask(asked: impl FnOnce() -> Asked) {
    ASKED.get_or_init(asked);
}

pub(super) fn asked() -> Option<&'static Asked> {
    ASKED.get()
}

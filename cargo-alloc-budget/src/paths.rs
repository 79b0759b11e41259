//! Paths as reports and sources write them: no file is looked at.

use std::path::{Component, Path, PathBuf};

/// Without `.` and `..`, as it is written: the file need not exist, and links stay.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

/// With `/` on every system.
pub(crate) fn with_slashes(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

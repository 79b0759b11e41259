//! Which process this is.

/// Tells a forked process from its parent. Only Unix forks; others may have no such number.
pub(crate) fn id() -> u32 {
    if cfg!(unix) { std::process::id() } else { 1 }
}

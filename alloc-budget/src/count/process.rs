//! Which process this is.

/// Tells a process from others, and a forked one from its parent. Where std has no such number to
/// give, there are no others.
pub(crate) fn id() -> u32 {
    if cfg!(any(unix, windows)) { std::process::id() } else { 1 }
}

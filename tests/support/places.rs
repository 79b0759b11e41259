//! Places in the source, as reports show them on this platform.

/// A file as the tests name it: Windows has backslashes, or both.
pub fn slashed(text: &str) -> String {
    if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() }
}

/// A call site, as far as the debug information knows it.
pub fn site(file: &str, line: u32, column: u32) -> String {
    let column = if HAS_COLUMNS { format!(":{column}") } else { String::new() };
    format!("{}:{line}{column}", slashed(file))
}

/// Where a call site on a line begins, in whichever column.
pub fn on_line(file: &str, line: u32) -> String {
    format!("{}:{line}{}", slashed(file), if HAS_COLUMNS { ":" } else { " " })
}

/// Microsoft's debug information has none.
const HAS_COLUMNS: bool = !cfg!(target_env = "msvc");

//! Numbers and words as a reader wants them.

/// With its thousands apart and a true minus: `−1 180`.
pub fn number(number: impl Into<i128>) -> String {
    let number = number.into();
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "−" } else { "" };
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    format!("{sign}{}", groups.join(" "))
}

/// `1 budget`, `2 budgets`.
pub fn count(number_of: impl Into<i128>, thing: &str) -> String {
    let number_of = number_of.into();
    format!("{} {thing}{}", number(number_of), if number_of == 1 { "" } else { "s" })
}

/// The tool's own error, on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    anstream::eprintln!("{style}error{style:#}: {error:#}");
}

/// `src/codec.rs:44`.
pub fn place(file: Option<&str>, line: Option<u32>) -> Option<String> {
    match (file, line) {
        (Some(file), Some(line)) => Some(format!("{file}:{line}")),
        (Some(file), None) => Some(file.to_owned()),
        (None, _) => None,
    }
}

#[test]
fn thousands_are_apart() {
    assert_eq!(number(0), "0");
    assert_eq!(number(999), "999");
    assert_eq!(number(-1_180), "−1 180");
    assert_eq!(number(u64::MAX), "18 446 744 073 709 551 615");
    assert_eq!(number(i64::MIN), "−9 223 372 036 854 775 808");
}

#[test]
fn one_is_no_plural() {
    assert_eq!(
        [count(0, "budget"), count(1, "budget"), count(2, "budget")],
        ["0 budgets", "1 budget", "2 budgets"]
    );
}

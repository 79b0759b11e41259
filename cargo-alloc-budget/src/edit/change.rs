//! Bytes of a file, and what is put in their place.

use std::ops::Range;

use anyhow::{Result, ensure};

/// Bytes of a file, and what is put in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub range: Range<usize>,
    pub old: String,
    pub new: String,
}

impl Change {
    /// Something new in front of the byte at `at`.
    pub fn insertion(at: usize, new: String) -> Self {
        Self { range: at..at, old: String::new(), new }
    }
}

/// The text with the changes, in any order.
///
/// # Errors
/// It is not the text that they are for.
pub fn changed(text: &str, changes: &[Change]) -> Result<String> {
    let mut sorted: Vec<&Change> = changes.iter().collect();
    sorted.sort_by_key(|change| change.range.start);
    let mut out = String::with_capacity(text.len() + 8 * changes.len());
    let mut end = 0;
    for Change { range, old, new } in sorted {
        let is_there = range.start >= end && text.get(range.clone()) == Some(old);
        ensure!(is_there, "`{old}` is not where it was");
        out.push_str(&text[end..range.start]);
        out.push_str(new);
        end = range.end;
    }
    out.push_str(&text[end..]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(at: usize, old: &str, new: &str) -> Change {
        Change { range: at..at + old.len(), old: old.to_owned(), new: new.to_owned() }
    }

    #[test]
    fn only_their_bytes_change() {
        let changes = [change(6, "2", "300"), change(0, "1", ""), change(3, "é", "e")];
        assert_eq!(changed("1\r\né\t2\r\n", &changes).unwrap(), "\r\ne\t300\r\n");
        assert_eq!(changed("1", &[]).unwrap(), "1");
    }

    #[test]
    fn another_text_is_refused() {
        for changes in [
            vec![change(0, "2", "3")],
            vec![change(0, "1é", "2"), change(1, "é", "e")],
            vec![change(2, "", "x")],
            vec![change(9, "1", "2")],
        ] {
            assert!(changed("1é", &changes).is_err(), "{changes:?}");
        }
    }
}

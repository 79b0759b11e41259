//! A page of Markdown that a comment has room for.

use std::fmt::Write as _;

use crate::text::number;

/// A comment on GitHub can have 65,536 characters.
pub(crate) const MOST_BYTES: usize = 60_000;
/// What stands below the tables.
const RESERVED: usize = 2_000;

/// A page that ends before a comment would be refused.
#[derive(Default)]
pub(crate) struct Page(pub(crate) String);

impl Page {
    pub(crate) fn line(&mut self, line: &str) {
        if self.has_room_for(line, 0) {
            _ = writeln!(self.0, "{line}");
        }
    }

    /// As many rows as there is room for, and how many more there are.
    pub(crate) fn table(&mut self, head: &str, rows: impl Iterator<Item = String>) {
        self.line(head);
        self.rows(rows);
        self.0.push('\n');
    }

    fn rows(&mut self, rows: impl Iterator<Item = String>) {
        let mut left_out = 0_u64;
        for row in rows {
            if left_out == 0 && self.has_room_for(&row, RESERVED) {
                _ = writeln!(self.0, "{row}");
            } else {
                left_out += 1;
            }
        }
        if left_out > 0 {
            _ = writeln!(self.0, "\nand {} more, for which a comment has no room", number(left_out));
        }
    }

    pub(crate) fn details(&mut self, summary: &str, rows: &[String]) {
        if rows.is_empty() {
            self.line(&format!("<sub>{}</sub>", html(summary)));
            return;
        }
        _ = writeln!(self.0, "<details><summary>{}</summary>\n", html(summary));
        self.table("| function | worst of all calls | calls |\n| --- | --- | ---: |", rows.iter().cloned());
        self.0.push_str("</details>\n");
    }

    fn has_room_for(&self, line: &str, reserved: usize) -> bool {
        self.0.len() + line.len() + 1 + reserved <= MOST_BYTES
    }
}

/// In code, also inside a table.
pub(crate) fn code(text: &str) -> String {
    let text = text.replace('\n', " ").replace('|', "\\|");
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("`{text}`") } else { format!("{fence} {text} {fence}") }
}

/// Words between tags.
pub(crate) fn html(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;")
}

/// Words that are no markup, but for what is in code.
pub(crate) fn text(words: &str) -> String {
    let mut in_code = false;
    let escape = |char: char| {
        in_code ^= char == '`';
        match char {
            '|' => "\\|".into(),
            '\n' => " ".into(),
            '<' if !in_code => "&lt;".into(),
            '*' | '_' | '[' | ']' | '#' | '@' if !in_code => format!("\\{char}"),
            char => char.to_string(),
        }
    };
    words.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(code("a::f<[u8; 4]>"), "`a::f<[u8; 4]>`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(text("a <b> `c_d` e_f @g"), "a &lt;b> `c_d` e\\_f \\@g");
    }
}

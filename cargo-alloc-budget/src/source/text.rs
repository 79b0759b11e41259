//! A source file's text, and places in it.

use std::ops::Range;

use anyhow::{Context, Result};
use proc_macro2::{Span, TokenStream};
use unicode_width::UnicodeWidthChar;

const BOM: &str = "\u{feff}";

/// A file's text. Offsets are bytes of the file, a byte order mark included.
#[derive(Debug)]
pub struct Text {
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

/// Where something begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub offset: usize,
    /// From 1.
    pub line: u32,
    /// In characters, as `column!()` and the compiler's JSON count. From 1.
    pub column: u32,
    /// In columns of a terminal, as `Location::column` counts. From 1.
    pub display: u32,
}

impl Text {
    /// # Errors
    /// It is not UTF-8.
    pub fn new(bytes: Vec<u8>) -> Result<Self> {
        let text = String::from_utf8(bytes).context("it is not UTF-8")?;
        let begin = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let lines = std::iter::once(begin).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Ok(Self { text, lines })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn get(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// The file's tokens. Their spans are valid until this thread takes the tokens of another file.
    ///
    /// # Errors
    /// It is no Rust.
    pub(super) fn tokens(&self) -> Result<TokenStream> {
        // Else every file that was ever read is kept.
        proc_macro2::extra::invalidate_current_thread_spans();
        let begin = self.lines[0];
        let text = &self.text[begin..];
        let shebang = shebang(text);
        let parsed = if shebang == 0 {
            text.parse()
        } else {
            format!("{}{}", " ".repeat(shebang), &text[shebang..]).parse::<TokenStream>()
        };
        parsed.map_err(|error| {
            let at = error.span().byte_range().start + begin;
            anyhow::anyhow!("it can't be read as Rust: line {}", self.place(at).line)
        })
    }

    /// The bytes of the file that a span is of.
    pub(super) fn range(&self, span: Span) -> Range<usize> {
        let Range { start, end } = span.byte_range();
        start + self.lines[0]..end + self.lines[0]
    }

    pub fn place(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|begin| *begin <= offset).max(1);
        let before = self.get(self.lines[line - 1]..offset);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Place {
            offset,
            line: number(line),
            column: number(before.chars().count() + 1),
            display: number(before.chars().map(width).sum::<usize>() + 1),
        }
    }
}

/// How many bytes `#!/usr/bin/…` has, in its first line. `#![…]` is an attribute.
fn shebang(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("#!") else { return 0 };
    if rest.trim_start().starts_with('[') { 0 } else { text.lines().next().map_or(0, str::len) }
}

/// As the compiler has it, of a character that it may have replaced by another one to show it.
fn width(c: char) -> usize {
    match c {
        '\t' => 4,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => 1,
        _ => c.width().unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, of: &str) -> (u32, u32, u32) {
        let text = Text::new(text.into()).unwrap();
        let place = text.place(text.as_str().find(of).unwrap());
        (place.line, place.column, place.display)
    }

    /// The columns are what the compiler said of such functions.
    #[test]
    fn columns_are_characters_or_what_a_terminal_shows() {
        assert_eq!(place("a\n    fn f() {}", "fn"), (2, 5, 5));
        assert_eq!(place("\t/**/ fn f() {}", "fn"), (1, 7, 10));
        assert_eq!(place("/*漢字*/ fn f() {}", "fn"), (1, 8, 10));
        assert_eq!(place("/*e\u{301}*/ fn f() {}", "fn"), (1, 8, 7));
        assert_eq!(place("/*\u{202c}*/ fn f() {}", "fn"), (1, 7, 7));
    }

    #[test]
    fn a_byte_order_mark_is_no_column_and_a_carriage_return_no_line() {
        assert_eq!(place("\u{feff}fn f() {}", "fn"), (1, 1, 1));
        assert_eq!(place("\u{feff}\r\n\r\n fn f() {}", "fn"), (3, 2, 2));
        assert_eq!(place("/*\r*/fn f() {}", "fn").0, 1);
    }

    #[test]
    fn tokens_have_their_bytes_in_the_file() {
        for begin in ["", "\u{feff}", "#!/bin/it's a \"script\"\r\n", "\u{feff}#!/bin/漢\n", "#! [allow(x)] "]
        {
            let text = Text::new(format!("{begin}/*é*/ last").into()).unwrap();
            let last = text.tokens().unwrap().into_iter().last().unwrap();
            assert_eq!(text.get(text.range(last.span())), "last", "{begin:?}");
        }
    }

    #[test]
    fn what_is_no_rust_says_where() {
        let error = Text::new("fn f() {\n\n  '".into()).unwrap().tokens().unwrap_err();
        assert_eq!(error.to_string(), "it can't be read as Rust: line 3");
        assert!(Text::new(vec![0xff]).is_err());
    }
}

//! JSON, written by hand.

use std::fmt::{Display, Write as _};

/// An object that is being written. It ends where it is dropped.
pub(super) struct Object<'a> {
    text: &'a mut String,
    is_empty: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(text: &'a mut String) -> Self {
        text.push('{');
        Self { text, is_empty: true }
    }

    fn name(&mut self, name: &str) {
        self.text.push_str(if std::mem::replace(&mut self.is_empty, false) { "\"" } else { ",\"" });
        self.text.push_str(name);
        self.text.push_str("\":");
    }

    pub(super) fn string(&mut self, name: &str, value: &str) {
        self.name(name);
        string(self.text, value);
    }

    pub(super) fn string_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.string(name, value),
            None => self.null(name),
        }
    }

    /// A number, `true` or `false`: what JSON writes as Rust does.
    pub(super) fn plain(&mut self, name: &str, value: impl Display) {
        self.name(name);
        let _ = write!(self.text, "{value}");
    }

    pub(super) fn plain_or_null(&mut self, name: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.plain(name, value),
            None => self.null(name),
        }
    }

    pub(super) fn null(&mut self, name: &str) {
        self.name(name);
        self.text.push_str("null");
    }

    pub(super) fn object(&mut self, name: &str) -> Object<'_> {
        self.name(name);
        Object::begin(self.text)
    }

    /// A list, each item of which is written by `write`.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut String, T),
    ) {
        self.name(name);
        self.text.push('[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            write(self.text, item);
        }
        self.text.push(']');
    }
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
        self.text.push('}');
    }
}

/// A string in quotes.
pub(super) fn string(text: &mut String, value: &str) {
    text.push('"');
    let mut rest = value;
    while let Some(at) = rest.find(|c: char| matches!(c, '"' | '\\') || c.is_control()) {
        let (plain, special) = rest.split_at(at);
        text.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('\n') => text.push_str("\\n"),
            Some('\t') => text.push_str("\\t"),
            Some(c @ ('"' | '\\')) => text.extend(['\\', c]),
            // Control characters are all below U+10000.
            Some(c) => drop(write!(text, "\\u{:04x}", u32::from(c))),
            None => {}
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::{Object, string};

    #[test]
    fn strings_are_escaped() {
        for (value, expected) in [
            ("", r#""""#),
            ("plain ü 漢", r#""plain ü 漢""#),
            ("C:\\a \"b\"", r#""C:\\a \"b\"""#),
            ("a\nb\tc\r\0\u{7f}\u{85}", r#""a\nb\tc\u000d\u0000\u007f\u0085""#),
        ] {
            let mut text = String::new();
            string(&mut text, value);
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn objects_are_separated() {
        let mut text = String::new();
        {
            let mut object = Object::begin(&mut text);
            object.plain("a", 1);
            object.object("b").null("c");
            object.list("d", ["x", "y"], string);
            object.list("e", [] as [&str; 0], string);
        }
        assert_eq!(text, r#"{"a":1,"b":{"c":null},"d":["x","y"],"e":[]}"#);
    }
}

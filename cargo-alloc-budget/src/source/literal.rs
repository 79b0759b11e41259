//! An integer literal, and the same with another value: base, suffix and grouping are kept.

use std::fmt::Write as _;

/// An integer literal as it is written: `0x00_FFu32`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    pub value: u64,
    /// `0x`, `0o`, `0b`, or nothing.
    prefix: String,
    /// With its `_`.
    digits: String,
    /// With `_` in front of it.
    suffix: String,
    base: u32,
}

impl Literal {
    /// `None` where it is no integer, or has more than 64 bits.
    pub fn parse(text: &str) -> Option<Self> {
        let (base, length) = match text.get(..2) {
            Some("0x") => (16, 2),
            Some("0o") => (8, 2),
            Some("0b") => (2, 2),
            _ => (10, 0),
        };
        let (prefix, rest) = text.split_at(length);
        let end = rest.find(|c: char| c != '_' && !c.is_digit(base)).unwrap_or(rest.len());
        let digits = rest[..end].trim_end_matches('_');
        let suffix = &rest[digits.len()..];
        if bits(suffix).is_none() {
            return None;
        }
        let value = u64::from_str_radix(&digits.replace('_', ""), base).ok()?;
        let own = str::to_owned;
        Some(Self { value, prefix: own(prefix), digits: own(digits), suffix: own(suffix), base })
    }

    /// It with another value; `None` where that does not fit into its type.
    pub fn with(&self, value: u64) -> Option<String> {
        if bits(&self.suffix).is_some_and(|bits| bits < 64 && value >> bits != 0) {
            return None;
        }
        let mut digits = in_base(value, self.base);
        if self.digits.contains(|c: char| c.is_ascii_uppercase()) {
            digits.make_ascii_uppercase();
        }
        let length = self.digits.chars().filter(|c| *c != '_').count();
        if length > 1 && self.digits.starts_with('0') {
            digits.insert_str(0, &"0".repeat(length.saturating_sub(digits.len())));
        }
        Some(format!("{}{}{}", self.prefix, self.grouped(&digits, length), self.suffix))
    }

    /// The digits with `_` where they were; of another number of digits, in groups as long as the
    /// last one was.
    fn grouped(&self, digits: &str, length: usize) -> String {
        let mut out = String::new();
        if digits.len() == length {
            let mut next = digits.chars();
            out.extend(self.digits.chars().filter_map(|c| if c == '_' { Some(c) } else { next.next() }));
            return out;
        }
        let group = match self.digits.rfind('_') {
            Some(at) => self.digits.len() - at - 1,
            None => return digits.to_owned(),
        };
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(group) {
                out.push('_');
            }
            out.push(digit);
        }
        out
    }
}

/// How many bits a suffix leaves for a number that is not negative; `None` of what is no suffix of
/// an integer.
fn bits(suffix: &str) -> Option<u32> {
    Some(match suffix.trim_start_matches('_') {
        "" | "u64" | "usize" | "u128" | "i128" => 64,
        "i64" | "isize" => 63,
        "u32" => 32,
        "i32" => 31,
        "u16" => 16,
        "i16" => 15,
        "u8" => 8,
        "i8" => 7,
        _ => return None,
    })
}

fn in_base(value: u64, base: u32) -> String {
    let mut text = String::new();
    let _ = match base {
        16 => write!(text, "{value:x}"),
        8 => write!(text, "{value:o}"),
        2 => write!(text, "{value:b}"),
        _ => write!(text, "{value}"),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn with(text: &str, value: u64) -> String {
        let literal = Literal::parse(text).unwrap();
        assert_eq!(literal.with(literal.value).as_deref(), Some(text), "its own value changes nothing");
        let with = literal.with(value).unwrap();
        let read = Literal::parse(&with).unwrap();
        assert_eq!((read.value, &read.prefix, &read.suffix), (value, &literal.prefix, &literal.suffix));
        with
    }

    #[test]
    fn base_suffix_and_grouping_are_kept() {
        for (text, value, expected) in [
            ("0", 12, "12"),
            ("4usize", 12, "12usize"),
            ("4_usize", 12, "12_usize"),
            ("4_u64", 0, "0_u64"),
            ("1_000", 12_345_678, "12_345_678"),
            ("1_000", 9, "9"),
            ("1_0000", 123_456_789, "1_2345_6789"),
            ("12_34_567", 7_654_321, "76_54_321"),
            ("1__0", 25, "2__5"),
            ("1000", 12_345, "12345"),
            ("0xff", 0x1_abc, "0x1abc"),
            ("0xFF_u32", 0xabc, "0xABC_u32"),
            ("0x00FF", 0xa, "0x000A"),
            ("0x00ff", 0x1_2345, "0x12345"),
            ("0b1010_1010", 0b1_0000_0001, "0b1_0000_0001"),
            ("0o17", 64, "0o100"),
            ("007", 12, "012"),
            ("0x1f32", 3, "0x3"),
            ("1_000_u16", 65_535, "65_535_u16"),
        ] {
            assert_eq!(with(text, value), expected, "{text}");
        }
    }

    #[test]
    fn the_greatest_numbers_fit() {
        assert_eq!(with("1", u64::MAX), u64::MAX.to_string());
        assert_eq!(with("1u64", u64::MAX), format!("{}u64", u64::MAX));
        assert_eq!(Literal::parse("1u8").unwrap().with(255).as_deref(), Some("255u8"));
        assert_eq!(Literal::parse("1u8").unwrap().with(256), None);
        assert_eq!(Literal::parse("1_i16").unwrap().with(0x8000), None);
    }

    #[test]
    fn what_is_no_integer_is_none() {
        for text in
            ["1.5", "1f32", "\"1\"", "'1'", "b'1'", "1e3", "99999999999999999999", "", "0x", "1kB", "true"]
        {
            assert_eq!(Literal::parse(text), None, "{text}");
        }
    }
}

//! Names of functions, as a reader wants them.
//!
//! The compiler's own spelling (`<codec::Encoder<T> as codec::Encode>::frame::{{closure}}`) names
//! the crate that the reader is in, and repeats type parameters that its two mangling schemes spell
//! differently.

/// A function's path without type parameters and closures, and without the crate's name in front
/// where it is the reader's own: `codec::Encoder::frame`. A closure of which no more is known is
/// called one.
pub(crate) fn tidy(raw: &str, own_crate: Option<&str>) -> String {
    let mut segments = segments(raw);
    let is_named = |segment: &String| !segment.starts_with('{');
    if segments.iter().any(is_named) {
        segments.retain(is_named);
    } else if let Some(kind) = segments.last().map(|last| last.trim_matches(['{', '}'])) {
        return kind.split('#').next().unwrap_or(kind).replace('_', " ");
    }
    if segments.len() > 1 && segments.first().map(String::as_str) == own_crate {
        segments.remove(0);
    }
    segments.join("::")
}

/// The last two segments of a path, which tell a function of the standard library: `Vec::reserve`.
pub(crate) fn short(raw: &str) -> String {
    let path = tidy(raw, None);
    let at = path.rmatch_indices("::").nth(1).map_or(0, |(at, _)| at + 2);
    path[at..].to_owned()
}

fn segments(raw: &str) -> Vec<String> {
    let mut segments = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        if let Some(qualified) = rest.strip_prefix('<') {
            let end = closing(qualified);
            let inside = &qualified[..end];
            rest = qualified.get(end + 1..).unwrap_or("");
            match subject(inside) {
                // The parameters of the segment before.
                Subject::Parameters if !segments.is_empty() => {}
                Subject::Parameters => segments = self::segments(inside),
                Subject::Type(name) => segments = self::segments(name),
            }
        } else if let Some(after) = rest.strip_prefix("::") {
            rest = after;
        } else {
            let end = rest.find(['<', ':']).unwrap_or(rest.len()).max(1);
            segments.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
    }
    segments
}

enum Subject<'a> {
    Parameters,
    Type(&'a str),
}

/// Whose function it is, by what stands between the angle brackets.
fn subject(inside: &str) -> Subject<'_> {
    if let Some(implementation) = inside.strip_prefix("impl ") {
        return Subject::Type(split(implementation, " for ").map_or(implementation, |(_, ty)| ty));
    }
    match split(inside, " as ") {
        // A blanket implementation: the trait says more than `T`.
        Some((ty, tr)) if ty.len() == 1 => Subject::Type(tr),
        Some((ty, _)) => Subject::Type(ty),
        None => Subject::Parameters,
    }
}

/// Splits at a separator that stands in no angle brackets.
fn split<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    text.match_indices(separator)
        .find(|(at, _)| depth(&text[..*at]) == 0)
        .map(|(at, _)| (&text[..at], &text[at + separator.len()..]))
}

/// Where the angle bracket is closed that was opened before `text`.
fn closing(text: &str) -> usize {
    text.match_indices('>').map(|(at, _)| at).find(|at| depth(&text[..=*at]) == -1).unwrap_or(text.len())
}

/// How many angle brackets are left open. An arrow is none.
fn depth(text: &str) -> i32 {
    let mut previous = ' ';
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '<' => depth += 1,
            '>' if previous != '-' => depth -= 1,
            _ => {}
        }
        previous = c;
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn tidy_names() {
        for (raw, expected) in [
            ("app::codec::encode", "codec::encode"),
            ("app::codec::encode::{{closure}}", "codec::encode"),
            ("app::codec::encode::{closure#0}", "codec::encode"),
            ("app::Encoder<T>::frame", "Encoder::frame"),
            ("app::Encoder<_>::frame::<u8>", "Encoder::frame"),
            ("<app::Encoder<T> as app::Encode>::frame", "Encoder::frame"),
            ("<app::Encoder<alloc::vec::Vec<u8>>>::frame", "Encoder::frame"),
            ("<&str as app::Encode>::frame", "&str::frame"),
            ("<T as alloc::string::ToString>::to_string", "alloc::string::ToString::to_string"),
            ("alloc::str::<impl alloc::borrow::ToOwned for str>::to_owned", "str::to_owned"),
            ("alloc::slice::<impl [T]>::to_vec", "[T]::to_vec"),
            (
                "core::ops::function::FnOnce::call_once{{vtable.shim}}",
                "core::ops::function::FnOnce::call_once{{vtable.shim}}",
            ),
            ("<fn() -> alloc::vec::Vec<u8> as app::Make>::make", "fn() -> alloc::vec::Vec::make"),
            ("{{closure}}", "closure"),
            ("{async_fn#0}", "async fn"),
            ("{async_fn#0}::{closure#1}", "closure"),
            ("main", "main"),
            ("app", "app"),
        ] {
            assert_eq!(tidy(raw, Some("app")), expected, "{raw}");
        }
    }

    #[test]
    fn nothing_breaks_it() {
        for raw in [
            "",
            "<",
            ">",
            "<<",
            "::",
            "a::<",
            "<a as ",
            "<impl  for >",
            ":",
            "a:b",
            "{",
            "{}#",
            "<>::a",
            "é<ü>::ß",
        ] {
            tidy(raw, Some("a"));
        }
    }
}

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
    match &segments[..] {
        [only] if INITIALISERS.contains(&&**only) => return "initialiser".to_owned(),
        [.., variable, last] if INITIALISERS.contains(&&**last) && is_constant(variable) => {
            segments.pop();
        }
        _ => {}
    }
    if segments.len() > 1 && Some(referent(&segments[0])) == own_crate {
        let first = segments.remove(0);
        segments[0].insert_str(0, &first[..first.len() - referent(&first).len()]);
    }
    segments.join("::")
}

/// What `thread_local!` calls the function behind the variable that it declares.
const INITIALISERS: [&str; 2] = ["__init", "__rust_std_internal_init_fn"];

fn is_constant(segment: &str) -> bool {
    !segment.contains(char::is_lowercase)
}

/// Whether it is only the last part of a path, as of inlined functions in line tables.
pub(crate) fn is_short(raw: &str) -> bool {
    segments(raw).iter().filter(|segment| !segment.starts_with('{')).count() < 2
}

/// What a reference is to; of a trait object, the trait.
fn referent(ty: &str) -> &str {
    ty.trim_start_matches('&').trim_start_matches("mut ").trim_start_matches("dyn ")
}

/// The function's own name: the last segment of its path that is one. Of a closure, that of the
/// function around it; nothing where that is not known.
pub(crate) fn last(raw: &str) -> String {
    segments(raw).into_iter().rfind(|segment| !segment.starts_with('{')).unwrap_or_default()
}

/// The type in front of a function's own name: `Vec` of `<alloc::vec::Vec<u8>>::reserve`. `None`
/// where there is a module.
pub(crate) fn owner(raw: &str) -> Option<String> {
    let mut segments = segments(raw);
    segments.retain(|segment| !segment.starts_with('{'));
    segments.pop();
    let is_name = |name: &str| name.chars().all(char::is_alphanumeric);
    let is_type = |name: &str| name.starts_with(char::is_uppercase) && name.len() > 1 && is_name(name);
    segments.pop().filter(|segment| is_type(segment))
}

/// The crate that a function is defined in, where its name tells: not that of a trait's method,
/// which may be provided by the trait.
pub(crate) fn krate(raw: &str) -> Option<&str> {
    let path = match raw.strip_prefix('<') {
        Some(qualified) => {
            let inside = &qualified[..closing(qualified)];
            if split(inside, " as ").is_some() {
                return None;
            }
            inside
        }
        None => raw,
    };
    let (krate, _) = referent(path).split_once("::")?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    krate.chars().all(is_name).then_some(krate)
}

/// The crate of the trait that a method is of: `<app::Job as tasks::Run>::run`.
pub(crate) fn trait_crate(raw: &str) -> Option<&str> {
    let qualified = raw.strip_prefix('<')?;
    let (_, tr) = split(&qualified[..closing(qualified)], " as ")?;
    krate(tr)
}

/// The type whose blocks a function of the compiler's drops.
pub(crate) fn dropped(raw: &str) -> Option<&str> {
    let function = raw.strip_prefix("core::ptr::").unwrap_or(raw);
    let glue = ["drop_in_place", "drop_glue"].into_iter().find_map(|glue| function.strip_prefix(glue))?;
    let dropped = glue.strip_prefix("::").unwrap_or(glue).strip_prefix('<')?;
    Some(&dropped[..closing(dropped)])
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
    use super::{dropped, is_short, krate, last, owner, tidy, trait_crate};

    #[test]
    fn a_function_is_of_a_crate_and_of_a_type() {
        for (raw, of_crate, of_type, name) in [
            ("app::codec::encode", Some("app"), None, "encode"),
            ("app::codec::Encoder<T>::frame", Some("app"), Some("Encoder"), "frame"),
            ("<app::codec::Encoder<u8>>::frame::<u8>", Some("app"), Some("Encoder"), "frame"),
            ("<app::Encoder as app::Encode>::frame", None, Some("Encoder"), "frame"),
            ("<T as alloc::string::ToString>::to_string", None, Some("ToString"), "to_string"),
            ("app::<impl core::fmt::Display for app::Frame>::fmt", Some("app"), Some("Frame"), "fmt"),
            ("alloc::slice::<impl [T]>::to_vec", Some("alloc"), None, "to_vec"),
            ("<[app::Frame]>::to_vec", None, None, "to_vec"),
            ("<dyn app::Encode>::frame", Some("app"), Some("Encode"), "frame"),
            ("<alloc::vec::Vec<app::Frame>>::push", Some("alloc"), Some("Vec"), "push"),
            ("from_elem<app::Frame, alloc::alloc::Global>", None, None, "from_elem"),
            ("tokio::task::yield_now::{{closure}}", Some("tokio"), None, "yield_now"),
            ("{async_fn#0}", None, None, ""),
            ("main", None, None, "main"),
        ] {
            let found = (krate(raw), owner(raw), last(raw));
            assert_eq!(found, (of_crate, of_type.map(str::to_owned), name.to_owned()), "{raw}");
        }
        assert_eq!(trait_crate("<app::Job as tasks::Run<u8>>::run"), Some("tasks"));
        assert_eq!(trait_crate("<app::Job>::run"), None);
    }

    #[test]
    fn glue_drops_a_type() {
        for (raw, expected) in [
            ("core::ptr::drop_in_place<alloc::vec::Vec<u8>>", Some("alloc::vec::Vec<u8>")),
            ("core::ptr::drop_in_place::<app::Frame>", Some("app::Frame")),
            ("core::ptr::drop_glue::<[alloc::string::String]>", Some("[alloc::string::String]")),
            (
                "drop_in_place<alloc::vec::Vec<u8, alloc::alloc::Global>>",
                Some("alloc::vec::Vec<u8, alloc::alloc::Global>"),
            ),
            ("drop_glue<app::Frame>", Some("app::Frame")),
            ("core::mem::drop::<app::Frame>", None),
        ] {
            assert_eq!(dropped(raw), expected, "{raw}");
        }
    }

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
            ("<&app::Encoder<T> as app::Encode>::frame", "&Encoder::frame"),
            ("<&mut app::codec::Encoder as app::Encode>::frame", "&mut codec::Encoder::frame"),
            ("<dyn app::Encode>::frame", "dyn Encode::frame"),
            ("<&mut other::app::Encoder as app::Encode>::frame", "&mut other::app::Encoder::frame"),
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
            ("app::LOCAL::{{constant}}::__init", "LOCAL"),
            ("app::LOCAL::{constant#0}::__rust_std_internal_init_fn", "LOCAL"),
            ("__rust_std_internal_init_fn", "initialiser"),
            ("app::start::__init", "start::__init"),
            ("{async_fn#0}::{closure#1}", "closure"),
            ("main", "main"),
            ("app", "app"),
        ] {
            assert_eq!(tidy(raw, Some("app")), expected, "{raw}");
        }
    }

    #[test]
    fn line_tables_have_short_names() {
        for (raw, expected) in [
            ("frame", true),
            ("extend<core::ops::range::Range<usize>>", true),
            ("{closure#0}<u8>", true),
            ("app::frame", false),
            ("app::frame::{{closure}}", false),
            ("<app::Encoder as app::Encode>::frame", false),
        ] {
            assert_eq!(is_short(raw), expected, "{raw}");
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
            let _ = (krate(raw), owner(raw), last(raw), trait_crate(raw), dropped(raw));
        }
    }
}

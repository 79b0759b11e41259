//! What users write for what the standard library is on a stack: `vec!` for
//! `alloc::vec::from_elem`.
//!
//! A function is known by the module that its file is, and by its last name. Both are the same in
//! every build and under either mangling; the types in front of the name are not.

use crate::trace::frame::Frame;
use crate::trace::{names, paths};

/// What the user's line called: the first function that users write, and, as far as it says more,
/// the last one. With `all`, those between them too. `frames` are innermost first.
pub(super) fn via<'a>(frames: impl DoubleEndedIterator<Item = &'a Frame>, all: bool) -> Vec<String> {
    let mut called: Vec<String> = Vec::new();
    for frame in frames.rev() {
        let name = called.last().map_or_else(|| first(frame), |before| later(frame, before));
        called.extend(name);
    }
    called.dedup();
    if called.len() > 2 && !all {
        called.drain(1..called.len() - 1);
    }
    called
}

/// A function as whoever calls it writes it; `None` for what nobody calls.
fn first(frame: &Frame) -> Option<String> {
    if let Some(dropped) = names::dropped(&frame.function) {
        return dropped_type(dropped).map(|name| format!("drop {name}"));
    }
    let method = names::last(&frame.function);
    let Some(module) = module(frame) else {
        return method.starts_with(char::is_alphabetic).then(|| in_dependency(frame, &method));
    };
    if let Some((.., spelled)) = SPELLED.iter().find(|row| (row.0, row.1) == (in_crate(&module), &method)) {
        return Some((*spelled).to_owned());
    }
    let is_internal = INTERNAL_MODULES.iter().any(|start| module.starts_with(start));
    if is_internal || !method.starts_with(char::is_alphabetic) {
        return None;
    }
    if module == "core::fmt" && method.ends_with("_finish") {
        return Some("#[derive(Debug)]".to_owned());
    }
    let known = of_module(&module);
    let is_trait = matches!(known, Some("Iterator" | "Into"));
    let of = names::owner(&frame.function).filter(|_| !is_trait);
    // In front of a type may be a module: `io::Error`.
    let of = match (of.as_deref(), known) {
        (Some(of), Some(known)) if known.ends_with(of) => Some(known),
        (of, known) => of.or(known),
    };
    Some(of.map_or_else(|| method.clone(), |of| format!("{of}::{method}")))
}

/// Of what is called further in: only what makes room, and what is dropped.
fn later(frame: &Frame, before: &str) -> Option<String> {
    if let Some(dropped) = names::dropped(&frame.function) {
        let is_users = names::krate(dropped).is_some_and(|krate| !is_standard(krate));
        let dropped = dropped_type(dropped)?;
        let is_part = match before {
            "drop String" | "drop OsString" | "drop PathBuf" => dropped == "Vec",
            "drop Rc" | "drop Arc" => dropped == "Weak",
            _ => false,
        };
        let is_known = TYPES.iter().any(|row| row.1 == dropped);
        return (!is_part && (is_known || is_users)).then(|| format!("drop {dropped}"));
    }
    let method = names::last(&frame.function);
    if method == "do_reserve_and_handle" {
        return Some("Vec::reserve".to_owned());
    }
    // Of a map's entry, whoever has called `insert` on the map has heard nothing.
    let of = of_module(&module(frame)?).filter(|of| *of != "Entry" && MAKES_ROOM.contains(&&*method))?;
    Some(format!("{of}::{method}"))
}

/// The name of a type whose blocks are dropped; not of what is only a row of others.
fn dropped_type(dropped: &str) -> Option<String> {
    if dropped.ends_with('}') {
        return Some("closure".to_owned());
    }
    (!dropped.starts_with(['[', '('])).then(|| names::last(dropped))
}

fn is_standard(krate: &str) -> bool {
    matches!(krate, "alloc" | "core" | "std" | "hashbrown")
}

fn of_module(module: &str) -> Option<&'static str> {
    TYPES.iter().find(|row| row.0 == in_crate(module)).map(|row| row.1)
}

/// A module without its crate.
fn in_crate(module: &str) -> &str {
    module.split_once("::").map_or(module, |(_, inside)| inside)
}

/// A function of a dependency, with its type or else its crate in front.
fn in_dependency(frame: &Frame, method: &str) -> String {
    let package = || {
        let package = paths::in_package_store(frame.file.as_deref()?)?;
        let package = package.iter().next()?.to_str()?;
        Some(package.rsplit_once('-').map_or(package, |(name, _)| name).replace('-', "_"))
    };
    let krate = || names::krate(&frame.function).map(str::to_owned).or_else(package);
    let of = names::owner(&frame.function).or_else(krate);
    of.filter(|of| of != method).map_or_else(|| method.to_owned(), |of| format!("{of}::{method}"))
}

/// The module of the standard library that a function is in: `alloc::vec`.
fn module(frame: &Frame) -> Option<String> {
    if let Some(file) = frame.file.as_deref() {
        if !paths::is_standard(file) {
            return None;
        }
        let file = paths::slashed(file);
        let Some((_, file)) = file.rsplit_once("/library/") else { return Some("hashbrown".to_owned()) };
        let module = file.trim_end_matches(".rs").trim_end_matches("/mod").replace("/src/", "/");
        return Some(module.replace('/', "::"));
    }
    let is_module = |segment: &&str| {
        segment.starts_with(|c: char| c.is_ascii_lowercase()) && !segment.contains(['<', '>'])
    };
    let path = frame.function.trim_start_matches('<').split("::");
    let mut modules: Vec<_> = path.take_while(is_module).collect();
    if modules.last().is_some_and(|last| *last == names::last(&frame.function)) {
        modules.pop();
    }
    modules.first().is_some_and(|krate| is_standard(krate)).then(|| modules.join("::"))
}

/// Module and function, and what is written for it. The module is without its crate: from one version
/// to the next, they move from `std` to `alloc` or `core`.
const SPELLED: [(&str, &str, &str); 17] = [
    // What `vec![1]` was until 1.94: a box that no function of `Box` makes.
    ("alloc", "exchange_malloc", "vec!"),
    ("boxed", "new_uninit", "vec!"),
    ("fmt", "format", "format!"),
    ("fmt", "format_inner", "format!"),
    ("fmt", "write_fmt", "write!"),
    ("fmt::format", "format_inner", "format!"),
    ("io", "write_fmt", "write!"),
    ("io::write", "write_fmt", "write!"),
    ("io::stdio", "_print", "println!"),
    ("path", "from", "PathBuf::from"),
    // The part of `Vec::reserve` that is not inlined.
    ("raw_vec", "do_reserve_and_handle", "Vec::reserve"),
    ("result", "from_residual", "Result ?"),
    ("slice", "into_vec", "vec!"),
    ("string", "add", "String +"),
    ("string", "add_assign", "String +="),
    ("string", "to_string", "ToString::to_string"),
    ("vec", "from_elem", "vec!"),
];

/// Module without its crate, and the type or the module in front of its functions.
const TYPES: [(&str, &str); 34] = [
    ("borrow", "Cow"),
    ("boxed", "Box"),
    ("boxed::convert", "Box"),
    ("collections::binary_heap", "BinaryHeap"),
    ("collections::btree::map", "BTreeMap"),
    ("collections::btree::map::entry", "Entry"),
    ("collections::btree::set", "BTreeSet"),
    ("collections::hash::map", "HashMap"),
    ("collections::hash::set", "HashSet"),
    ("collections::linked_list", "LinkedList"),
    ("collections::vec_deque", "VecDeque"),
    ("convert", "Into"),
    ("env", "env"),
    ("ffi::c_str", "CString"),
    ("ffi::os_str", "OsString"),
    ("fs", "fs"),
    ("io::buffered::bufreader", "BufReader"),
    ("io::buffered::bufwriter", "BufWriter"),
    ("io::error", "io::Error"),
    ("iter::traits::iterator", "Iterator"),
    ("path", "Path"),
    ("process", "Command"),
    ("rc", "Rc"),
    ("rcs::arc", "Arc"),
    ("rcs::rc", "Rc"),
    ("slice", "[T]"),
    ("str", "str"),
    ("string", "String"),
    ("sync", "Arc"),
    ("sync::mpsc", "mpsc"),
    ("thread", "thread"),
    ("thread::functions", "thread"),
    ("thread::local", "LocalKey"),
    ("vec", "Vec"),
];

/// Modules, by how they begin, that users call nothing of.
const INTERNAL_MODULES: [&str; 14] = [
    "alloc::alloc",
    "alloc::raw_vec",
    "alloc::vec::in_place",
    "alloc::vec::spec_",
    "core::alloc",
    "core::fmt::rt",
    "core::future",
    "core::intrinsics",
    "core::iter::adapters",
    "core::mem",
    "core::ops::function",
    "core::ptr",
    "hashbrown",
    "std::sys",
];

/// What says more than the function that the user has called.
const MAKES_ROOM: [&str; 12] = [
    "clone",
    "collect",
    "insert",
    "push",
    "push_back",
    "reserve",
    "reserve_exact",
    "shrink_to",
    "shrink_to_fit",
    "to_owned",
    "to_vec",
    "with_capacity",
];

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::via;
    use crate::trace::frame::Frame;

    fn frame(function: &str, file: &str) -> Frame {
        let file = match file {
            "" => None,
            in_std if in_std.contains("/src/") && !in_std.starts_with('/') => {
                Some(PathBuf::from(format!("/rustc/1a2b/library/{in_std}")))
            }
            file => Some(PathBuf::from(file)),
        };
        Frame { function: function.to_owned(), file, line: 1, column: 1 }
    }

    /// What is said of one function: with full names under both manglings, with line tables only,
    /// and without debug information.
    #[test]
    fn a_function_is_called_what_users_write() {
        const SERDE: &str = "/c/registry/src/i/serde_json-1.0.1/src/de.rs";
        for (function, file, expected) in [
            ("alloc::vec::from_elem", "alloc/src/vec/mod.rs", "vec!"),
            ("alloc::vec::from_elem::<u8>", "alloc/src/vec/mod.rs", "vec!"),
            ("from_elem<u8>", "alloc/src/vec/mod.rs", "vec!"),
            ("alloc::vec::from_elem::<u8>", "", "vec!"),
            ("<alloc::boxed::Box<[u8; 3]>>::new_uninit", "alloc/src/boxed.rs", "vec!"),
            ("alloc::vec::Vec<T,A>::push", "alloc/src/vec/mod.rs", "Vec::push"),
            ("<alloc::vec::Vec<u8>>::push", "alloc/src/vec/mod.rs", "Vec::push"),
            ("push<u8, alloc::alloc::Global>", "alloc/src/vec/mod.rs", "Vec::push"),
            ("<alloc::vec::Vec<u8>>::push", "", "Vec::push"),
            ("alloc::str::<impl str>::repeat", "alloc/src/str.rs", "str::repeat"),
            ("<str>::to_uppercase", "alloc/src/str.rs", "str::to_uppercase"),
            ("alloc::str::<impl str>::repeat", "", "str::repeat"),
            ("<T as alloc::string::ToString>::to_string", "alloc/src/string.rs", "ToString::to_string"),
            ("<u8 as alloc::string::ToString>::to_string", "alloc/src/string.rs", "ToString::to_string"),
            (
                "<core::ops::Range<u8> as core::iter::Iterator>::collect::<alloc::vec::Vec<u8>>",
                "core/src/iter/traits/iterator.rs",
                "Iterator::collect",
            ),
            ("core::ptr::drop_in_place<alloc::vec::Vec<u8>>", "core/src/ptr/mod.rs", "drop Vec"),
            ("core::ptr::drop_glue::<alloc::vec::Vec<u8>>", "core/src/ptr/mod.rs", "drop Vec"),
            ("drop_in_place<alloc::vec::Vec<u8, alloc::alloc::Global>>", "core/src/ptr/mod.rs", "drop Vec"),
            ("core::ptr::drop_glue::<app::run::{closure#0}>", "core/src/ptr/mod.rs", "drop closure"),
            ("std::io::error::Error::new", "std/src/io/error.rs", "io::Error::new"),
            ("<core::io::error::Error>::new::<&str>", "alloc/src/io/error.rs", "io::Error::new"),
            ("<core::io::error::Error>::new::<&str>", "", "io::Error::new"),
            ("<alloc::vec::Vec<u8> as core::io::write::Write>::write_fmt", "core/src/io/write.rs", "write!"),
            ("write_fmt", "std/src/io/mod.rs", "write!"),
            (
                "<core::result::Result<u8, alloc::boxed::Box<dyn core::error::Error>> as \
                 core::ops::try_trait::FromResidual>::from_residual",
                "core/src/result.rs",
                "Result ?",
            ),
            ("alloc::alloc::exchange_malloc", "alloc/src/alloc.rs", "vec!"),
            ("new<u8>", "alloc/src/rc.rs", "Rc::new"),
            ("new<u8>", "alloc/src/rcs/rc.rs", "Rc::new"),
            ("new<u8>", "alloc/src/rcs/arc.rs", "Arc::new"),
            ("new<&[u8]>", "std/src/io/buffered/bufreader.rs", "BufReader::new"),
            ("new<&[u8]>", "alloc/src/io/buffered/bufreader.rs", "BufReader::new"),
            ("<core::fmt::Formatter>::debug_struct_field1_finish", "core/src/fmt/mod.rs", "#[derive(Debug)]"),
            ("serde_json::de::from_str", SERDE, "serde_json::from_str"),
            ("from_str<app::Config>", SERDE, "serde_json::from_str"),
            ("serde_json::de::Deserializer<R>::end", SERDE, "Deserializer::end"),
            (
                "tokio::task::yield_now::{{closure}}",
                "/c/registry/src/i/tokio-1.0.1/src/task.rs",
                "tokio::yield_now",
            ),
        ] {
            assert_eq!(via([frame(function, file)].iter(), false), [expected], "{function} in {file}");
        }
    }

    #[test]
    fn what_nobody_writes_is_left_out() {
        for (function, file) in [
            ("core::ops::function::FnOnce::call_once", "core/src/ops/function.rs"),
            ("<alloc::raw_vec::RawVec<u8>>::grow_one", "alloc/src/raw_vec/mod.rs"),
            ("core::ptr::drop_glue::<[alloc::string::String]>", "core/src/ptr/mod.rs"),
            ("{closure#0}<u8>", "/c/registry/src/i/tokio-1.0.1/src/task.rs"),
            ("hashbrown::raw::RawTable<T,A>::reserve", "/rust/deps/hashbrown-0.16.1/src/raw/mod.rs"),
        ] {
            assert_eq!(via([frame(function, file)].iter(), false), Vec::<String>::new(), "{function}");
        }
        let frames = [
            ("<alloc::vec::Vec<u8>>::reserve", "alloc/src/vec/mod.rs"),
            ("<alloc::vec::Vec<u8>>::append_elements", "alloc/src/vec/mod.rs"),
            ("<alloc::string::String>::push_str", "alloc/src/string.rs"),
            ("<alloc::string::String as core::fmt::Write>::write_str", "alloc/src/string.rs"),
            ("core::fmt::write", "core/src/fmt/mod.rs"),
            ("alloc::fmt::format", "alloc/src/fmt.rs"),
        ];
        let frames = frames.map(|(function, file)| frame(function, file));
        assert_eq!(via(frames.iter(), false), ["format!", "Vec::reserve"]);
    }

    #[test]
    fn the_entry_of_a_map_makes_no_room() {
        let frames = [
            (
                "alloc::collections::btree::map::entry::VacantEntry<K,V,A>::insert",
                "alloc/src/collections/btree/map/entry.rs",
            ),
            ("alloc::collections::btree::map::BTreeMap<K,V,A>::insert", "alloc/src/collections/btree/map.rs"),
        ];
        let frames = frames.map(|(function, file)| frame(function, file));
        assert_eq!(via(frames.iter(), false), ["BTreeMap::insert"]);
    }

    #[test]
    fn a_part_of_what_is_dropped_says_nothing() {
        let glue =
            |dropped: &str| frame(&format!("core::ptr::drop_glue::<{dropped}>"), "core/src/ptr/mod.rs");
        let frames = ["alloc::vec::Vec<u8>", "alloc::string::String", "[alloc::string::String]", "app::Doc"];
        let frames = frames.map(glue);
        assert_eq!(via(frames.iter(), false), ["drop Doc", "drop String"]);
    }
}

//! What users write for what the standard library is on a stack: `vec!` for `alloc::vec::from_elem`.
//!
//! A function is known by the module that its file is, and by its last name. Both are the same in
//! every build and under either mangling; the types in front of the name are not.

use crate::trace::frame::Frame;
use crate::trace::{names, paths};

/// What the user's line called: the first function that users write, and, as far as it says more,
/// the last one. With `all`, those between them too. `frames` are innermost first.
pub(super) fn via(frames: &[&Frame], all: bool) -> Vec<String> {
    let mut called: Vec<String> = Vec::new();
    for frame in frames.iter().rev() {
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
    if let Some((.., spelled)) = SPELLED.iter().find(|row| (row.0, row.1) == (&module, &method)) {
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
        // The part of `Vec::reserve` that is not inlined.
        return Some("Vec::reserve".to_owned());
    }
    let of = of_module(&module(frame)?).filter(|_| MAKES_ROOM.contains(&&*method))?;
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
    TYPES.iter().find(|row| row.0 == module).map(|row| row.1)
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
    let path = names::tidy(&frame.function, None);
    let is_module = |segment: &&str| segment.starts_with(|c: char| c.is_ascii_lowercase());
    let segments: Vec<_> = path.split("::").collect();
    let modules: Vec<_> = segments[..segments.len() - 1].iter().copied().take_while(is_module).collect();
    modules.first().is_some_and(|krate| is_standard(krate)).then(|| modules.join("::"))
}

/// Module and function, and what is written for it.
const SPELLED: [(&str, &str, &str); 10] = [
    ("alloc::boxed", "new_uninit", "vec!"),
    ("alloc::fmt", "format", "format!"),
    ("alloc::slice", "into_vec", "vec!"),
    ("alloc::string", "add", "String +"),
    ("alloc::string", "add_assign", "String +="),
    ("alloc::string", "to_string", "ToString::to_string"),
    ("alloc::vec", "from_elem", "vec!"),
    ("core::fmt", "write_fmt", "write!"),
    ("std::io", "write_fmt", "write!"),
    ("std::io::stdio", "_print", "println!"),
];

/// Module, and the type or the module in front of its functions.
const TYPES: [(&str, &str); 32] = [
    ("alloc::borrow", "Cow"),
    ("alloc::boxed", "Box"),
    ("alloc::boxed::convert", "Box"),
    ("alloc::collections::binary_heap", "BinaryHeap"),
    ("alloc::collections::btree::map", "BTreeMap"),
    ("alloc::collections::btree::map::entry", "Entry"),
    ("alloc::collections::btree::set", "BTreeSet"),
    ("alloc::collections::linked_list", "LinkedList"),
    ("alloc::collections::vec_deque", "VecDeque"),
    ("alloc::ffi::c_str", "CString"),
    ("alloc::rc", "Rc"),
    ("alloc::slice", "[T]"),
    ("alloc::str", "str"),
    ("alloc::string", "String"),
    ("alloc::sync", "Arc"),
    ("alloc::vec", "Vec"),
    ("core::convert", "Into"),
    ("core::iter::traits::iterator", "Iterator"),
    ("std::collections::hash::map", "HashMap"),
    ("std::collections::hash::set", "HashSet"),
    ("std::env", "env"),
    ("std::ffi::os_str", "OsString"),
    ("std::fs", "fs"),
    ("std::io::buffered::bufreader", "BufReader"),
    ("std::io::buffered::bufwriter", "BufWriter"),
    ("std::io::error", "io::Error"),
    ("std::path", "Path"),
    ("std::process", "Command"),
    ("std::sync::mpsc", "mpsc"),
    ("std::thread", "thread"),
    ("std::thread::functions", "thread"),
    ("std::thread::local", "LocalKey"),
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

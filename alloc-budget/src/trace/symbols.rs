//! From return addresses to what a reader calls a call site: their own line, and what it called.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::trace::call_site::CallSite;
use crate::trace::names;

/// One function on a stack; several for one address where functions were inlined.
struct Frame {
    function: String,
    file: Option<PathBuf>,
    line: u32,
    column: u32,
}

/// Whose code it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// This crate, the global allocator's entry points.
    Machinery,
    /// std, and what runs `main` and the tests.
    Standard,
    /// A crate from a registry or a git repository.
    Dependency,
    User,
}

/// Resolves addresses, each of them once.
pub(crate) struct Symbols<'a> {
    own_crate: Option<&'a str>,
    /// A file of the user's as the compiler was told it, relative to the workspace.
    known_file: &'a Path,
    root: Option<PathBuf>,
    frames: HashMap<usize, Rc<[Frame]>>,
}

impl<'a> Symbols<'a> {
    pub(crate) fn new(own_crate: Option<&'a str>, known_file: &'a str) -> Self {
        Self { own_crate, known_file: Path::new(known_file), root: None, frames: HashMap::new() }
    }

    pub(crate) fn call_site(&mut self, stack: &[usize], freed: bool) -> CallSite {
        let mut resolved = Vec::new();
        for address in stack {
            let frames = self.resolve(*address);
            let is_users = frames.iter().any(|frame| owner(frame) == Owner::User);
            resolved.push(frames);
            // What is further out is not asked for; and the debug information of the C library
            // takes longest to read.
            if is_users && (self.root.is_some() || !self.known_file.is_relative()) {
                break;
            }
        }
        let mut frames: Vec<&Frame> = resolved.iter().flat_map(|frames| frames.iter()).collect();
        // The walk began inside the allocator.
        let outside = frames
            .iter()
            .position(|frame| matches!(owner(frame), Owner::User | Owner::Dependency))
            .unwrap_or(frames.len());
        if let Some(inside) = frames[..outside].iter().rposition(|frame| owner(frame) == Owner::Machinery) {
            frames.drain(..=inside);
        }
        let first = |wanted| frames.iter().position(|frame| owner(frame) == wanted);
        let Some(at) =
            first(Owner::User).or_else(|| first(Owner::Dependency)).or_else(|| first(Owner::Standard))
        else {
            return CallSite {
                file: None,
                line: 0,
                column: 0,
                function: "(no call site: the stack could not be read)".to_owned(),
                via: Vec::new(),
                freed,
                count: 0,
                bytes: 0,
            };
        };
        let frame = frames[at];
        CallSite {
            file: frame.file.as_deref().map(|file| self.relative(file)),
            line: frame.line,
            column: frame.column,
            function: names::tidy(&frame.function, self.own_crate),
            via: via(&frames[..at]),
            freed,
            count: 0,
            bytes: 0,
        }
    }

    fn resolve(&mut self, address: usize) -> Rc<[Frame]> {
        if let Some(frames) = self.frames.get(&address) {
            return frames.clone();
        }
        let frames: Rc<[Frame]> = lookup(address).into();
        if self.root.is_none() && self.known_file.is_relative() {
            self.root = frames.iter().find_map(|frame| {
                let file = frame.file.as_deref().filter(|file| file.is_absolute())?;
                file.ends_with(self.known_file)
                    .then(|| file.ancestors().nth(self.known_file.components().count()))?
                    .map(Path::to_owned)
            });
        }
        self.frames.insert(address, frames.clone());
        frames
    }

    /// A path that says nothing of the machine, as far as one can be had.
    fn relative(&self, file: &Path) -> String {
        if let Some(packaged) = in_package_store(file) {
            return packaged.display().to_string();
        }
        let file = self.root.as_deref().and_then(|root| file.strip_prefix(root).ok()).unwrap_or(file);
        let current = std::env::current_dir().ok();
        let file = current.and_then(|directory| file.strip_prefix(directory).ok()).unwrap_or(file);
        file.display().to_string()
    }
}

#[cfg(feature = "backtrace")]
fn lookup(address: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    backtrace::resolve(std::ptr::without_provenance_mut(address), |symbol| {
        frames.push(Frame {
            function: symbol.name().map_or_else(|| "(unknown)".to_owned(), |name| format!("{name:#}")),
            file: symbol.filename().map(Path::to_owned),
            line: symbol.lineno().unwrap_or(0),
            column: symbol.colno().unwrap_or(0),
        });
    });
    frames
}

#[cfg(not(feature = "backtrace"))]
fn lookup(_: usize) -> Vec<Frame> {
    Vec::new()
}

fn owner(frame: &Frame) -> Owner {
    let name = frame.function.trim_start_matches('<');
    let in_crate = |krate: &str| name.strip_prefix(krate).is_some_and(|rest| rest.starts_with("::"));
    let entry_point = name.starts_with("__rust") || name.starts_with("__rg_");
    if in_crate("alloc_budget") || in_crate("backtrace") || entry_point {
        return Owner::Machinery;
    }
    if let Some(file) = &frame.file {
        // With line tables only, names have no crate.
        if is_own_source(file) {
            return Owner::Machinery;
        }
        let file = slashed(file);
        // The standard library, and what it is built with.
        if ["/rustc/", "/rust/deps/"].iter().any(|start| file.starts_with(start))
            || file.contains("/rustlib/src/rust/")
        {
            return Owner::Standard;
        }
        return if in_package_store(Path::new(&file)).is_some() { Owner::Dependency } else { Owner::User };
    }
    let standard = STANDARD_CRATES.into_iter().any(in_crate);
    // Without a Rust path it is the C start-up code, or stripped.
    if standard || !name.contains("::") { Owner::Standard } else { Owner::User }
}

/// The standard library, and what it is built with.
const STANDARD_CRATES: [&str; 12] = [
    "std",
    "core",
    "alloc",
    "test",
    "addr2line",
    "adler2",
    "gimli",
    "hashbrown",
    "memchr",
    "miniz_oxide",
    "object",
    "rustc_demangle",
];

/// Whether a file is one of this crate's, or of the crate that walks the stack.
fn is_own_source(file: &Path) -> bool {
    let own = Path::new(file!()).ancestors().nth(2);
    let is_own = own.is_some_and(|own| file.ancestors().any(|directory| directory.ends_with(own)));
    is_own || in_package_store(file).is_some_and(|inside| inside.to_string_lossy().starts_with("backtrace-"))
}

/// The part of a path below cargo's store of packages: `regex-1.11.1/src/lib.rs`.
fn in_package_store(file: &Path) -> Option<PathBuf> {
    let components: Vec<_> = file.components().collect();
    let store = components.windows(2).position(|pair| {
        let is = |component: &Component<'_>, name| component.as_os_str() == name;
        is(&pair[0], "registry") && is(&pair[1], "src") || is(&pair[0], "git") && is(&pair[1], "checkouts")
    })?;
    // After the two comes the registry's or the repository's folder.
    components.get(store + 3..).map(|inside| inside.iter().collect())
}

/// What the user's line called: the first function and the last one, as far as they are for users
/// to call. `frames` are innermost first.
fn via(frames: &[&Frame]) -> Vec<String> {
    let mut names: Vec<String> = frames.iter().rev().filter_map(|frame| public_name(frame)).collect();
    names.dedup();
    if names.len() > 2 {
        names.drain(1..names.len() - 1);
    }
    names
}

/// The short name of a function that users call; `None` for what they don't.
fn public_name(frame: &Frame) -> Option<String> {
    let function = &*frame.function;
    if let Some(dropped) = function.strip_prefix("core::ptr::drop_in_place<") {
        return Some(format!("drop {}", names::short(dropped.strip_suffix('>').unwrap_or(dropped))));
    }
    let path = names::tidy(function, None);
    if path.ends_with("do_reserve_and_handle") {
        // The part of `Vec::reserve` that is not inlined.
        return Some("Vec::reserve".to_owned());
    }
    let file = frame.file.as_deref().map(slashed).unwrap_or_default();
    let method = path.rsplit("::").next().unwrap_or("");
    let is_internal = INTERNAL_FILES.iter().any(|internal| file.contains(internal))
        || INTERNAL_PATHS.iter().any(|part| path.contains(part))
        || function.starts_with('{')
        || method.starts_with('_')
        || ["_in", "_impl"].iter().any(|end| method.ends_with(end));
    (!is_internal).then(|| names::short(function))
}

/// With line tables only, a file is all that is known of an inlined function.
const INTERNAL_FILES: [&str; 6] = [
    "/alloc/src/raw_vec",
    "/alloc/src/alloc.rs",
    "/core/src/alloc/",
    "/core/src/intrinsics",
    "/core/src/ops/function.rs",
    "/rust/deps/hashbrown",
];

const INTERNAL_PATHS: [&str; 11] = [
    "alloc::raw_vec::",
    "alloc::alloc::",
    "core::alloc::",
    "core::intrinsics::",
    "core::ops::function::",
    "inner",
    "Inner",
    "spec_",
    "unchecked",
    "append_elements",
    "box_new",
];

fn slashed(file: &Path) -> String {
    file.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Frame, Owner, in_package_store, owner};

    #[test]
    fn frames_belong_to_whom_their_file_or_their_name_says() {
        for (function, file, expected) in [
            ("alloc_budget::scope::make_room", None, Owner::Machinery),
            ("<backtrace::Frame as core::fmt::Debug>::fmt", None, Owner::Machinery),
            ("__rust_alloc", None, Owner::Machinery),
            ("__rg_alloc", None, Owner::Machinery),
            ("make_room", Some("/home/me/alloc-budget/src/scope.rs"), Owner::Machinery),
            ("trace", Some("/cargo/registry/src/index-1/backtrace-0.3.77/src/lib.rs"), Owner::Machinery),
            ("push", Some("/rustc/1a2b/library/alloc/src/vec/mod.rs"), Owner::Standard),
            ("insert", Some("/rust/deps/hashbrown-0.16.0/src/raw.rs"), Owner::Standard),
            ("push", Some("C:\\lib\\rustlib\\src\\rust\\library\\alloc\\src\\vec\\mod.rs"), Owner::Standard),
            ("std::rt::lang_start", None, Owner::Standard),
            ("<alloc::vec::Vec<u8>>::push", None, Owner::Standard),
            ("_start", None, Owner::Standard),
            ("parse", Some("/cargo/registry/src/index-1/httparse-1.10.1/src/lib.rs"), Owner::Dependency),
            ("parse", Some("/cargo/git/checkouts/httparse-1a2b/3c4d/src/lib.rs"), Owner::Dependency),
            ("main", Some("/home/me/app/main.rs"), Owner::User),
            ("main", Some("/home/registry/app/main.rs"), Owner::User),
            ("main", Some("/home/src/app/main.rs"), Owner::User),
            ("main", Some("/home/git/app/main.rs"), Owner::User),
            ("main", Some("/home/checkouts/app/main.rs"), Owner::User),
            ("allocations::main", None, Owner::User),
        ] {
            let frame =
                Frame { function: function.into(), file: file.map(PathBuf::from), line: 1, column: 1 };
            assert!(owner(&frame) == expected, "{function} in {file:?}");
        }
    }

    #[test]
    fn a_packages_file_is_named_without_the_store() {
        for (file, expected) in [
            ("/cargo/registry/src/index-1/itoa-1.0.15/src/lib.rs", "itoa-1.0.15/src/lib.rs"),
            ("/cargo/git/checkouts/itoa-1a2b/3c4d/src/lib.rs", "3c4d/src/lib.rs"),
        ] {
            assert_eq!(in_package_store(Path::new(file)).as_deref(), Some(Path::new(expected)));
        }
    }
}

//! Each function of real sources, once it has a budget, is found again from the place that a record
//! has of it; and an edit of that budget changes nothing but its number.

use std::path::{Path, PathBuf};

use cargo_alloc_budget::edit::change::{Change, changed};
use cargo_alloc_budget::report::budget::{Budget, Kind, Limit};
use cargo_alloc_budget::source::file::File;
use functions::functions;

mod functions;
mod places;

/// The sources of the packages that Cargo.lock names: whoever can build this test has them.
fn dependencies() -> Vec<PathBuf> {
    let lock = include_str!("../../../Cargo.lock");
    let folders: Vec<PathBuf> = registry();
    let mut files = Vec::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")))?;
            line.strip_suffix('"')
        };
        if let (Some(name), Some(version), Some(_)) = (value("name"), value("version"), value("source")) {
            for folder in &folders {
                add_sources(&folder.join(format!("{name}-{version}")), &mut files);
            }
        }
    }
    files
}

/// Where cargo has unpacked what it has downloaded.
fn registry() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
        Some(Path::new(&home).join(".cargo"))
    });
    folders(&home.expect("CARGO_HOME or a home").join("registry/src"))
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn add_sources(path: &Path, files: &mut Vec<PathBuf>) {
    for path in folders(path) {
        if path.is_dir() {
            add_sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What a record's place says of a function.
pub(crate) fn budget(line: u32, column: u32, name: &str) -> Budget {
    let path = format!("some::module::{name}");
    Budget { path, ..Budget::at(Kind::Function, String::new(), line, column) }
}

/// How many functions it has; `None` where syn can't tell.
fn check(path: &Path) -> Option<usize> {
    let text = std::fs::read_to_string(path).ok()?;
    let functions = functions(&text)?;
    let with = |attribute: &str| {
        let changes: Vec<Change> = functions
            .iter()
            .map(|function| Change::insertion(function.start, attribute.to_owned()))
            .collect();
        changed(&text, &changes).expect("in its text")
    };
    let attribute = "#[alloc_budget(max = 7)] ";
    let annotated = with(attribute);
    let file = File::new(annotated.clone().into_bytes())
        .unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
    let mut edits = Vec::new();
    for (index, function) in functions.iter().enumerate() {
        let start = function.start + (index + 1) * attribute.len();
        let place = file.text.place(start);
        let item = file
            .find(&budget(place.line, place.display, &function.name))
            .unwrap_or_else(|error| panic!("{}:{}: {error}", path.display(), place.line));
        let at = || format!("{}:{}: {}", path.display(), place.line, function.name);
        assert_eq!((item.place, &item.name), (place, &function.name), "{}", at());
        assert_eq!(item.is_const, function.is_const, "{}", at());
        assert_eq!((item.budgets.len(), item.container), (1, None), "{}", at());
        let args = item.budgets[0].args.as_ref().expect("arguments");
        let max = args.limit(Limit::Max).expect("a limit");
        let literal = max.literal.as_ref().expect("a literal");
        let new = literal.with(1234).expect("of any size");
        edits.push(Change { range: max.range.clone(), old: max.text.clone(), new });
    }
    let edited = changed(file.text.as_str(), &edits).expect("an edit of this text");
    assert!(edited == with("#[alloc_budget(max = 1234)] "), "{}: more than a number", path.display());
    Some(functions.len())
}

/// A part of the sources; with `ALLOC_BUDGET_ALL_SOURCES` set, all that are in the registry.
#[test]
fn every_function_is_found_from_its_place_and_only_its_number_changes() {
    let all = std::env::var_os("ALLOC_BUDGET_ALL_SOURCES").is_some();
    let files = if all {
        let mut files = Vec::new();
        for folder in registry() {
            add_sources(&folder, &mut files);
        }
        files
    } else {
        // Every file that a hash of its name selects: a little of each package.
        let selected = |path: &&PathBuf| {
            let name = path
                .file_name()
                .map_or(0, |name| name.as_encoded_bytes().iter().map(|b| u32::from(*b)).sum::<u32>());
            name.is_multiple_of(16)
        };
        dependencies().iter().filter(selected).cloned().collect()
    };
    let count = {
        let files = files.clone();
        move || files.iter().map(|file| check(file)).collect::<Vec<Option<usize>>>()
    };
    // Syn's parser is recursive, and some sources are there to try that.
    let roomy = std::thread::Builder::new().stack_size(1 << 30).spawn(count).expect("a thread");
    let counts = roomy.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let read = counts.iter().flatten().count();
    let functions: usize = counts.iter().flatten().sum();
    println!("{} files, of which {read} are Rust, with {functions} functions", files.len());
    assert!(
        read >= 200 && functions >= 2_000,
        "too little was found: {read} files with {functions} functions in {:?}. Run `cargo fetch`",
        registry()
    );
}

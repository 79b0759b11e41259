//! What the attribute refuses and what it accepts, each program compiled by itself.
//!
//! The expected errors are those of every compiler from 1.95 to 1.99: a case whose error rustc has put
//! into other words since asks for another mistake. `TRYBUILD=overwrite` writes them anew; read what it
//! wrote.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn refused() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/*.rs");
    cases.compile_fail("ui/plain/*.rs");
}

#[test]
fn accepted() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn one_mistake_gives_one_error() {
    for path in files("ui/fail", "stderr") {
        let errors = read(&path).lines().filter(|line| line.starts_with("error")).count();
        let mistakes = if path.file_name().unwrap().to_string_lossy().starts_with("two_") { 2 } else { 1 };
        assert_eq!(errors, mistakes, "{}", path.display());
    }
}

/// The programs in `ui/plain` are those in `ui/fail` without the attribute, line for line.
#[test]
fn errors_in_a_body_are_as_if_the_attribute_were_not_there() {
    let plain = files("ui/plain", "rs");
    assert_ne!(plain, Vec::<PathBuf>::new());
    for path in plain {
        let annotated = Path::new("ui/fail").join(path.file_name().unwrap());
        let attribute = ["use alloc_budget::alloc_budget;", "#[alloc_budget(max = 0)]"];
        let without = attribute.iter().fold(read(&annotated), |text, line| text.replace(line, ""));
        assert_eq!(read(&path), without, "{}", path.display());

        let error = read(&annotated.with_extension("stderr")).replace("ui/fail/", "ui/plain/");
        assert_eq!(read(&path.with_extension("stderr")), error, "{}", path.display());
    }
}

fn files(directory: &str, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

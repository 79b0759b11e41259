//! What two documents list, they list alike; and what they list is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const README: &str = include_str!("../../README.md");
const CONTRIBUTING: &str = include_str!("../../CONTRIBUTING.md");
/// Its doc comments are the front page and the attribute's documentation.
const FRONT_PAGE: &str = include_str!("../../alloc-budget/src/lib.rs");
const CHAPTERS: &str = include_str!("../../alloc-budget/src/manual/mod.rs");

/// The rows of the table with this head, in Markdown or in doc comments of it.
fn rows<'a>(document: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let lines = document.lines().map(|line| line.trim_start_matches(['/', '!']).trim());
    let rows = lines.skip_while(|line| *line != head).skip(2).take_while(|line| line.starts_with('|'));
    let rows: Vec<_> = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
    assert!(!rows.is_empty(), "no table {head}");
    rows
}

/// What stands in backquotes.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The arguments that the first column of a table names.
fn arguments(document: &str, head: &str) -> BTreeSet<String> {
    let first =
        |row: Vec<&str>| code(row[0]).next().and_then(|code| code.split(' ').next()).map(str::to_owned);
    rows(document, head).into_iter().filter_map(first).collect()
}

#[test]
fn list_the_same_arguments() {
    let mut documented = arguments(FRONT_PAGE, "| argument | meaning | unit |");
    // Shown by an example.
    assert!(documented.remove("skip") && README.contains("#[alloc_budget(skip)]"));
    assert_eq!(arguments(README, "| argument | what it does |"), documented);
}

#[test]
fn list_the_same_variables() {
    let head = "| variable | value | effect |";
    assert_eq!(rows(README, head), rows(FRONT_PAGE, head));
}

#[test]
fn link_to_every_chapter() {
    let names = |text: &str, before: &str, after: char| -> BTreeSet<String> {
        let names = text.split(before).skip(1).filter_map(|rest| rest.split(after).next());
        names.map(str::to_owned).collect()
    };
    let chapters = names(CHAPTERS, "pub mod ", ' ');
    assert!(chapters.len() > 5, "{chapters:?}");
    let files = names(CHAPTERS, "include_str!(\"", '"');
    assert_eq!(names(README, ": alloc-budget/src/manual/", '\n'), files);
    assert_eq!(names(FRONT_PAGE, "[`manual::", '`'), chapters);
    assert_eq!(names(CHAPTERS, "//! - [`", '`'), chapters);
}

#[test]
fn name_every_folder_of_the_tests() {
    let folders = fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap().map(|entry| entry.unwrap().path());
    let folders = folders.filter(|folder| folder.join("main.rs").exists());
    let name = |folder: PathBuf| folder.file_name().unwrap().to_str().unwrap().to_owned();
    let there: BTreeSet<String> = folders.map(name).collect();
    let listed: BTreeSet<String> = rows(CONTRIBUTING, "| folder | subject |")
        .iter()
        .flat_map(|row| code(row[0]).map(str::to_owned))
        .collect();
    assert!(there.is_subset(&listed), "{:?}", there.difference(&listed));
}

#[test]
fn link_to_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for document in [README, CONTRIBUTING] {
        let inline = document.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let listed = document.lines().filter_map(|line| Some(line.strip_prefix('[')?.split_once("]: ")?.1));
        let targets = inline.chain(listed);
        for target in targets.filter(|target| !target.starts_with("http")) {
            assert!(root.join(target).exists(), "there is no {target}");
        }
    }
}

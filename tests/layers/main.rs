//! The house stands as ARCHITECTURE.md draws it: its layers are read from there, and each path that
//! a source of the published crates names is held to them.

use std::path::Path;

use layers::{Layers, Sources};

mod layers;
mod paths;

const PAGE: &str = include_str!("../../ARCHITECTURE.md");

fn read(package: &str) -> Sources {
    Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package).join("src"))
}

#[track_caller]
fn stands(sources: &Sources, heading: &str) {
    let faults = sources.faults(&Layers::under(heading, PAGE));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_runtime_uses_only_what_is_below() {
    stands(&read("alloc-budget"), "### `alloc-budget/src`");
}

#[test]
fn the_macros_use_only_what_is_below() {
    stands(&read("alloc-budget-macros"), "## The macro crate");
}

#[test]
fn the_tool_uses_only_what_is_below() {
    stands(&read("cargo-alloc-budget"), "## The tool");
}

/// A reader that sees nothing finds no fault.
#[test]
fn every_import_of_a_source_is_seen() {
    for package in ["alloc-budget", "alloc-budget-macros", "cargo-alloc-budget"] {
        let sources = read(package);
        let all = sources.uses();
        for (file, text) in sources.texts() {
            let Some(used) = all.get(file) else { continue };
            let code = text.split("#[cfg(test)]").next().expect("the first part");
            let imports = code.lines().filter_map(|line| line.strip_prefix("use crate::"));
            for room in imports
                .filter_map(|line| line.split(&[':', ';', '{'][..]).next())
                .filter(|room| !room.is_empty())
            {
                let is_of =
                    |used: &String| used == &format!("{room}.rs") || used.starts_with(&format!("{room}/"));
                assert!(used.keys().any(is_of), "{package}: {file} imports {room}, but uses {used:?}");
            }
        }
    }
}

const LAYERS: &str = "\n# Made up\n```layers\nlib.rs\nsite/\nbudget/ · allocator/\ncount/\nlimits.rs\n```\n";

#[track_caller]
fn faults(files: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("lib.rs", ""),
        ("site/mod.rs", ""),
        ("budget/mod.rs", "pub mod report;"),
        ("allocator/mod.rs", ""),
        ("count/mod.rs", ""),
        ("count/tally.rs", ""),
        ("limits.rs", ""),
    ];
    all.retain(|(name, _)| files.iter().all(|(other, _)| other != name));
    all.extend(files);
    Sources::made_up(&all).faults(&Layers::under("# Made up", LAYERS)).join("\n")
}

#[test]
fn what_goes_down_is_no_fault() {
    let report = "use std::fmt;\nuse crate::{count::{self, tally::Tally}, limits::*};\nfn f() -> crate::limits::Limits {}";
    let site = "//! [`crate::Budget`]\nuse crate::budget::report;\n/// See [`Budget`](crate::Budget).\nfn f() { report::f() }";
    assert_eq!(faults(&[("budget/report.rs", report), ("site/mod.rs", site)]), "");
}

#[test]
fn an_arrow_up_is_a_fault() {
    for code in [
        "use crate::site::Site;",
        "use crate::{limits::Limits, site::{Site}};",
        "use super::super::site::Site;",
        "pub(crate) use crate::site::Site as Record;",
        "fn f(_: &crate::site::Site) {}",
        "fn f() { let _ = Some(crate::site::Site); }",
        "fn f() { assert!(crate::site::Site == 1, \"words\"); }",
        "mod inner { use super::super::super::site::Site; }",
        "impl From<crate::site::Site> for u8 {}",
    ] {
        let found = faults(&[("count/tally.rs", code)]);
        assert!(found.ends_with("site::Site`: site/ does not stand below count/"), "{code}: {found}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
    let root = faults(&[("count/tally.rs", "fn f() { crate::measure(f) }")]);
    assert_eq!(root, "count/tally.rs uses `crate::measure`: lib.rs does not stand below count/");
}

#[test]
fn rooms_side_by_side_do_not_know_of_each_other() {
    let beside = faults(&[("allocator/mod.rs", "use crate::budget::report;")]);
    assert_eq!(
        beside,
        "allocator/mod.rs uses `crate::budget::report`: budget/ does not stand below allocator/"
    );
}

#[test]
fn a_circle_is_a_fault_inside_a_room_too() {
    let circle = "a circle of files: count/event.rs, count/limit.rs, count/tally.rs";
    let event = ("count/event.rs", "use crate::count::limit::Limit;");
    let limit = ("count/limit.rs", "use super::tally;");
    let tally = ("count/tally.rs", "use crate::limits::Limits;\nfn f() { crate::count::event::f() }");
    let above = ("budget/report.rs", "use crate::count::tally;");
    assert_eq!(faults(&[event, limit, tally, above]), circle);

    let parent = ("count/mod.rs", "mod event;\nuse event::Event;");
    let child = ("count/event.rs", "use super::Count;");
    assert_eq!(faults(&[parent, child]), "a circle of files: count/event.rs, count/mod.rs");
}

#[test]
fn unit_tests_see_everything() {
    let inline = "#[cfg(test)]\nmod tests { use crate::site::Site; }";
    let apart = "#[cfg(test)]\nmod tests;";
    let tests = ("count/tests.rs", "use crate::site::Site;");
    assert_eq!(faults(&[("count/tally.rs", inline), ("count/mod.rs", apart), tests]), "");
}

#[test]
fn a_file_has_a_layer_and_an_end() {
    let long = "\n".repeat(401);
    let found = faults(&[("trace/mod.rs", ""), ("limits.rs", &long)]);
    assert_eq!(found, "limits.rs has more than 400 lines\ntrace/mod.rs stands in no layer");
    let empty = Sources::made_up(&[("lib.rs", "")]).faults(&Layers::under("# Made up", LAYERS));
    assert_eq!(empty[0], "site/ is a layer without a file");
}

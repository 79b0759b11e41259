//! A package whose tests have an allocator of their own: what the tool says is enough to make it
//! count.

use crate::support::{Run, Workspace, manifest};

const LIBRARY: &str = "
/// ```
/// codec::one();
/// ```
#[alloc_budget::alloc_budget(max = 7)]
pub fn one() -> Box<u8> {
    Box::new(1)
}

#[test]
fn calls() {
    one();
}
";

const OWN: &str = "
struct Odd(u8);

unsafe impl std::alloc::GlobalAlloc for Odd {
    unsafe fn alloc(&self, layout: std::alloc::Layout) -> *mut u8 {
        unsafe { std::alloc::System.alloc(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: std::alloc::Layout) {
        unsafe { std::alloc::System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ODD: Odd = Odd(3);

#[test]
fn calls() {
    codec::one();
}
";

fn workspace(manifest: &str) -> Workspace {
    let workspace = Workspace::of_codec(&[
        ("src/lib.rs", LIBRARY),
        ("tests/own.rs", OWN),
        ("tests/plain.rs", "#[test] fn calls() { codec::one(); }"),
    ]);
    workspace.write("Cargo.toml", &format!("{manifest}\n[workspace]\n"));
    workspace
}

/// The line that is said to be written, which begins so.
#[track_caller]
fn said<'a>(text: &'a str, begin: &str) -> &'a str {
    let line = text.lines().map(str::trim).find(|line| line.starts_with(begin));
    line.unwrap_or_else(|| panic!("no `{begin}` in {text}"))
}

#[test]
fn a_build_with_two_allocators_says_what_to_write() {
    let with_install = manifest("codec");
    let workspace = workspace(&with_install);
    let Run { stderr, .. } = workspace.tool(&["test"]).ended_with(101);
    assert!(stderr.contains("note: `tests/own.rs` has an allocator of its own"), "{stderr}");
    let counting = format!("#[global_allocator]\n{}\n", said(&stderr, "static ALLOCATOR"));
    workspace
        .write("Cargo.toml", &(with_install.replace("\"install\"", "\"backtrace\"") + "\n[workspace]\n"));
    workspace.write("tests/own.rs", &OWN.replace("static ODD: Odd = Odd(3);", said(&stderr, "static ODD")));
    workspace.write("tests/plain.rs", &format!("{counting}#[test] fn calls() {{ codec::one(); }}"));
    workspace.write("src/lib.rs", &format!("#[cfg(test)]\n{counting}{LIBRARY}"));
    workspace.write("alloc-budget.toml", said(&stderr, "doctests"));

    let run = workspace.tool(&["test"]).ended_with(0);
    run.is_complete();
    let one = run.budget("codec::one");
    assert_eq!((one.tests.len(), one.calls.unchecked, run.worst("codec::one")), (3, 0, 1));
    workspace.tool(&["tighten"]).ended_with(0);
    let library = std::fs::read_to_string(workspace.path("src/lib.rs")).unwrap();
    assert!(library.contains("max = 1)"), "{library}");
    // Who asks for the documentation gets it.
    let docs = workspace.tool(&["test", "--doc"]).ended_with(101);
    assert!(docs.stdout.contains("nothing counts allocations in this program"), "{}", docs.stdout);
}

#[test]
fn programs_beside_an_allocator_are_told_what_to_write() {
    let workspace = workspace(&manifest("codec").replace("\"install\"", "\"backtrace\""));
    let run = workspace.tool(&["doctor"]).ended_with(5);
    for expected in [
        "codec own (test): calls budgets, and nothing counts\n    it has an allocator of its own: wrap that,\n        \
         static ODD: alloc_budget::CountingAllocator<Odd> = alloc_budget::CountingAllocator::new(Odd(3));",
        "codec plain (test): calls budgets, and nothing counts\n    other programs have allocators of their own: \
         give it one,\n        #[global_allocator]\n        static ALLOCATOR",
        "codec (lib): calls budgets, and nothing counts\n    other programs have allocators of their own: give it \
         one,\n        #[cfg(test)]\n        #[global_allocator]",
        "codec (doctest): calls budgets, and nothing counts\n    examples of the documentation count with the \
         feature `install` only",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\nis not in\n{}", run.stdout);
    }
}

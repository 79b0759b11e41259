//! What the sources say of budgets: also of those that no test has called.

use std::time::{Duration, SystemTime};

use cargo_alloc_budget::report::budget::{Budget, Limit};
use cargo_alloc_budget::source::attach;

use crate::made::{budget, report};
use crate::package::Package;

const LIB: &str = r#"use alloc_budget::{alloc_budget, budget};

mod deep;
#[cfg(target_os = "none")]
mod elsewhere;

#[alloc_budget(max = 1, max_bytes = 2 * 3)]
fn reached() { g() }

#[alloc_budget(max = 1, name = "label")]
fn unreached() { g() }

#[alloc_budget(max = 1)]
const fn constant() {}

#[alloc_budget(max = 0)]
fn empty() {}

#[cfg(target_os = "none")]
#[alloc_budget(max = 1)]
fn off() { g() }

struct Type<'a, T>(&'a T);

#[alloc_budget(max = 1)]
impl<'a, T: Clone> Type<'a, T> {
    fn governed() { g() }
    #[alloc_budget(skip)]
    fn skipped() { g() }
}

impl std::fmt::Display for Type<'_, u8> {
    #[alloc_budget(measure, threads = all)]
    fn fmt(&self) { g() }
}

fn around() {
    budget!(max = 1, { g() });
    #[alloc_budget(max = 1)]
    fn within() { g() }
    ours::budget!(5);
}

macro_rules! make {
    () => { #[alloc_budget(max = 1)] fn made() { g() } };
}

quote! { #[alloc_budget(max = 1)] fn quoted() { g() } }

cfg_if! { if #[cfg(x)] { #[alloc_budget(max = 1)] fn chosen() { g() } } }

#[cfg(test)]
mod tests {
    use super::*;

    #[alloc_budget(max = 1)]
    fn helper() { g() }
}
"#;

const DEEP: &str = "#[alloc_budget::alloc_budget(max = 1)]\nfn f() { g() }\n";

#[test]
fn budgets_that_no_test_has_called_are_listed() {
    let package = Package::new(
        "made",
        &[
            ("src/lib.rs", LIB),
            ("src/deep.rs", DEEP),
            ("src/elsewhere.rs", DEEP),
            ("src/nobody.rs", DEEP),
            ("src/main.rs", DEEP),
            ("tests/it.rs", DEEP),
            ("build.rs", DEEP),
        ],
    );
    let reached = || {
        let mut budget = budget(LIB, "fn reached", "made::reached", &[(Limit::Max, 1, 1)]);
        budget.source = None;
        budget
    };
    let mut report = report(vec![reached()]);
    attach(&mut report, &package.workspace(), SystemTime::now() + Duration::from_secs(60));
    let lines: Vec<String> = report
        .budgets
        .iter()
        .map(|budget| {
            let Budget { path, file, label, source, .. } = budget;
            let source = source.as_ref().expect("found");
            let limits: Vec<String> =
                source.limits.iter().map(|(limit, text)| format!("{limit} = {text}")).collect();
            assert_eq!(source.hash.len(), 64);
            let mut line = format!("{file} {path} ({})", limits.join(", "));
            for more in [label, &source.refusal, &source.not_compiled].into_iter().flatten() {
                line = line + " | " + more;
            }
            line + if source.is_test_only { " | tests" } else { "" }
                + if budget.measures { " | measures" } else { "" }
                + if budget.all_threads { " | all threads" } else { "" }
                + if budget.is_reached() { " | reached" } else { "" }
        })
        .collect();
    let expected = [
        "src/deep.rs made::deep::f (max = 1)",
        "src/elsewhere.rs made::elsewhere::f (max = 1) | `cfg(target_os = \"none\")` is off",
        "src/lib.rs made::reached (max = 1, max_bytes = 2 * 3) | reached",
        "src/lib.rs made::unreached (max = 1) | label",
        "src/lib.rs made::off (max = 1) | `cfg(target_os = \"none\")` is off",
        "src/lib.rs made::Type::governed (max = 1) | the budget is that of the `impl` block around it",
        "src/lib.rs made::Type::fmt () | measures | all threads",
        "src/lib.rs made::around (max = 1)",
        "src/lib.rs made::around::within (max = 1)",
        "src/lib.rs made::chosen (max = 1)",
        "src/lib.rs made::tests::helper (max = 1) | tests",
        "src/main.rs made::f (max = 1)",
        "tests/it.rs it::f (max = 1) | tests",
    ];
    assert_eq!(lines, expected, "{lines:#?}");

    report.run.whole_workspace = false;
    report.budgets = vec![reached()];
    attach(&mut report, &package.workspace(), SystemTime::now() + Duration::from_secs(60));
    assert_eq!(report.budgets.len(), 1, "no package was tested, so none is missed");
    assert!(report.budgets[0].source.is_some());
}

#[test]
fn a_file_that_is_newer_than_the_build_is_not_trusted() {
    let package = Package::new("made", &[("src/lib.rs", DEEP)]);
    let mut report = report(vec![budget(DEEP, "fn f", "made::f", &[(Limit::Max, 1, 1)])]);
    attach(&mut report, &package.workspace(), SystemTime::UNIX_EPOCH);
    let source = report.budgets[0].source.as_ref().unwrap();
    assert_eq!(source.hash, "");
    assert_eq!(source.refusal.as_deref(), Some("the file has changed since the build began"));
}

/// The compiler's own list is the truth: `cfg`s that only it knows.
#[test]
fn a_file_that_the_compiler_has_not_listed_was_not_compiled() {
    let lib = "#[cfg(feature = \"x\")]\nmod deep;\n#[alloc_budget::alloc_budget(max = 1)]\nfn f() { g() }\n";
    let package = Package::new("listed-budgets", &[("src/lib.rs", lib), ("src/deep.rs", DEEP)]);
    let workspace = package.workspace();
    let deps = workspace.own_folder().parent().unwrap().join("debug/deps");
    std::fs::create_dir_all(&deps).unwrap();
    let list = deps.join("listed_budgets-0123456789abcdef.d");
    std::fs::write(&list, "out.d: src/lib.rs\n\nout: src/lib.rs\n\nsrc/lib.rs:\n").unwrap();
    let mut report = report(Vec::new());
    attach(&mut report, &workspace, SystemTime::now() + Duration::from_secs(60));
    std::fs::remove_file(&list).unwrap();
    let of = |file: &str| {
        let budget = report.budgets.iter().find(|budget| budget.file == file).unwrap();
        budget.source.as_ref().unwrap().not_compiled.clone()
    };
    assert_eq!(of("src/lib.rs"), None);
    assert_eq!(of("src/deep.rs").as_deref(), Some("its file was not compiled"));
}

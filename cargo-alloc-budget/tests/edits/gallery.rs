//! One package with a budget of each kind.

use crate::package::{Package, same};

/// A byte order mark, CR and LF, tabs, wide characters.
const CRLF: &str = "\u{feff}use alloc_budget::alloc_budget;\r\n\r\n/* 漢字 */ #[alloc_budget(max = 1)] /* é */ \
    pub fn wide() {\r\n\tsuper::spend(2);\r\n}\r\n\r\n\t#[alloc_budget(\tmax\t=\t0_1\t)]\r\n\t\tpub\tfn tabbed() {\r\n\
    \t\tsuper::spend(13);\r\n}\r\n";

const BUILD: &str = r##"fn main() {
    let code = "#[alloc_budget(max = 1)] fn of_build() { spend(2); }";
    std::fs::write(std::env::var("OUT_DIR").unwrap() + "/made.rs", code).unwrap();
}
"##;

const LIB: &str = include_str!("gallery.lib.rs");

fn package() -> Package {
    Package::new("gallery", &[("src/lib.rs", LIB), ("src/crlf.rs", CRLF), ("build.rs", BUILD)])
}

/// The text with each of these replaced, which is there once.
fn with(text: &str, replaced: &[(&str, &str)]) -> String {
    replaced.iter().fold(text.to_owned(), |text, (old, new)| {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text.replace(old, new)
    })
}

#[test]
fn numbers_are_raised_and_what_else_there_is_comes_with_a_reason() {
    let package = package();
    // The functions for which a person has to do something are still exceeded.
    let said = package.tool(&["bless"]);
    said.ends_with(3);
    let lib = with(
        LIB,
        &[
            ("(max = 1)]\npub fn plain", "(max = 3)]\npub fn plain"),
            ("max = 0x0A_u64, max_bytes = 1_0usize /*", "max = 0x78_u64, max_bytes = 1_2_0usize /*"),
            ("limited(max = 0)", "limited(max = 1)"),
            ("max=0,", "max=1,"),
            ("all(), alloc_budget(max = 1)", "all(), alloc_budget(max = 2)"),
            (
                "(debug_assertions, alloc_budget(max = 1))]\n#[cfg_attr(not(debug_assertions), alloc_budget(max = 9",
                "(debug_assertions, alloc_budget(max = 2))]\n#[cfg_attr(not(debug_assertions), alloc_budget(max = 9",
            ),
            ("max = 2)]\n    fn three", "max = 3)]\n    fn three"),
            ("budget!(max = 1", "budget!(max = 2"),
            ("max = 1)]\n    fn passed", "max = 2)]\n    fn passed"),
            ("alloc_budget(measure)", "alloc_budget(max = 4)"),
            ("\"label\", measure", "\"label\", max = 5"),
            ("max = 1)] fn left", "max = 2)] fn left"),
            ("max = 1)] fn right", "max = 3)] fn right"),
            ("max = 1)]\nfn generic", "max = 4)]\nfn generic"),
        ],
    );
    same(&package.read("src/lib.rs"), &lib, &said.err);
    let crlf = with(CRLF, &[("(max = 1)", "(max = 2)"), ("0_1", "1_3")]);
    same(&package.read("src/crlf.rs"), &crlf, &said.err);
    assert!(said.out.contains("`gallery::plain`: max = 1 → max = 3"), "{}", said.out);

    for (budget, why) in [
        ("gallery::equal_pair", "stands in 2 attributes"),
        ("gallery::expression", "`max = blocks - 1` is no number"),
        ("gallery::constant", "`max = LIMIT` is no number"),
        ("gallery::Boxed::two", "the budget is that of the `impl` block around it"),
        ("gallery::inside::of_module", "the budget is that of the module around it"),
        ("gallery::made", "a macro makes it"),
        ("gallery::narrow", "the literal's type is too small"),
        ("gallery::of_build", "the file is made by the build"),
        ("documented", "it is in an example of the documentation"),
        ("gallery::expected", "`tests::wants_an_overage` expects that"),
        ("provided", "the budget is that of the trait around it"),
    ] {
        let is_ours = |line: &&str| line.starts_with("by hand: ") || line.starts_with("left alone: ");
        let line = said.err.lines().filter(is_ours).find(|line| line.contains(&format!("{budget}`")));
        assert!(line.is_some_and(|line| line.contains(why)), "{budget}: {why}\n{}", said.err);
    }
    let own = "write: #[alloc_budget(max = 2, name = \"in an impl\")] in front of the function";
    assert!(said.err.contains(own), "{}", said.err);
    assert!(said.err.contains("2 of `max = 1` in `tests::all`"), "{}", said.err);
    assert!(!said.err.contains("generous"), "raising lowers nothing: {}", said.err);

    // A second time there is nothing left but that.
    let again = package.tool(&["bless"]);
    again.ends_with(3);
    assert!(!again.out.contains('→'), "{}", again.out);
    same(&package.read("src/lib.rs"), &lib, &again.err);
}

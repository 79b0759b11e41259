//! What stands at a place: lines first, then names, then columns.

use cargo_alloc_budget::report::budget::{Budget, Kind, Limit};
use cargo_alloc_budget::source::file::File;

use crate::budget;

/// What is written as `max` of the budget that is found.
fn found(text: &str, budget: &Budget) -> Result<String, String> {
    let file = File::new(text.as_bytes().to_vec()).unwrap();
    let item = file.find(budget)?;
    let all = item.budgets.iter().filter_map(|budget| budget.args.as_ref().ok());
    let max: Vec<&str> = all.filter_map(|args| args.limit(Limit::Max)).map(|max| &*max.text).collect();
    Ok(item.container.map(|container| format!("{container} ")).unwrap_or_default() + &max.join("|"))
}

#[track_caller]
fn is(text: &str, line: u32, column: u32, name: &str, expected: &str) {
    assert_eq!(found(text, &budget(line, column, name)).as_deref(), Ok(expected), "{text}");
}

#[track_caller]
fn is_none(text: &str, line: u32, column: u32, name: &str, why: &str) {
    let error = found(text, &budget(line, column, name)).unwrap_err();
    assert!(error.contains(why), "{error}");
}

#[test]
fn a_name_tells_functions_of_one_line_apart_and_then_a_column() {
    let text = "#[alloc_budget(max = 1)] fn f() {} #[alloc_budget(max = 2)] fn g() {}";
    is(text, 1, 0, "f", "1");
    is(text, 1, 0, "g", "2");
    let text = "impl A { #[alloc_budget(max = 1)] fn f() {} } impl B { #[alloc_budget(max = 2)] fn f() {} }";
    is(text, 1, 35, "f", "1");
    is(text, 1, 81, "f", "2");
    is_none(text, 1, 7, "f", "2 functions of this name");
    // Behind wide characters, in either of the two ways to count.
    let text = "/*漢字*/ impl A { #[alloc_budget(max = 1)] fn f() {} #[alloc_budget(max = 2)] fn f() {} }";
    is(text, 1, 44, "f", "1");
    is(text, 1, 42, "f", "1");
}

#[test]
fn what_a_macro_is_given_has_its_own_place_and_what_it_makes_has_not() {
    let text = "pass! {\n    #[alloc_budget(max = 1)]\n    fn passed() {}\n}\nmake!(made, 1);\n\
                macro_rules! make { ($name:ident) => {\n#[alloc_budget(max = 3)]\nfn $name() {} } }";
    is(text, 3, 5, "passed", "1");
    is_none(text, 5, 1, "made", "no function begins at this line: a macro makes it");
    is_none(text, 1, 1, "passed", "no function begins at this line");
    is_none(text, 3, 5, "other", "no function `other` begins at this line");
    is_none(text, 8, 1, "name", "no function begins at this line");
}

#[test]
fn what_other_attributes_do_to_a_head_does_not_matter() {
    // `async` was removed, and the body moved to a function inside.
    let text = "#[alloc_budget(max = 1)]\npub\nasync\nfn f() {}";
    is(text, 4, 1, "f", "1");
    is(text, 3, 1, "f::inner", "1");
    is(text, 2, 1, "f", "1");
    is("#[alloc_budget(max = 1)]\nfn r#try() {}", 2, 1, "try", "1");
    is("#[alloc_budget(max = 1)]\nfn r#try() {}", 2, 1, "r#try", "1");
}

#[test]
fn the_nearest_budget_governs() {
    let text = "#[alloc_budget(max = 1)]\nimpl T {\nfn a() {\nfn nested() {}\n}\n#[alloc_budget(max = 2)]\nfn b() {}\n\
                mod m {\nfn c() {}\n}\nm! {\nfn d() {}\n}\n}";
    is(text, 3, 1, "a", "impl 1");
    is(text, 4, 1, "nested", "");
    is(text, 7, 1, "b", "2");
    is(text, 9, 1, "c", "impl 1");
    is(text, 12, 1, "d", "");
    is(
        "#[alloc_budget(max = 1)] mod m { #[alloc_budget(max = 2)] trait X {\nfn f() {} } }",
        2,
        1,
        "f",
        "trait 2",
    );
    is(
        "fn f() -> impl X {}\nfn g(x: impl Fn() -> u8) { #[alloc_budget(max = 1)]\nimpl X { fn h() {} } }",
        3,
        10,
        "h",
        "impl 1",
    );
}

#[test]
fn attributes_are_found_by_any_of_their_names() {
    for attribute in [
        "alloc_budget(max = 1)",
        "alloc_budget::alloc_budget(max = 1)",
        "::renamed::alloc_budget (max = 1)",
        "limited(max = 1)",
        "cfg_attr(test, alloc_budget(max = 1))",
        "cfg_attr(test, inline, cfg_attr(all(unix, x), limited(max = 1)), must_use)",
        "alloc_budget(\n/* max = 0 */ name = \"max = 2\", warmup = f(|a, b| a + b), max = 1, on_overage = warn,)",
    ] {
        let text = format!(
            "use alloc_budget::{{alloc_budget as limited, x}};\n#[doc = \"x\"] #[{attribute}] #[inline]\nfn f() {{}}"
        );
        let line = u32::try_from(text.lines().count()).unwrap();
        is(&text, line, 1, "f", "1");
    }
    is("#[other(max = 1)]\nfn f() {}", 2, 1, "f", "");
    let pair = "#[cfg_attr(a, alloc_budget(max = 1))]\n#[cfg_attr(b, alloc_budget(max = n + 1))]\nfn f() {}";
    is(pair, 3, 1, "f", "1|n + 1");
}

#[test]
fn blocks_are_found_by_their_place() {
    let text = "use alloc_budget::budget as capped;\nfn f() {\n    budget!(max = 1, { x });\n    \
                (alloc_budget::budget!(max = 2, { 1 }), capped!(max = 3, { 2 }));\n    budget!(5);\n}";
    let block = |line, column| Budget { kind: Kind::Block, ..budget(line, column, "f") };
    assert_eq!(found(text, &block(3, 5)).as_deref(), Ok("1"));
    assert_eq!(found(text, &block(4, 6)).as_deref(), Ok("2"));
    assert_eq!(found(text, &block(4, 45)).as_deref(), Ok("3"));
    assert!(found(text, &block(4, 1)).is_err());
    assert!(found(text, &block(5, 5)).unwrap_err().contains("no `budget!` begins at this line"));
}

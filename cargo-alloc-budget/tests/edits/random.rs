//! Random budgets in random files: `bless` and `tighten` change the numbers that they should, and
//! no other byte.

use std::sync::LazyLock;

use cargo_alloc_budget::edit::bless::bless;
use cargo_alloc_budget::edit::plan::Only;
use cargo_alloc_budget::edit::tighten::tighten;
use cargo_alloc_budget::edit::write::write;
use cargo_alloc_budget::report::budget::{Budget, Limit};
use proptest::prelude::*;
use proptest::sample::select;

use crate::made::{budget_at, report};
use crate::package::Package;

/// How a number is written.
#[derive(Debug, Clone, Copy)]
enum Style {
    Plain,
    Grouped,
    Hex,
    UpperHex,
    Binary,
    Suffixed(&'static str),
}

/// A limit, what it allows, and the worst of its calls.
#[derive(Debug, Clone)]
struct Limited {
    limit: Limit,
    style: Style,
    allowed: u64,
    worst: u64,
}

/// A function with a budget.
#[derive(Debug, Clone)]
struct Function {
    before: &'static str,
    attribute: &'static str,
    between: &'static str,
    head: &'static str,
    equals: &'static str,
    comma: &'static str,
    around: (&'static str, &'static str),
    limits: Vec<Limited>,
}

fn written(value: u64, style: Style) -> String {
    match style {
        Style::Plain => value.to_string(),
        Style::Grouped => {
            let digits = value.to_string();
            let mut groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).collect();
            groups.reverse();
            groups.iter().map(|group| str::from_utf8(group).expect("digits")).collect::<Vec<_>>().join("_")
        }
        Style::Hex => format!("{value:#x}"),
        Style::UpperHex => format!("0x{value:X}"),
        Style::Binary => format!("{value:#b}"),
        Style::Suffixed(suffix) => format!("{value}{suffix}"),
    }
}

/// The old number shows how the new one is to be written.
fn shown(value: u64, style: Style) -> u64 {
    match style {
        Style::Grouped => value + 1_000,
        Style::UpperHex => value * 16 + 10,
        _ => value,
    }
}

fn limited() -> impl Strategy<Value = Vec<Limited>> {
    let styles = select(vec![
        Style::Plain,
        Style::Grouped,
        Style::Hex,
        Style::UpperHex,
        Style::Binary,
        Style::Suffixed("usize"),
        Style::Suffixed("_u64"),
    ]);
    let one = (styles, 0..100_000_u64, 0..100_000_u64);
    (proptest::sample::subsequence(Limit::ALL.to_vec(), 1..4), proptest::collection::vec(one, 3)).prop_map(
        |(limits, values)| {
            let limited = |(limit, (style, allowed, worst)): (Limit, (Style, u64, u64))| Limited {
                limit,
                style,
                allowed: shown(allowed, style),
                worst,
            };
            limits.into_iter().zip(values).map(limited).collect()
        },
    )
}

fn function() -> impl Strategy<Value = Function> {
    let before = select(vec![
        "",
        "\t",
        "/* 漢字 max = 1 */ ",
        "    ",
        "/// e\u{301} `max = 2`\n",
        "#[inline] ",
        "// max = 3\n\t",
    ]);
    let attribute = select(vec![
        "alloc_budget",
        "alloc_budget::alloc_budget",
        "::alloc_budget::alloc_budget",
        "limited",
        "cfg_attr(all(), alloc_budget",
    ]);
    let between = select(vec![" ", "\n", "\n\t", " /* é */ ", "\n#[must_use]\n", " #[cfg(all())] "]);
    let head = select(vec![
        "fn",
        "pub fn",
        "pub(crate) async fn",
        "unsafe fn",
        "extern \"C\" fn",
        "pub\nfn",
        "pub (in crate) fn",
    ]);
    let around = select(vec![
        ("", ""),
        ("impl T { ", " }"),
        ("mod m {\n", "}"),
        ("pass! { ", " }"),
        ("const _: () = {\n", "\n};"),
        ("fn outer() { let x = 1; ", " x }"),
        ("#[alloc_budget(max = 77)]\nimpl T {", "}"),
    ]);
    let layout = (select(vec!["=", " = ", "\t= ", " =\n"]), select(vec![",", ", ", " , ", ",\n\t"]));
    (before, attribute, between, head, layout, around, limited()).prop_map(
        |(before, attribute, between, head, (equals, comma), around, limits)| Function {
            before,
            attribute,
            between,
            head,
            equals,
            comma,
            around,
            limits,
        },
    )
}

/// Three texts: as it is, blessed, tightened; and where each function's head is in the first one.
#[derive(Default)]
struct Texts {
    texts: [String; 3],
    heads: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.texts.iter_mut().for_each(|all| all.push_str(text));
    }

    fn add(&mut self, number: usize, function: &Function) {
        let Function { before, attribute, between, head, equals, comma, around, limits } = function;
        self.push(around.0);
        self.push(before);
        self.push(&format!("#[{attribute}("));
        for (index, Limited { limit, style, allowed, worst }) in limits.iter().enumerate() {
            self.push(if index == 0 { "" } else { comma });
            self.push(&format!("{limit}{equals}"));
            let values = [*allowed, *allowed.max(worst), *allowed.min(worst)];
            for (text, value) in self.texts.iter_mut().zip(values) {
                text.push_str(&written(value, *style));
            }
        }
        self.push(if attribute.starts_with("cfg_attr") { "))]" } else { ")]" });
        self.push(between);
        self.heads.push(self.texts[0].len());
        self.push(&format!("{head} f{number}(max: u8) {{ max = 1 }}"));
        self.push(around.1);
        self.push("\n");
    }

    fn new(functions: &[Function], begin: &str, has_crlf: bool) -> Self {
        let mut texts = Self::default();
        texts.push(begin);
        texts.push("use alloc_budget::{alloc_budget as limited, alloc_budget};\n");
        for (number, function) in functions.iter().enumerate() {
            texts.add(number, function);
        }
        if has_crlf {
            let lines = |end: usize| texts.texts[0][..end].matches('\n').count();
            texts.heads = texts.heads.iter().map(|head| head + lines(*head)).collect();
            texts.texts = texts.texts.map(|text| text.replace('\n', "\r\n"));
        }
        texts
    }
}

/// One for all cases: only its file changes.
static PACKAGE: LazyLock<Package> = LazyLock::new(|| Package::new("made", &[("src/lib.rs", "")]));

fn check(functions: &[Function], begin: &str, has_crlf: bool) {
    let Texts { texts: [text, blessed, tightened], heads } = Texts::new(functions, begin, has_crlf);
    let budgets: Vec<Budget> = functions
        .iter()
        .zip(heads)
        .enumerate()
        .map(|(number, (function, head))| {
            let limits: Vec<(Limit, u64, i64)> = function
                .limits
                .iter()
                .map(|limited| (limited.limit, limited.allowed, i64::try_from(limited.worst).expect("small")))
                .collect();
            budget_at(&text, head, &format!("made::f{number}"), &limits)
        })
        .collect();
    let report = [report(budgets)];
    let workspace = PACKAGE.workspace();
    let only = Only::default();
    for is_bless in [true, false] {
        PACKAGE.write("src/lib.rs", &text);
        let plan = if is_bless {
            bless(&report, &[Limit::Max], &only, &workspace)
        } else {
            tighten(&report, &only, &workspace)
        };
        assert!(plan.refused.is_empty(), "{:?}\n{text}", plan.refused);
        write(&plan.edits).expect("a file that can be written");
        let expected = if is_bless { &blessed } else { &tightened };
        assert!(
            &PACKAGE.read("src/lib.rs") == expected,
            "{text}\nexpected:\n{expected}\nbut:\n{}",
            PACKAGE.read("src/lib.rs")
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_byte_changes_but_those_of_numbers(
        functions in proptest::collection::vec(function(), 1..6),
        begin in select(vec!["", "\u{feff}", "#!/bin/it's\n", "#![allow(x)]\n"]),
        has_crlf in any::<bool>(),
    ) {
        check(&functions, begin, has_crlf);
    }
}

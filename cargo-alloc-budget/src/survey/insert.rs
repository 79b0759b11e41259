//! The attribute, put in front of every function that can have one, on the function's own line: so
//! every line number stays.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::edit::change::Change;
use crate::report::budget::Kind;
use crate::source::cfg::is_test_only;
use crate::source::file::File;
use crate::source::walk::Item;

/// A function that is surveyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Modules, types and functions around it, and its name.
    pub path: Vec<String>,
    pub name: String,
    /// Of its head.
    pub line: u32,
    pub last_line: u32,
    pub is_public: bool,
    /// Whether it is there for tests, benches or examples only.
    pub in_tests: bool,
    /// Whether it is a test itself.
    pub is_test: bool,
    /// Where the head begins, in the user's file.
    pub offset: usize,
}

/// Why a function is not surveyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// It may run in the compiler.
    Const,
    /// It is a test, or in one.
    Test,
    /// A macro makes it, or is given it.
    Macro,
    /// It is part of an allocator.
    Allocator,
    /// It must be as it is: `#[naked]`, or the program's panic handler.
    Special,
    /// It has a budget already, which is recorded as it is.
    Budgeted,
    /// It does nothing: there is nothing to measure.
    Empty,
    /// With the attribute, it does not compile.
    Refused,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Const => "`const fn`",
            Self::Test => "tests",
            Self::Macro => "made by macros",
            Self::Allocator => "parts of an allocator",
            Self::Special => "`#[naked]`, panic handlers",
            Self::Budgeted => "have a budget",
            Self::Empty => "empty",
            Self::Refused => "did not compile with the attribute",
        })
    }
}

/// What is surveyed of a file, and what is not.
#[derive(Debug, Default)]
pub struct Chosen {
    pub functions: Vec<Function>,
    pub left_out: Vec<(LeftOut, Function)>,
}

impl Chosen {
    /// Of all functions of a file that have a body. The file is there under `conditions`, or only
    /// for a target that tests.
    pub fn of(file: &File, conditions: &[String], is_of_tests: bool) -> Self {
        let mut chosen = Self::default();
        for item in file.items.iter().filter(|item| item.kind == Kind::Function) {
            let in_tests = is_of_tests || is_test_only(&[conditions, &item.conditions].concat());
            let function = Function::of(item, in_tests);
            match why_not(item) {
                Some(why) => chosen.left_out.push((why, function)),
                None => chosen.functions.push(function),
            }
        }
        chosen
    }

    /// Forgets all other functions.
    pub fn keep(&mut self, is_wanted: impl Fn(&Function) -> bool) {
        self.functions.retain(&is_wanted);
        self.left_out.retain(|(_, function)| is_wanted(function));
    }

    /// The attribute in front of each function that is surveyed. `runtime` is what the package
    /// calls the runtime.
    pub fn changes(&self, runtime: &str) -> impl Iterator<Item = Change> {
        let attribute = format!("{} ", attribute("::", runtime, "measure"));
        self.functions.iter().map(move |function| Change::insertion(function.offset, attribute.clone()))
    }

    /// Leaves out the innermost functions that these lines are in, which the compiler has refused.
    /// Says whether there were any.
    pub fn leave_out(&mut self, lines: impl IntoIterator<Item = u32>) -> bool {
        let refused: BTreeSet<u32> = lines.into_iter().filter_map(|line| self.innermost(line)).collect();
        let gone = self.functions.extract_if(.., |function| refused.contains(&function.line));
        self.left_out.extend(gone.map(|function| (LeftOut::Refused, function)));
        !refused.is_empty()
    }

    /// The line of the innermost function that a line is in.
    fn innermost(&self, line: u32) -> Option<u32> {
        let around =
            self.functions.iter().filter(|function| (function.line..=function.last_line).contains(&line));
        around.map(|function| function.line).max()
    }
}

/// The attribute where the package calls the crate `runtime`, whose path begins with `root`.
pub(super) fn attribute(root: &str, runtime: &str, argument: &str) -> String {
    let krate = if runtime == "alloc_budget" { String::new() } else { format!(", crate = ::{runtime}") };
    format!("#[{root}{runtime}::alloc_budget({argument}{krate})]")
}

impl Function {
    fn of(item: &Item, in_tests: bool) -> Self {
        let Item { path, name, place, last_line, is_public, .. } = item;
        Self {
            path: path.clone(),
            name: name.clone(),
            line: place.line,
            last_line: *last_line,
            is_public: *is_public,
            in_tests,
            is_test: item.attributes.iter().any(|name| TESTS.contains(&name.as_str())),
            offset: place.offset,
        }
    }
}

/// Attributes whose functions are tests, or are made into some.
const TESTS: [&str; 12] = [
    "test",
    "bench",
    "rstest",
    "case",
    "test_case",
    "quickcheck",
    "proptest",
    "test_matrix",
    "wasm_bindgen_test",
    "template",
    "fixture",
    "parameterized",
];

fn why_not(item: &Item) -> Option<LeftOut> {
    let has = |names: &[&str]| item.attributes.iter().any(|name| names.contains(&name.as_str()));
    if item.macro_name.is_some() {
        Some(LeftOut::Macro)
    } else if item.is_test || has(&TESTS) {
        Some(LeftOut::Test)
    } else if !item.budgets.is_empty() {
        Some(LeftOut::Budgeted)
    } else if item.is_const {
        Some(LeftOut::Const)
    } else if item.of_trait.as_deref() == Some("GlobalAlloc") || has(&["alloc_error_handler"]) {
        Some(LeftOut::Allocator)
    } else if has(&["naked", "panic_handler"]) {
        Some(LeftOut::Special)
    } else if item.is_empty {
        Some(LeftOut::Empty)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Chosen, LeftOut};
    use crate::edit::change::{Change, changed};
    use crate::source::file::File;

    fn chosen(text: &str) -> Chosen {
        Chosen::of(&File::new(text.into()).unwrap(), &[], false)
    }

    fn inserted(chosen: &Chosen, text: &str, runtime: &str) -> String {
        changed(text, &chosen.changes(runtime).collect::<Vec<Change>>()).unwrap()
    }

    #[test]
    fn every_line_stays() {
        let text = "\u{feff}/// Doc.\r\n#[inline]\r\npub(crate) async fn a() {\r\n    fn inside() {1}\r\n}\r\nstruct S; impl S { pub fn b(&self) {1} fn c() {1} }\r\n";
        let chosen = chosen(text);
        let now = inserted(&chosen, text, "alloc_budget");
        assert_eq!(now.lines().count(), text.lines().count());
        assert_eq!(now.replace("#[::alloc_budget::alloc_budget(measure)] ", ""), text);
        assert!(
            now.contains("\r\n#[::alloc_budget::alloc_budget(measure)] pub(crate) async fn a()"),
            "{now}"
        );
        assert!(now.contains("{ #[::alloc_budget::alloc_budget(measure)] pub fn b(&self)"), "{now}");
        let public: Vec<_> = chosen
            .functions
            .iter()
            .filter(|function| function.is_public)
            .map(|function| &*function.name)
            .collect();
        assert_eq!(public, ["b"]);
        let renamed = inserted(&chosen, text, "budgets");
        assert!(renamed.contains("#[::budgets::alloc_budget(measure, crate = ::budgets)] "), "{renamed}");
    }

    #[test]
    fn the_innermost_function_is_refused() {
        let mut chosen = chosen("fn a() {\n  fn b() {\n 1\n  }\n}\nfn c() {1}\n");
        assert!(!chosen.leave_out([7]));
        assert!(chosen.leave_out([3, 2, 3]));
        let names: Vec<_> = chosen.functions.iter().map(|function| &*function.name).collect();
        assert_eq!(names, ["a", "c"]);
        assert!(chosen.leave_out([3]), "with `b` it was not `b`");
        assert_eq!(chosen.left_out.len(), 2);
    }

    #[test]
    fn what_can_have_none_is_left_out() {
        let text = "\
const fn a() {}
#[test] fn b() { fn inside() {} }
#[cfg(test)] mod tests { fn helper() {1} #[tokio::test] async fn c() {} }
macro_rules! m { () => { fn d() {} } }
wrap! { fn e() {} }
unsafe impl GlobalAlloc for A { unsafe fn alloc(&self, layout: Layout) -> *mut u8 { todo!() } }
#[unsafe(naked)] extern \"C\" fn g() {}
#[panic_handler] fn h(_: &PanicInfo) -> ! { loop {} }
#[alloc_budget(max = 0)] fn i() {}
fn j() {1}
fn l() {}
trait T { fn without(&self); fn k(&self) {1} }
";
        let chosen = chosen(text);
        let names: Vec<_> = chosen.functions.iter().map(|function| &*function.name).collect();
        assert_eq!(names, ["helper", "j", "k"]);
        let in_tests: Vec<_> = chosen.functions.iter().map(|function| function.in_tests).collect();
        assert_eq!(in_tests, [true, false, false]);
        let mut left_out: BTreeMap<LeftOut, Vec<&str>> = BTreeMap::new();
        for (why, function) in &chosen.left_out {
            left_out.entry(*why).or_default().push(&function.name);
        }
        let expected = [
            (LeftOut::Const, vec!["a"]),
            (LeftOut::Test, vec!["b", "inside", "c"]),
            (LeftOut::Macro, vec!["d", "e"]),
            (LeftOut::Allocator, vec!["alloc"]),
            (LeftOut::Special, vec!["g", "h"]),
            (LeftOut::Budgeted, vec!["i"]),
            (LeftOut::Empty, vec!["l"]),
        ];
        assert_eq!(left_out, BTreeMap::from(expected));
    }
}

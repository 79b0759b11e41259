//! The allocator of each program of the copy: one that counts, or one around the program's own.

use cargo_metadata::{Target, TargetKind};

use crate::edit::change::Change;
use crate::source::allocator::Allocator;

/// A counting allocator, behind the end of a target's root, where it moves no line. `runtime` is
/// what the package calls the runtime. Each of the `others` is there under its conditions.
pub(super) fn of(target: &Target, runtime: &str, others: &[&Allocator]) -> String {
    // Other programs than its own tests may have another one.
    let test = is_library(target).then(|| "test".to_owned());
    let without = others.iter().map(|other| format!("not(all({}))", other.conditions.join(", ")));
    let holds: Vec<String> = test.into_iter().chain(without).collect();
    let condition =
        if holds.is_empty() { String::new() } else { format!("#[cfg(all({}))] ", holds.join(", ")) };
    format!(
        "\n{condition}#[global_allocator] static __ALLOC_BUDGET_SURVEY: ::{runtime}::CountingAllocator = ::{runtime}::CountingAllocator::system();\n"
    )
}

pub(super) fn is_library(target: &Target) -> bool {
    let is_program = |kind: &TargetKind| {
        matches!(kind, TargetKind::Bin | TargetKind::Test | TargetKind::Bench | TargetKind::Example)
    };
    !target.kind.iter().any(is_program)
}

/// The counting allocator around the program's own.
pub(super) fn around(own: &Allocator, runtime: &str) -> [Change; 4] {
    let Allocator { kind, value, .. } = own;
    let counting = format!("::{runtime}::CountingAllocator");
    [
        Change::insertion(kind.start, format!("{counting}<")),
        Change::insertion(kind.end, ">".to_owned()),
        Change::insertion(value.start, format!("{counting}::new(")),
        Change::insertion(value.end, ")".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::around;
    use crate::edit::change::changed;
    use crate::source::allocator::Allocator;
    use crate::source::file::File;

    #[test]
    fn the_programs_own_is_wrapped() {
        for (text, expected) in [
            (
                "use m::A;\n#[cfg(x)]\n#[global_allocator]\npub(crate) static GLOBAL: m::A<u8> = m::A::<u8>::new(1, \"é\");\nfn f() {}",
                "use m::A;\n#[cfg(x)]\n#[global_allocator]\npub(crate) static GLOBAL: ::c::CountingAllocator<m::A<u8>> = ::c::CountingAllocator::new(m::A::<u8>::new(1, \"é\"));\nfn f() {}",
            ),
            (
                "\u{feff}mod inner { #[global_allocator] static A: Jemalloc = Jemalloc; }",
                "\u{feff}mod inner { #[global_allocator] static A: ::c::CountingAllocator<Jemalloc> = ::c::CountingAllocator::new(Jemalloc); }",
            ),
        ] {
            let file = File::new(text.into()).unwrap();
            let own = Allocator::of(&file).unwrap();
            assert_eq!(changed(text, &around(&own, "c")).unwrap(), expected);
        }
    }

    #[test]
    fn it_may_be_there_under_conditions_only() {
        for (attributes, expected) in [
            ("#[global_allocator]", &[][..]),
            ("#[cfg(x)] #[global_allocator]", &["x"]),
            ("#[global_allocator] #[cfg(x)] #[allow(dead_code)]", &["x"]),
            ("#[cfg(x)] fn f() {} #[cfg(not(y))] #[global_allocator] #[cfg(z)]", &["not(y)", "z"]),
        ] {
            let file = File::new(format!("{attributes} static A: B = B;").into()).unwrap();
            assert_eq!(Allocator::of(&file).unwrap().conditions, expected, "{attributes}");
        }
    }

    #[test]
    fn what_only_speaks_of_one_has_none() {
        let none = File::new("// #[global_allocator]\nfn f() {}".into()).unwrap();
        assert_eq!(Allocator::of(&none), None);
    }
}

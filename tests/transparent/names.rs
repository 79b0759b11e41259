//! The user's names are the user's, whatever they are.

mod shadowed {
    #![allow(non_camel_case_types, dead_code, unused_macros)]

    pub(super) struct Option;
    struct Box;
    struct Result;
    struct String;
    struct Vec;
    struct u8;
    struct u64;
    struct usize;
    trait Drop {}
    trait Future {}
    trait Fn {}
    mod std {}
    mod core {}
    mod alloc {}
    mod alloc_budget {}
    mod __macro_support {}
    struct Guard;
    struct Limits;
    struct Site;
    struct Meter;
    fn drop() {}
    macro_rules! cfg {
        ($($tokens:tt)*) => {
            compile_error!("not this one")
        };
    }
    macro_rules! module_path {
        () => {
            compile_error!("not this one")
        };
    }

    #[::alloc_budget::alloc_budget(max = 0, max_bytes = 64)]
    pub(super) fn budgeted(_: Option) -> ::core::primitive::u8 {
        1
    }

    #[::alloc_budget::alloc_budget(measure)]
    pub(super) fn measured(_: Option) -> ::core::primitive::u8 {
        1
    }

    #[::alloc_budget::alloc_budget(max = 0, warmup = 1)]
    pub(super) async fn waits() -> ::core::primitive::u8 {
        ::std::future::ready(1).await
    }
}

#[test]
fn shadowed_names_are_not_used() {
    assert_eq!(shadowed::budgeted(shadowed::Option) + shadowed::measured(shadowed::Option), 2);
    assert_eq!(futures::executor::block_on(shadowed::waits()), 1);
}

/// Methods of every type, with the names of the runtime's own.
mod methods {
    #[expect(dead_code, reason = "to be found is all they are for")]
    pub(super) trait Methods: Sized {
        fn on_overage(self, _: u8) -> Self {
            unreachable!()
        }
        fn named(self, _: &str) -> Self {
            unreachable!()
        }
        fn recording(self) -> Self {
            unreachable!()
        }
        fn enter(self) -> Self {
            unreachable!()
        }
    }
    impl<T> Methods for T {}
}

#[test]
fn the_users_methods_are_not_called() {
    use methods::Methods as _;

    #[alloc_budget::alloc_budget(max = 0, name = "named")]
    fn budgeted() -> u8 {
        1
    }
    #[alloc_budget::alloc_budget(measure, name = "named too")]
    fn measured() -> u8 {
        1
    }
    assert_eq!(budgeted() + measured(), 2);
    assert!(std::panic::catch_unwind(|| 1.named("")).is_err());
}

#[test]
fn a_parameter_may_have_the_guards_name() {
    #[alloc_budget::alloc_budget(max = __alloc_budget_guard)]
    #[expect(clippy::used_underscore_binding)]
    fn budgeted(__alloc_budget_guard: u8, _guard: u8, guard: u8) -> u8 {
        let __guard = 1;
        __alloc_budget_guard + _guard + guard + __guard
    }
    assert_eq!(budgeted(1, 2, 3), 7);
}

#[test]
fn raw_identifiers() {
    #[alloc_budget::alloc_budget(max = r#type)]
    fn r#match(r#type: u8) -> u8 {
        r#type
    }
    assert_eq!(r#match(1), 1);
}

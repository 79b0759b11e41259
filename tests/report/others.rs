//! Lines that others have a part in: macros, derives, and code that is generated.

use std::hint::black_box;

use alloc_budget::alloc_budget;
use proptest::proptest;
use support::{on_line, panic_of};

proptest! {
    // Its frame has a file of proptest's.
    #[alloc_budget(max = 0)]
    fn cases(n in 0_usize..4) {
        drop(black_box(Vec::<u8>::with_capacity(n + 1)));
    }
}

#[test]
fn a_macros_function_is_the_users() {
    let (place, message) = panic_of(cases);
    assert!(place.starts_with("tests/report/others.rs:"), "{place}");
    let sites = message.lines().filter(|row| row.contains(" ×")).collect::<Vec<_>>();
    assert!(!sites.is_empty(), "{message}");
    for site in sites {
        assert!(site.contains("   tests/report/others.rs:"), "{message}");
        let (site, _) = site.split_once("   first use: ").unwrap_or((site, ""));
        assert!(site.ends_with("others::cases") || !cfg!(debug_assertions), "{message}");
    }
    for further_out in ["pthread", "start_thread", "proptest-"] {
        assert!(!message.contains(further_out), "{message}");
    }
}

#[derive(Debug, Clone, serde::Deserialize)]
struct Config {
    #[allow(dead_code, reason = "is read by what is derived")]
    name: String,
}

#[test]
fn what_is_derived_is_called_at_a_line() {
    #[alloc_budget(max = 0)]
    fn parsed(text: &str) -> Config {
        serde_json::from_str(text).unwrap()
    }
    #[alloc_budget(max = 0)]
    fn shown(config: &Config) -> String {
        format!("{config:?}")
    }
    #[alloc_budget(max = 0)]
    fn copied(config: &Config) -> Config {
        config.clone()
    }
    let below = line!() - 10;
    let config: Config = serde_json::from_str(r#"{"name": "ada"}"#).unwrap();
    let assert_from = |message: String, line: u32| {
        let from = format!("   from {}", on_line(file!(), line));
        let count = message.matches(" ×").count();
        assert!(message.matches(&from).count() == count && count > 0, "{from}: {message}");
    };
    assert_from(panic_of(|| parsed(r#"{"name": "ada"}"#)).1, below);
    assert_from(panic_of(|| shown(&config)).1, below + 4);
    assert_from(panic_of(|| copied(&config)).1, below + 8);
}

//! Closures as values, wherever they learn from the signature that their arguments may have every lifetime.
#![deny(warnings)]
use alloc_budget::alloc_budget;

macro_rules! closure {
    () => {
        |text| text
    };
}

#[alloc_budget(max_deallocs = 0)]
fn at_the_end() -> impl Fn(&str) -> &str {
    |text| text
}

#[alloc_budget(max_deallocs = 0)]
#[rustfmt::skip]
#[allow(unused_parens)]
fn in_parentheses() -> impl Fn(&str) -> &str {
    (|text| text)
}

#[alloc_budget(max_deallocs = 0)]
fn of_a_macro() -> impl Fn(&str) -> &str {
    closure!()
}

#[alloc_budget(max_deallocs = 0)]
fn of_a_macro_in_braces() -> impl Fn(&str) -> &str {
    closure! {}
}

#[alloc_budget(max_deallocs = 0)]
fn of_a_constant() -> impl Fn(&str) -> &str {
    const { |text| text }
}

unsafe fn contract() {}

#[alloc_budget(max_deallocs = 0)]
fn of_an_unsafe_block() -> impl Fn(&str) -> &str {
    unsafe {
        contract();
        |text| text
    }
}

#[alloc_budget(max_deallocs = 0)]
fn of_a_block() -> impl Fn(&str) -> &str {
    {
        let _before = 0;
        |text| text
    }
}

#[alloc_budget(max_deallocs = 0)]
fn from_a_block() -> impl Fn(&str) -> &str {
    'block: {
        if std::process::id() != 0 {
            break 'block |text| text;
        }
        panic!()
    }
}

#[alloc_budget(max_deallocs = 0)]
fn from_a_loop() -> impl Fn(&str) -> &str {
    loop {
        if std::process::id() != 0 {
            break |text| text;
        }
    }
}

#[alloc_budget(max_deallocs = 0)]
fn early(is_early: bool) -> impl Fn(&str) -> &str {
    if is_early { return |text| text } else { todo!() }
}

fn main() {
    let text = String::from("a");
    assert_eq!(at_the_end()(&text), "a");
    assert_eq!(in_parentheses()(&text), "a");
    assert_eq!(of_a_macro()(&text), "a");
    assert_eq!(of_a_macro_in_braces()(&text), "a");
    assert_eq!(of_a_constant()(&text), "a");
    assert_eq!(of_an_unsafe_block()(&text), "a");
    assert_eq!(of_a_block()(&text), "a");
    assert_eq!(from_a_block()(&text), "a");
    assert_eq!(from_a_loop()(&text), "a");
    assert_eq!(early(true)(&text), "a");
}

//! What std calls `Option` can be something else here.
#![allow(dead_code, non_camel_case_types, unused_macros)]

mod core {}
mod std {}
mod alloc {}
mod alloc_budget {}

struct Option;
struct Some;
struct None;
struct Result;
struct Ok;
struct Vec;
struct Box;
struct String;
struct Default;
struct From;
struct Into;
struct Fn;
struct Drop;
struct Copy;
struct Send;
struct Sync;
struct Limits;
struct Site;
struct Guard;
type u64 = String;
type usize = String;
type bool = String;
type str = String;

macro_rules! cfg {
    ($($t:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! module_path {
    ($($t:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! panic {
    ($($t:tt)*) => {
        compile_error!("not this one")
    };
}

#[::alloc_budget::alloc_budget(max = 0, warmup = 1, name = "plain", on_overage = panic)]
fn literal() -> Option {
    Option
}

#[::alloc_budget::alloc_budget(max = n, max_bytes = n * 64)]
fn typed(n: u32) -> u32 {
    n
}

#[::alloc_budget::alloc_budget(measure)]
fn measured() -> Vec {
    Vec
}

fn main() {
    let Option = literal();
    let Vec = measured();
    assert_eq!(typed(1), 1);
    assert_eq!(::alloc_budget::records()[0].calls, 1);
}

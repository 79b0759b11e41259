//! An optimised test whose allocator counts, and which has no budgets of other crates in it: only a
//! function that runs before `main` can say so.

use crate::budget::{at_end, program};
use crate::scope::exempt::bookkeeping;

#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
#[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".init_array"))]
static AT_START: extern "C" fn() = at_start;

extern "C" fn at_start() {
    bookkeeping(|| {
        let lists_tests = || std::env::args_os().any(|argument| argument == "--list");
        if program::is_test() && !lists_tests() {
            at_end::register();
        }
    });
}

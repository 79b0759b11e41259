//! The runtime crate under another name.
#![no_implicit_prelude]

extern crate alloc_budget as budgets;

/// Hides the crate's own name.
mod alloc_budget {}

mod deep {
    pub(crate) mod down {
        pub(crate) use ::alloc_budget as runtime;
    }
}

use budgets::alloc_budget as budget;
use deep::down::runtime;

#[budget(max = 0, crate = budgets)]
fn by_extern_crate() -> u32 {
    1
}

#[budget(max = 0, crate = crate::deep::down::runtime)]
fn by_path() -> u32 {
    1
}

#[budget(max = 0, crate = self::runtime)]
fn by_self() -> u32 {
    1
}

#[budget(max = 0, crate = "crate::deep::down::runtime")]
fn by_string() -> u32 {
    1
}

mod child {
    #[super::budget(crate = super::runtime, max = n, warmup = 1, on_overage = warn)]
    pub(super) fn by_super(n: u32) -> u32 {
        n
    }
}

fn main() {
    ::std::assert_eq!(
        (by_extern_crate(), by_path(), by_self(), by_string(), child::by_super(1)),
        (1, 1, 1, 1, 1)
    );
}

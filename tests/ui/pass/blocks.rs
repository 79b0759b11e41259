//! A block with a budget warns nowhere.
#![deny(warnings, clippy::pedantic)]
#![no_implicit_prelude]

use ::alloc_budget::budget;
use ::core::option::Option::{self, None, Some};

const LIMIT: u64 = 0;

fn first(numbers: &[u8]) -> Option<u8> {
    let mut sum = 0;
    budget!(max = LIMIT, max_retained_bytes = 0, {
        for n in numbers {
            if *n == 0 {
                return None;
            }
            sum += n;
        }
    });
    Some(sum)
}

async fn later(__alloc_budget_guard: u8) -> Option<u8> {
    let n = budget!(max = LIMIT, { ::core::future::ready(Some(__alloc_budget_guard)).await? });
    Some(n)
}

fn main() {
    ::core::assert_eq!(first(&[1, 2]), Some(3));
    ::core::mem::drop(later(1));
}

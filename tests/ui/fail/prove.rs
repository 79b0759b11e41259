//! What is wrong with `prove`.

use alloc_budget::{alloc_budget, budget};

#[alloc_budget(prove = yes)]
fn not_skip() {}

#[alloc_budget(prove("codec::decode"))]
fn no_name() {}

#[alloc_budget(prove(assumes = "codec::decode"))]
fn unknown() {}

#[alloc_budget(prove(assume = decode))]
fn no_string() {}

#[alloc_budget(prove(assume = "decode"))]
fn no_path() {}

#[alloc_budget(max = 2, prove)]
fn allows() {}

#[alloc_budget(prove, on_overage = warn)]
fn no_overages() {}

#[alloc_budget(prove = skip)]
fn no_limit() {}

fn leaves(values: &[u32]) -> Option<u32> {
    for value in values {
        budget!(max = 0, prove, {
            if *value > 3 {
                break;
            }
        });
    }
    budget!(max = 0, prove, {
        values.first()?;
    });
    budget!(max = 0, prove, { my_macro!(values) });
    None
}

fn main() {}

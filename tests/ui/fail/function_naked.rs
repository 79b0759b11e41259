//! There is no room for a guard.
use alloc_budget::alloc_budget;

#[alloc_budget(max = 0)]
#[unsafe(naked)]
extern "C" fn naked() {
    core::arch::naked_asm!("ret")
}

fn main() {
    naked();
}

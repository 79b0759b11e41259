//! `#[target_feature]`, on functions that are safe and on ones that are not.
use alloc_budget::alloc_budget;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{_mm_add_epi32, _mm_cvtsi128_si32, _mm_set1_epi32};

    use super::alloc_budget;

    #[alloc_budget(max = 0)]
    #[target_feature(enable = "sse2")]
    fn add(a: i32, b: i32) -> i32 {
        _mm_cvtsi128_si32(_mm_add_epi32(_mm_set1_epi32(a), _mm_set1_epi32(b)))
    }

    #[target_feature(enable = "sse2")]
    #[alloc_budget(max = n.count_ones())]
    #[inline]
    unsafe fn double(n: i32) -> i32 {
        add(n, n)
    }

    pub(super) fn check() {
        // SAFETY: every x86-64 has SSE2.
        assert_eq!(unsafe { (add(1, 2), double(2)) }, (3, 4));
    }
}

#[alloc_budget(max = 0)]
fn main() {
    #[cfg(target_arch = "x86_64")]
    x86::check();
}

//! Visibility, safety and ABI in front of `fn`.
use alloc_budget::alloc_budget;

mod inner {
    use alloc_budget::alloc_budget;

    #[alloc_budget(max = 0)]
    pub fn public() -> u32 {
        1
    }

    #[alloc_budget(max = 0)]
    pub(crate) fn of_the_crate() -> u32 {
        1
    }

    #[alloc_budget(max = 0)]
    pub(super) fn of_the_parent() -> u32 {
        1
    }

    #[alloc_budget(max = 0)]
    pub(in crate::inner) fn of_a_path() -> u32 {
        1
    }

    pub(crate) fn of_this_module() -> u32 {
        of_a_path()
    }
}

/// # Safety
/// `n` points to a number.
#[alloc_budget(max = 0)]
unsafe fn dangerous(n: *const u32) -> u32 {
    // SAFETY: by the promise above.
    unsafe { *n }
}

#[alloc_budget(max = 0)]
extern "C" fn foreign(n: u32) -> u32 {
    n
}

#[alloc_budget(max = 0)]
#[allow(missing_abi)]
#[rustfmt::skip]
extern fn foreign_by_default(n: u32) -> u32 {
    n
}

#[alloc_budget(max = n)]
pub(crate) unsafe extern "C-unwind" fn all_of_them(n: u32) -> u32 {
    std::hint::black_box(Box::new(n));
    std::hint::black_box(Box::new(n));
    n
}

fn main() {
    assert_eq!(inner::public() + inner::of_the_crate() + inner::of_the_parent() + inner::of_this_module(), 4);
    // SAFETY: the reference is valid.
    assert_eq!(unsafe { dangerous(&1) }, 1);
    let callback: extern "C" fn(u32) -> u32 = foreign;
    assert_eq!(callback(foreign_by_default(1)), 1);

    std::panic::set_hook(Box::new(|_| ()));
    // SAFETY: it asks for nothing.
    let calls = [1, 2].map(|n| std::panic::catch_unwind(|| unsafe { all_of_them(n) }).is_ok());
    assert_eq!(calls, [false, true]);
}

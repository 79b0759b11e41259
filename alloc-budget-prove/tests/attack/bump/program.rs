//! Its allocator is a few instructions on memory of its own.

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box as bb;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Bump;

static mut ROOM: [u8; 1 << 20] = [0; 1 << 20];
static NEXT: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Bump {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let at = NEXT.fetch_add(layout.size() + layout.align(), Ordering::Relaxed);
        unsafe { (&raw mut ROOM).cast::<u8>().add(at).map_addr(|at| at & !(layout.align() - 1)) }
    }
    #[inline(always)]
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static BUMP: Bump = Bump;

#[inline(never)]
fn a_box(x: u64) -> Box<u64> {
    Box::new(bb(x))
}
#[inline(never)]
fn a_vec(n: usize) -> Vec<u8> {
    Vec::with_capacity(bb(n))
}
#[inline(never)]
fn a_clone(v: &[u32]) -> Box<[u32]> {
    v.into()
}

fn main() {
    bb(a_box(bb(3)));
    bb(a_vec(bb(3)));
    bb(a_clone(bb(&[3])));
}

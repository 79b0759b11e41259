//! In Rust, most of it safe.

use std::alloc::Layout;
use std::cell::Cell;
use std::hint::black_box as bb;
use std::mem::transmute;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};

type Step = fn(u64) -> u64;

#[inline(never)]
fn clean(x: u64) -> u64 {
    x.wrapping_mul(3) ^ 5
}
#[inline(never)]
fn dirty(x: u64) -> u64 {
    *bb(Box::new(x))
}

// ---- The own stack ----

#[inline(never)]
fn a_index_frame(i: usize) -> u64 {
    let mut steps = [clean as Step; 4];
    steps[i & 3] = dirty;
    steps[2](3)
}
#[inline(never)]
fn write_below(end: *mut Step) {
    unsafe { *bb(end).sub(2) = dirty }
}
#[inline(never)]
fn a_end_pointer(x: u64) -> u64 {
    let mut steps = [clean as Step; 3];
    write_below(steps.as_mut_ptr_range().end);
    steps[1](x)
}
#[inline(never)]
fn a_overlapping_halves(x: u64, low: u32) -> u64 {
    let mut step = clean as Step;
    let halves = (&raw mut step).cast::<u32>();
    unsafe {
        halves.write_volatile(low);
        (&raw const step).read_volatile()(x)
    }
}
#[inline(never)]
fn a_unaligned_overlap(x: u64, bytes: u64) -> u64 {
    let mut steps = [clean as Step; 3];
    unsafe {
        let at = steps.as_mut_ptr().cast::<u8>().add(4).cast::<u64>();
        bb(&steps);
        at.write_unaligned(bytes);
        (&raw const steps[1]).read_volatile()(x)
    }
}
union Either {
    step: Step,
    number: usize,
}
#[inline(never)]
fn a_union(x: u64, number: usize) -> u64 {
    let mut either = Either { step: clean };
    unsafe {
        (&raw mut either.number).write_volatile(number);
        (&raw const either.step).read_volatile()(x)
    }
}
#[inline(never)]
fn change(cell: &Cell<Step>) {
    bb(cell).set(dirty);
}
#[inline(never)]
fn a_escapes_to_a_callee(x: u64) -> u64 {
    let cell = Cell::new(clean as Step);
    change(&cell);
    cell.get()(x)
}
#[inline(never)]
fn a_escapes_to_a_thread(x: u64, out: &AtomicPtr<AtomicPtr<()>>) -> u64 {
    let mut step = AtomicPtr::new(clean as *mut ());
    out.store(&raw mut step, Release);
    step.store(clean as *mut (), Relaxed);
    let step: Step = unsafe { transmute(step.load(Relaxed)) };
    step(x)
}
#[inline(never)]
fn a_swapped(x: u64, i: usize) -> u64 {
    let mut steps = [clean as Step, clean, dirty, clean];
    steps.swap(i & 3, 1);
    steps[1](x)
}
#[inline(never)]
fn a_copied(x: u64, from: &[Step; 4]) -> u64 {
    let mut steps = [clean as Step; 4];
    bb(&mut steps);
    unsafe { std::ptr::copy_nonoverlapping(bb(from).as_ptr(), steps.as_mut_ptr(), 4) }
    steps[3](x)
}
#[inline(never)]
fn a_chosen(x: u64, how: bool) -> u64 {
    let step: Step = if how { clean } else { dirty };
    bb(step)(x)
}
#[inline(never)]
fn a_chosen_without_a_branch(x: u64, how: u64) -> u64 {
    let steps = [clean as Step as usize, dirty as Step as usize];
    let step = steps[0] ^ ((steps[0] ^ steps[1]) & (how & 1).wrapping_neg() as usize);
    unsafe { transmute::<usize, Step>(step)(x) }
}
#[inline(never)]
fn a_sum(x: u64, distance: usize) -> u64 {
    unsafe { transmute::<usize, Step>(clean as usize + distance)(x) }
}

// ---- Memory of others ----

static mut GLOBAL: Step = clean;
#[inline(never)]
fn a_global(x: u64) -> u64 {
    unsafe { GLOBAL(x) }
}
static mut ESCAPED: Step = clean;
#[inline(never)]
fn a_escaped_global(x: u64) -> u64 {
    unsafe { (*bb(&raw mut ESCAPED))(x) }
}
static mut NEAR: [Step; 2] = [clean; 2];
#[inline(never)]
fn a_global_by_index(x: u64, i: usize) -> u64 {
    unsafe {
        let steps = &mut *(&raw mut NEAR);
        steps[i & 1] = dirty;
        steps[0](x)
    }
}
static ATOMIC: AtomicPtr<()> = AtomicPtr::new(clean as *mut ());
#[inline(never)]
fn a_atomic(x: u64) -> u64 {
    unsafe { transmute::<*mut (), Step>(ATOMIC.load(Relaxed))(x) }
}
static EXCHANGED: AtomicPtr<()> = AtomicPtr::new(clean as *mut ());
#[inline(never)]
fn a_atomic_exchange(x: u64) -> u64 {
    let _ = EXCHANGED.compare_exchange(clean as *mut (), bb(dirty as *mut ()), AcqRel, Relaxed);
    unsafe { transmute::<*mut (), Step>(EXCHANGED.load(Relaxed))(x) }
}
static ADDED: AtomicUsize = AtomicUsize::new(0);
#[inline(never)]
fn a_atomic_sum(x: u64) -> u64 {
    let distance = ADDED.load(Relaxed);
    unsafe { transmute::<usize, Step>((clean as usize).wrapping_add(distance))(x) }
}
thread_local! { static OWN: Cell<Step> = const { Cell::new(clean) }; }
#[inline(never)]
fn a_thread_local(x: u64) -> u64 {
    OWN.get()(x)
}
static TABLE: [Step; 5] = [clean, clean, clean, dirty, clean];
#[inline(never)]
fn a_constant_table(x: u64, i: usize) -> u64 {
    TABLE[i](x)
}
trait Shape {
    fn area(&self) -> u64;
}
struct Clean(u64);
struct Dirty(u64);
impl Shape for Clean {
    #[inline(never)]
    fn area(&self) -> u64 {
        self.0
    }
}
impl Shape for Dirty {
    #[inline(never)]
    fn area(&self) -> u64 {
        dirty(self.0)
    }
}
#[inline(never)]
fn area(shape: &dyn Shape) -> u64 {
    shape.area() + 1
}
#[inline(never)]
fn a_trait_object(how: bool, x: u64) -> u64 {
    let (clean, dirty) = (Clean(x), Dirty(x));
    let shape: &dyn Shape = if how { &clean } else { &dirty };
    area(shape)
}
#[inline(never)]
fn a_known_trait_object(x: u64) -> u64 {
    area(&Dirty(x))
}

// ---- Panics that are caught ----

#[inline(never)]
fn a_catch_here(v: &[u64], i: usize) -> u64 {
    match catch_unwind(|| v[i]) {
        Ok(x) => x,
        Err(_) => bb(vec![i as u64])[0],
    }
}
#[inline(never)]
fn fails_and_catches(v: &[u64], i: usize) -> Option<u64> {
    catch_unwind(AssertUnwindSafe(|| -> u64 { panic!("{} {i}", v.len()) })).ok()
}
#[inline(never)]
fn a_after_catch(v: &[u64], i: usize) -> u64 {
    let caught = fails_and_catches(v, i);
    if caught.is_none() { dirty(i as u64) } else { 0 }
}
#[inline(never)]
fn never() -> ! {
    panic!("never")
}
#[inline(never)]
fn a_catch_what_never_returns(x: u64) -> u64 {
    let _ = catch_unwind(|| never());
    dirty(x)
}
struct AllocatesWhenCaught(u64);
impl Drop for AllocatesWhenCaught {
    #[inline(never)]
    fn drop(&mut self) {
        dirty(self.0);
    }
}
#[inline(never)]
fn a_drops(x: u64, v: &[u64]) -> u64 {
    let guard = AllocatesWhenCaught(x);
    let sum = v[x as usize];
    drop(guard);
    sum
}

// ---- Names that lie ----

#[unsafe(export_name = "core::panicking::panic_fmt")]
#[inline(never)]
extern "C" fn false_panic(x: u64) -> u64 {
    dirty(x)
}
#[inline(never)]
fn a_false_panic(x: u64) -> u64 {
    false_panic(x) + 1
}
mod panicking {
    #[inline(never)]
    pub fn panic_fmt(x: u64) -> u64 {
        super::dirty(x)
    }
}
#[inline(never)]
fn a_own_panic_fmt(x: u64) -> u64 {
    panicking::panic_fmt(x) + 1
}
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn lgammaf_r(x: f32, sign: &mut i32) -> f32 {
    *sign = dirty(x as u64) as i32;
    x
}
#[inline(never)]
fn a_own_function_of_the_library(x: f32) -> f32 {
    let mut sign = 0;
    lgammaf_r(bb(x), &mut sign) + sign as f32
}

// ---- Plain ways ----

#[inline(never)]
fn a_layout(n: usize) -> *mut u8 {
    unsafe { std::alloc::alloc(Layout::from_size_align_unchecked(n, 8)) }
}
#[inline(never)]
fn a_aligned(n: usize) -> *mut u8 {
    unsafe { std::alloc::alloc(Layout::from_size_align_unchecked(n, 4096)) }
}
#[inline(never)]
fn a_zeroed(n: usize) -> Vec<u8> {
    vec![0; n]
}
#[inline(never)]
fn a_shrinks(mut v: Vec<u8>) -> Vec<u8> {
    v.shrink_to_fit();
    v
}
#[inline(never)]
fn a_recursion(n: u64) -> u64 {
    if n == 0 { dirty(n) } else { a_recursion(bb(n - 1)) + 1 }
}
#[inline(never)]
fn even(n: u64) -> u64 {
    if n == 0 { 1 } else { a_mutual_recursion(bb(n - 1)) ^ 3 }
}
#[inline(never)]
fn a_mutual_recursion(n: u64) -> u64 {
    if n == 1 { dirty(n) } else { even(bb(n - 1)) ^ 5 }
}
#[inline(never)]
fn a_switch(op: u8, x: u64) -> u64 {
    match op {
        0 => bb(clean(x)),
        1 => bb(x) + 3,
        2 => bb(x) * 7,
        3 => dirty(bb(x)),
        4 => bb(x) - 1,
        5 => bb(x).rotate_left(3),
        _ => 0,
    }
}
#[derive(Clone, Copy)]
enum Op {
    Add,
    Sub,
    Mul,
    New,
    Xor,
    Or,
}
#[inline(never)]
fn a_switch_over_all(op: Op, x: u64) -> u64 {
    match op {
        Op::Add => bb(x) + 1,
        Op::Sub => bb(x) - 1,
        Op::Mul => bb(clean(x)),
        Op::New => dirty(bb(x)),
        Op::Xor => bb(x) ^ 8,
        Op::Or => bb(x) | 8,
    }
}

fn main() {
    let n = bb(std::env::args().count());
    let x = n as u64;
    let v = vec![x];
    unsafe {
        if n == 9 {
            GLOBAL = dirty;
            *bb(&raw mut ESCAPED) = dirty;
        }
    }
    ATOMIC.store(bb(dirty as *mut ()), Relaxed);
    ADDED.store((dirty as usize).wrapping_sub(clean as usize), Relaxed);
    OWN.set(dirty);
    let out = AtomicPtr::new(std::ptr::null_mut());
    bb([
        a_index_frame(n), a_end_pointer(x), a_overlapping_halves(x, dirty as usize as u32),
        a_unaligned_overlap(x, x), a_union(x, dirty as usize), a_escapes_to_a_callee(x),
        a_escapes_to_a_thread(x, bb(&out)), a_swapped(x, n), a_copied(x, bb(&[dirty; 4])), a_chosen(x, n == 2),
        a_chosen_without_a_branch(x, x), a_sum(x, (dirty as usize).wrapping_sub(clean as usize)), a_global(x),
        a_escaped_global(x), a_global_by_index(x, n), a_atomic(x), a_atomic_exchange(x), a_atomic_sum(x),
        a_thread_local(x), a_constant_table(x, n), a_trait_object(n == 3, x), a_known_trait_object(x),
    ]);
    bb([
        a_catch_here(&v, n), a_after_catch(&v, n), a_catch_what_never_returns(x), a_drops(x, &v), a_false_panic(x),
        a_own_panic_fmt(x), a_own_function_of_the_library(x as f32) as u64, a_recursion(x), a_mutual_recursion(x),
        a_switch(n as u8, x), a_switch_over_all(bb([Op::Add, Op::Sub, Op::Mul, Op::New, Op::Xor, Op::Or])[n], x),
    ]);
    bb((a_layout(n), a_aligned(n), a_zeroed(n), a_shrinks(Vec::with_capacity(n))));
}

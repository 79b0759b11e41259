//! Function pointers that the program writes to, each in a way that is easily overlooked.

use std::arch::{asm, global_asm};
use std::hint::black_box as bb;
use std::mem::transmute;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, Ordering::*};

type Step = fn(u64) -> u64;

#[inline(never)]
fn clean(x: u64) -> u64 {
    x.wrapping_mul(3) ^ 5
}
#[inline(never)]
fn dirty(x: u64) -> u64 {
    *bb(Box::new(x))
}

const fn begin() -> AtomicPtr<()> {
    AtomicPtr::new(clean as *mut ())
}
fn run(step: &AtomicPtr<()>, x: u64) -> u64 {
    unsafe { transmute::<*mut (), Step>(step.load(Relaxed))(x) }
}

static HONEST: AtomicPtr<()> = begin();
#[inline(never)]
fn clean_too(x: u64) -> u64 {
    x ^ 9
}
#[inline(never)]
fn write_honest() {
    HONEST.store(clean_too as *mut (), Relaxed);
}
#[inline(never)]
fn n_honest(x: u64) -> u64 {
    run(&HONEST, x)
}

static PLAIN: AtomicPtr<()> = begin();
#[inline(never)]
fn write_plain() {
    PLAIN.store(dirty as *mut (), Relaxed);
}
#[inline(never)]
fn a_plain(x: u64) -> u64 {
    run(&PLAIN, x)
}

static GIVEN: AtomicPtr<()> = begin();
#[inline(never)]
fn take(step: &AtomicPtr<()>) {
    step.store(dirty as *mut (), Relaxed);
}
#[inline(never)]
fn a_given(x: u64) -> u64 {
    take(&GIVEN);
    run(&GIVEN, x)
}

static GIVEN_BY_JUMP: AtomicPtr<()> = begin();
#[inline(never)]
fn give_by_jump() {
    take(&GIVEN_BY_JUMP)
}
#[inline(never)]
fn a_given_by_jump(x: u64) -> u64 {
    run(&GIVEN_BY_JUMP, x)
}

static EXCHANGED: AtomicPtr<()> = begin();
#[inline(never)]
fn a_exchanged(x: u64) -> u64 {
    EXCHANGED.swap(dirty as *mut (), SeqCst);
    run(&EXCHANGED, x)
}

static COMPARED: AtomicPtr<()> = begin();
#[inline(never)]
fn a_compared(x: u64) -> u64 {
    let _ = COMPARED.compare_exchange(clean as *mut (), dirty as *mut (), SeqCst, SeqCst);
    run(&COMPARED, x)
}

static UNKNOWN: AtomicPtr<()> = begin();
#[inline(never)]
fn write_unknown(to: *mut ()) {
    UNKNOWN.store(to, Relaxed);
}
#[inline(never)]
fn a_unknown(x: u64) -> u64 {
    run(&UNKNOWN, x)
}

static KEPT: AtomicPtr<()> = begin();
static KEEPER: [&AtomicPtr<()>; 2] = [&KEPT, &EXCHANGED];
#[inline(never)]
fn write_kept(i: usize) {
    KEEPER[i].store(dirty as *mut (), Relaxed);
}
#[inline(never)]
fn a_kept_in_a_table(x: u64) -> u64 {
    run(&KEPT, x)
}

static RETURNED: AtomicPtr<()> = begin();
#[inline(never)]
fn returned() -> &'static AtomicPtr<()> {
    &RETURNED
}
#[inline(never)]
fn a_returned(x: u64) -> u64 {
    run(&RETURNED, x)
}

static STORED: AtomicPtr<()> = begin();
#[inline(never)]
fn stored(to: &mut &'static AtomicPtr<()>) {
    *to = &STORED;
}
#[inline(never)]
fn a_stored(x: u64) -> u64 {
    run(&STORED, x)
}

static HALVED: AtomicPtr<()> = begin();
#[inline(never)]
fn write_half(half: u32) {
    unsafe { HALVED.as_ptr().cast::<u32>().write_volatile(half) }
}
#[inline(never)]
fn a_halved(x: u64) -> u64 {
    run(&HALVED, x)
}

static BY_BYTES: AtomicPtr<()> = begin();
#[inline(never)]
fn write_bytes(byte: u8) {
    unsafe { BY_BYTES.as_ptr().cast::<u8>().add(3).write_volatile(byte) }
}
#[inline(never)]
fn a_by_bytes(x: u64) -> u64 {
    run(&BY_BYTES, x)
}

static BY_INDEX: AtomicPtr<()> = begin();
#[inline(never)]
fn write_by_index(i: usize) {
    unsafe { BY_INDEX.as_ptr().cast::<u8>().add(i).write_volatile(3) }
}
#[inline(never)]
fn a_by_index(x: u64) -> u64 {
    run(&BY_INDEX, x)
}

static SUMMED: AtomicPtr<()> = begin();
#[inline(never)]
fn a_summed(x: u64, distance: usize) -> u64 {
    let step = SUMMED.load(Relaxed);
    SUMMED.store(step.wrapping_byte_add(distance), Relaxed);
    run(&SUMMED, x)
}

static IN_A_DROP: AtomicPtr<()> = begin();
struct Changes;
impl Drop for Changes {
    fn drop(&mut self) {
        if std::thread::panicking() {
            IN_A_DROP.store(dirty as *mut (), Relaxed);
        }
    }
}
#[inline(never)]
fn panics(v: &[u64], i: usize) -> u64 {
    let _changes = Changes;
    v[i]
}
#[inline(never)]
fn a_changed_in_a_panic(x: u64) -> u64 {
    run(&IN_A_DROP, x)
}

static ACROSS: AtomicPtr<()> = begin();
#[inline(never)]
fn across(out: &mut *const ()) {
    unsafe {
        asm!(
            "lea rax, [rip + {step}]",
            "push rax",
            "pop rcx",
            "mov [rdi], rcx",
            step = sym ACROSS, in("rdi") out, out("rax") _, out("rcx") _,
        );
    }
}
#[inline(never)]
fn a_across_the_stack(x: u64) -> u64 {
    run(&ACROSS, x)
}

static IN_A_REGISTER: AtomicPtr<()> = begin();
global_asm!(
    r#"
    .globl leaves_in_a_register
    .type leaves_in_a_register, @function
leaves_in_a_register:
    lea rcx, [rip + {step}]
    jmp reads_a_register
    .size leaves_in_a_register, . - leaves_in_a_register
    .globl reads_a_register
    .type reads_a_register, @function
reads_a_register:
    test rdi, rdi
    je 1f
    mov rcx, rdi
1:  lea rax, [rip + {dirty}]
    mov [rcx], rax
    ret
    .size reads_a_register, . - reads_a_register
"#,
    step = sym IN_A_REGISTER, dirty = sym dirty,
);
#[inline(never)]
fn a_left_in_a_register(x: u64) -> u64 {
    run(&IN_A_REGISTER, x)
}

static ENTERED: AtomicPtr<()> = begin();
global_asm!(
    r#"
    .globl writes_when_entered
    .type writes_when_entered, @function
writes_when_entered:
    lea rax, [rip + {clean}]
2:  mov [rip + {step}], rax
    ret
    .size writes_when_entered, . - writes_when_entered
    .globl enters
    .type enters, @function
enters:
    lea rax, [rip + {dirty}]
    jmp 2b
    .size enters, . - enters
"#,
    step = sym ENTERED, dirty = sym dirty, clean = sym clean,
);
#[inline(never)]
fn a_entered_in_the_middle(x: u64) -> u64 {
    run(&ENTERED, x)
}

static MERGED: AtomicPtr<()> = begin();
global_asm!(
    r#"
    .globl writes_where_ways_meet
    .type writes_where_ways_meet, @function
writes_where_ways_meet:
    test edi, edi
    je 1f
    lea rcx, [rip + {step}]
    jmp 2f
1:  mov rcx, rsi
    jmp 2f
    ud2
2:  lea rax, [rip + {dirty}]
    mov [rcx], rax
    ret
    .size writes_where_ways_meet, . - writes_where_ways_meet
"#,
    step = sym MERGED, dirty = sym dirty,
);
#[inline(never)]
fn a_written_where_ways_meet(x: u64) -> u64 {
    run(&MERGED, x)
}

static BEHIND: AtomicPtr<()> = begin();
global_asm!(
    r#"
    .globl writes_behind_a_slot
    .type writes_behind_a_slot, @function
writes_behind_a_slot:
    lea rdi, [rip + {step}@GOTPCREL]
    jmp writes_through_two
    .size writes_behind_a_slot, . - writes_behind_a_slot
    .globl writes_through_two
    .type writes_through_two, @function
writes_through_two:
    mov rcx, [rdi]
    lea rax, [rip + {dirty}]
    mov [rcx], rax
    ret
    .size writes_through_two, . - writes_through_two
"#,
    step = sym BEHIND, dirty = sym dirty,
);
#[inline(never)]
fn a_written_behind_a_slot(x: u64) -> u64 {
    run(&BEHIND, x)
}

static VECTOR: AtomicPtr<()> = begin();
global_asm!(
    r#"
    .globl writes_by_vector
    .type writes_by_vector, @function
writes_by_vector:
    lea rax, [rip + {step}]
    movq xmm0, rax
    movq [rdi], xmm0
    ret
    .size writes_by_vector, . - writes_by_vector
    .globl writes_nearby
    .type writes_nearby, @function
writes_nearby:
    movups [rip + {near} - 8], xmm0
    ret
    .size writes_nearby, . - writes_nearby
"#,
    step = sym VECTOR, near = sym NEARBY,
);
#[inline(never)]
fn a_by_vector(x: u64) -> u64 {
    run(&VECTOR, x)
}
static NEARBY: AtomicPtr<()> = begin();
#[inline(never)]
fn a_nearby(x: u64) -> u64 {
    run(&NEARBY, x)
}

unsafe extern "C" {
    safe fn leaves_in_a_register(x: usize);
    safe fn enters();
    safe fn writes_behind_a_slot();
    safe fn writes_where_ways_meet(which: u32, other: &mut usize);
    safe fn writes_by_vector(out: &mut usize);
    safe fn writes_nearby();
}

fn main() {
    let n = bb(std::env::args().count());
    let x = n as u64;
    let _ = catch_unwind(AssertUnwindSafe(|| panics(bb(&[x]), n)));
    write_plain();
    write_honest();
    bb(n_honest(x));
    give_by_jump();
    write_unknown(bb(dirty as *mut ()));
    write_kept(bb(0));
    returned().store(bb(dirty as *mut ()), Relaxed);
    let mut to = &EXCHANGED;
    stored(&mut to);
    bb(to);
    write_half(bb(3));
    write_bytes(bb(3));
    write_by_index(bb(3));
    across(bb(&mut std::ptr::null()));
    leaves_in_a_register(0);
    enters();
    writes_behind_a_slot();
    bb(a_written_behind_a_slot(x));
    writes_where_ways_meet(1, &mut 3);
    bb(a_written_where_ways_meet(x));
    writes_by_vector(&mut 3);
    writes_nearby();
    bb([
        a_plain(x), a_given(x), a_given_by_jump(x), a_exchanged(x), a_compared(x), a_unknown(x), a_kept_in_a_table(x),
        a_returned(x), a_stored(x), a_halved(x), a_by_bytes(x), a_by_index(x), a_summed(x, n),
        a_changed_in_a_panic(x), a_across_the_stack(x), a_left_in_a_register(x), a_entered_in_the_middle(x),
        a_by_vector(x), a_nearby(x),
    ]);
}

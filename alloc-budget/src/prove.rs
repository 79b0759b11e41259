//! What a proving build leaves in a program, where `cargo alloc-budget prove` finds it: a record of
//! each promise, and a mark in the code that it is for. `alloc-budget-prove` reads both.

use core::future::{Future, poll_fn};
use core::panic::Location;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

/// What a function promises, and where it is: a record of it.
pub struct Promise {
    /// That of its mark.
    pub id: u64,
    pub flags: u32,
    pub place: &'static Location<'static>,
    pub module: &'static str,
    pub name: &'static str,
    pub package: &'static str,
    /// Functions that are taken as clean, a line each.
    pub assume: &'static str,
    /// Why nothing can be said of it; empty where something can.
    pub obstacle: &'static str,
}

impl Promise {
    pub const NO_ALLOCATION: u32 = 1;
    pub const NO_DEALLOCATION: u32 = 1 << 1;
    /// Its first calls are not judged.
    pub const WARM: u32 = 1 << 2;
    /// Of a package that the user is building, and not of a dependency.
    pub const PRIMARY: u32 = 1 << 3;
    /// Its source says that it is not to be proven.
    pub const SKIPPED: u32 = 1 << 4;
    /// Of a block in a function.
    pub const BLOCK: u32 = 1 << 5;

    const fn texts(&self) -> [&'static str; 6] {
        [self.place.file(), self.module, self.name, self.package, self.assume, self.obstacle]
    }

    /// How many bytes it takes.
    #[must_use]
    pub const fn length(&self) -> usize {
        let texts = self.texts();
        let mut length = HEADER + CHECKSUM;
        let mut at = 0;
        while at < texts.len() {
            length += 4 + texts[at].len();
            at += 1;
        }
        length
    }

    /// As `alloc-budget-prove` reads it: numbers are little-endian, each text has its length in
    /// front, and the last eight bytes are the sum of those before.
    #[must_use]
    pub const fn bytes<const LENGTH: usize>(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let mut at = put(&mut bytes, 0, MAGIC);
        #[expect(clippy::cast_possible_truncation, reason = "no record has four gigabytes")]
        let header = [LENGTH as u32, VERSION, self.id as u32, (self.id >> 32) as u32, self.flags];
        at = put_numbers(&mut bytes, at, &header);
        at = put_numbers(&mut bytes, at, &[self.place.line(), self.place.column()]);
        let texts = self.texts();
        let mut text = 0;
        while text < texts.len() {
            #[expect(clippy::cast_possible_truncation, reason = "as above")]
            let length = texts[text].len() as u32;
            at = put_numbers(&mut bytes, at, &[length]);
            at = put(&mut bytes, at, texts[text].as_bytes());
            text += 1;
        }
        let sum = sum(&bytes, at).to_le_bytes();
        put(&mut bytes, at, &sum);
        bytes
    }
}

const MAGIC: &[u8; 16] = b"\x9dalloc-budget\x01\xc3\x7e";
const VERSION: u32 = 1;
const HEADER: usize = MAGIC.len() + 7 * 4;
const CHECKSUM: usize = 8;

const fn put(bytes: &mut [u8], mut at: usize, what: &[u8]) -> usize {
    let mut from = 0;
    while from < what.len() {
        bytes[at] = what[from];
        at += 1;
        from += 1;
    }
    at
}

const fn put_numbers(bytes: &mut [u8], mut at: usize, numbers: &[u32]) -> usize {
    let mut from = 0;
    while from < numbers.len() {
        at = put(bytes, at, &numbers[from].to_le_bytes());
        from += 1;
    }
    at
}

/// FNV-1a of the bytes in front of a place.
const fn sum(bytes: &[u8], end: usize) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < end {
        sum = (sum ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    sum
}

/// Leaves the number of a record in the code around, as the operands of two instructions that do
/// nothing. On other machines than the prover's it leaves nothing.
#[inline(always)]
pub fn mark<const ID: u64>() {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: both instructions do nothing, whatever their operand.
    unsafe {
        core::arch::asm!(
            ".byte 0x0f, 0x1f, 0x80",
            ".long {low}",
            ".byte 0x0f, 0x1f, 0x80",
            ".long {high}",
            low = const ID & 0xffff_ffff,
            high = const ID >> 32,
            options(nomem, nostack, preserves_flags)
        );
    }
}

/// A future each poll of which is a function with a mark.
pub async fn marked_future<const ID: u64, F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| poll::<ID, F>(future.as_mut(), context)).await
}

#[inline(never)]
fn poll<const ID: u64, F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
    mark::<ID>();
    future.poll(context)
}

/// A block as a function with a mark.
#[inline(never)]
pub fn marked_block<const ID: u64, T>(body: impl FnOnce() -> T) -> T {
    mark::<ID>();
    body()
}

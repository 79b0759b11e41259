//! When the next checkpoint is due: asked after each call, and looked up now and then.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Calls of a thread between two looks: more of them where they are short.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    until_look: u32,
    stride: u32,
    /// When it looked last.
    last: u64,
}

/// To look takes as long as some calls.
const LONGEST_STRIDE: u32 = 64;
/// Calls among which a thread looks, in milliseconds.
const OFTEN: u64 = 10;
/// Between two checkpoints, in milliseconds.
const PERIOD: u64 = 1000;
/// A checkpoint takes at most this part of the time.
const PART: u64 = 50;

static NEXT: AtomicU64 = AtomicU64::new(PERIOD);

/// In milliseconds.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl Clock {
    pub(super) const NEW: Self = Self { until_look: 1, stride: 1, last: 0 };

    /// Whether somebody should write a checkpoint.
    #[inline(always)]
    pub(super) fn is_due(&mut self) -> bool {
        self.until_look -= 1;
        self.until_look == 0 && self.look()
    }

    #[cold]
    fn look(&mut self) -> bool {
        let now = now();
        self.stride = if now - self.last < OFTEN { (2 * self.stride).min(LONGEST_STRIDE) } else { 1 };
        (self.until_look, self.last) = (self.stride, now);
        now >= NEXT.load(Ordering::Relaxed)
    }
}

/// Runs a checkpoint, unless another one runs or has just run.
pub(super) fn run(checkpoint: impl FnOnce()) {
    let (start, next) = (now(), NEXT.load(Ordering::Relaxed));
    let is_ours = || NEXT.compare_exchange(next, u64::MAX, Ordering::Relaxed, Ordering::Relaxed).is_ok();
    if start < next || !is_ours() {
        return;
    }
    checkpoint();
    let end = now();
    NEXT.store(end + PERIOD.max(PART * (end - start)), Ordering::Relaxed);
}

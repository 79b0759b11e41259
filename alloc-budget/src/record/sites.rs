//! The budgets that are recorded: each is known once, by what is written at it in the source.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::count::system;
use crate::record::described::Described;
use crate::record::phantom;

/// A budget that has been called.
pub(super) struct Site {
    pub(super) budget: Described,
    pub(super) is_phantom: bool,
    next: *const Self,
}

// SAFETY: it is written before it is shared, and from then on only read.
unsafe impl Sync for Site {}

const BUCKETS: usize = 1024;

/// The newest of each bucket; each knows the one before it. They are never freed.
static SITES: [AtomicPtr<Site>; BUCKETS] = [const { AtomicPtr::new(ptr::null_mut()) }; BUCKETS];

/// The site of a budget, made at its first call. What it says is what the first one says who asks:
/// the call's beginning, which knows more than its end. `None` where the system has no memory left.
pub(super) fn site(budget: &Described) -> Option<&'static Site> {
    let newest = &SITES[bucket(budget)];
    let mut first = newest.load(Ordering::Acquire);
    if let Some(known) = find(first, budget) {
        return Some(known);
    }
    let is_phantom = phantom::is(budget);
    let made = system::keep(Site { budget: *budget, is_phantom, next: ptr::null() })?;
    loop {
        made.next = first;
        match newest.compare_exchange(first, made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Some(made),
            Err(other) => first = other,
        }
        if let Some(known) = find(first, budget) {
            // SAFETY: nobody else has seen it.
            unsafe { system::free(made) };
            return Some(known);
        }
    }
}

fn find(first: *const Site, budget: &Described) -> Option<&'static Site> {
    let at = |site: *const Site| {
        // SAFETY: null, or one that was shared: written before that, and never freed.
        unsafe { site.as_ref() }
    };
    std::iter::successors(at(first), |site| at(site.next)).find(|site| site.budget.is(budget))
}

/// That of a budget: by its content, since its addresses differ from crate to crate.
fn bucket(budget: &Described) -> usize {
    let bytes = budget.key.bytes().chain(budget.location.line().to_le_bytes());
    let fold = |hash: usize, byte: u8| (hash ^ usize::from(byte)).wrapping_mul(0x0100_0193);
    bytes.fold(0x811c, fold) % BUCKETS
}

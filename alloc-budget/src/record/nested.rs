//! What calls did by themselves: all that they did, without the calls inside of them.

use crate::count::array::Array;
use crate::scope::thread;

/// Allocations and bytes of the calls that have ended, by how many scopes were open around each,
/// until the call around them ends.
pub(super) struct Nested {
    ended: Array<[u64; 2]>,
    /// Behind it, all are zero.
    deepest: usize,
}

impl Nested {
    pub(super) const NONE: Self = Self { ended: Array::EMPTY, deepest: 0 };

    /// A call has ended, and its scope is closed. Says what of all that it did was its own.
    pub(super) fn own(&mut self, all: [u64; 2]) -> [u64; 2] {
        let depth = thread::with(|thread| thread.scopes.all().len());
        // Without memory for it, all is its own.
        while self.ended.len() < depth + 2 {
            if !self.ended.push([0; 2]) {
                return all;
            }
        }
        let ended = self.ended.as_mut_slice();
        ended[depth] = add(ended[depth], all);
        let inside = ended[depth + 1];
        // Still deeper ones are of calls around which none has ended.
        ended[depth + 1..]
            .iter_mut()
            .take(self.deepest.saturating_sub(depth))
            .for_each(|ended| *ended = [0; 2]);
        self.deepest = depth;
        [all[0].saturating_sub(inside[0]), all[1].saturating_sub(inside[1])]
    }

    pub(super) fn free(&mut self) {
        self.ended.free();
    }
}

fn add(a: [u64; 2], b: [u64; 2]) -> [u64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

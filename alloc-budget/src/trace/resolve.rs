//! From captured stacks to call sites, once a limit has turned out to be passed.

use crate::trace::call_site::CallSite;
use crate::trace::captures::Captures;
use crate::trace::sites::Sites;
use crate::trace::store::Sum;

impl Captures {
    /// Calls `each` with each stack that was captured because all are wanted, and what it
    /// allocated. The empty one stands for those that had no room.
    pub(crate) fn each_traced(self, mut each: impl FnMut(&[usize], Sum)) {
        let Some(store) = self.existing() else { return };
        for group in store.groups.as_slice().iter().filter(|group| group.traced && !group.freed) {
            each(&store.frames.as_slice()[group.first_frame..][..group.frames], group.events);
        }
    }

    /// The call sites of what took the scope past the `exceeded` limits, most bytes first, and the
    /// sum of what had no room. Frees the captures.
    pub(crate) fn resolve(mut self, exceeded: u8, finder: &mut Sites<'_>) -> (Vec<CallSite>, Sum) {
        let mut sites: Vec<CallSite> = Vec::new();
        let mut left_out = Sum::ZERO;
        if let Some(store) = self.existing() {
            for group in store.groups.as_slice() {
                let (offence, unknown) = group.offence(exceeded);
                left_out.merge(unknown);
                if group.is_rest {
                    left_out.merge(offence);
                } else if offence.count > 0 {
                    let stack = &store.frames.as_slice()[group.first_frame..][..group.frames];
                    let mut site = finder.call_site(stack, group.freed);
                    site.add(offence);
                    if !sites.iter_mut().any(|known| known.merge(&site, finder.all)) {
                        sites.push(site);
                    }
                }
            }
        }
        self.free();
        sites.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.cmp(b)));
        (sites, left_out)
    }
}

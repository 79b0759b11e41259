//! A list that only grows: any thread appends to it, and walks it while others do.

use std::ptr;

use crate::count::sync::{AtomicPtr, Ordering, constant};
use crate::count::system;

pub(crate) struct List<T: 'static> {
    newest: AtomicPtr<Node<T>>,
}

/// Never freed.
pub(crate) struct Node<T: 'static> {
    pub(crate) element: T,
    next: Option<&'static Self>,
}

impl<T: Send + Sync> List<T> {
    constant! {
        pub(crate) fn new() -> Self {
            Self { newest: AtomicPtr::new(ptr::null_mut()) }
        }
    }

    /// From the newest on. Not the elements themselves: in an unoptimised build, that costs a call
    /// for each.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &'static Node<T>> + use<T> {
        std::iter::successors(self.newest(), |node| node.next)
    }

    /// The newest one that is such an element.
    pub(crate) fn find(&self, is_it: impl Fn(&T) -> bool) -> Option<&'static T> {
        self.nodes().map(|node| &node.element).find(|element| is_it(element))
    }

    /// `None` where the system has no memory left.
    pub(crate) fn append(&self, element: T) -> Option<&'static T> {
        let node = system::keep(Node { element, next: None })?;
        loop {
            node.next = self.newest();
            let newest = node.next.map_or(ptr::null_mut(), |newest| ptr::from_ref(newest).cast_mut());
            let appended =
                self.newest.compare_exchange_weak(newest, node, Ordering::AcqRel, Ordering::Relaxed);
            if appended.is_ok() {
                return Some(&node.element);
            }
        }
    }

    fn newest(&self) -> Option<&'static Node<T>> {
        // SAFETY: null, or from `append`: written before it was shared, and never freed.
        unsafe { self.newest.load(Ordering::Acquire).as_ref() }
    }
}

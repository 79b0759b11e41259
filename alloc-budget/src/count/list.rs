//! A list that only grows: any thread appends to it, and walks it while others do.

use std::ptr;

use crate::count::sync::{AtomicPtr, Ordering, constant};
use crate::count::system;

pub(crate) struct List<T: 'static> {
    newest: AtomicPtr<Node<T>>,
}

/// Never freed.
struct Node<T: 'static> {
    element: T,
    next: Option<&'static Self>,
}

impl<T: Send + Sync> List<T> {
    constant! {
        pub(crate) fn new() -> Self {
            Self { newest: AtomicPtr::new(ptr::null_mut()) }
        }
    }

    /// Its elements, from the newest on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static T> + use<T> {
        std::iter::successors(self.newest(), |node| node.next).map(|node| &node.element)
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

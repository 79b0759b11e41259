//! From return addresses to the functions that they are in.

use std::collections::HashMap;
use std::rc::Rc;

use crate::trace::frame::Frame;

/// Resolves addresses, each of them once.
#[derive(Default)]
pub(super) struct Symbols(HashMap<usize, Rc<[Frame]>>);

impl Symbols {
    /// The functions at an address, innermost first; several where functions were inlined.
    pub(super) fn frames(&mut self, address: usize) -> Rc<[Frame]> {
        self.0.entry(address).or_insert_with(|| lookup(address).into()).clone()
    }
}

#[cfg(all(feature = "backtrace", not(miri)))]
fn lookup(address: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    backtrace::resolve(std::ptr::without_provenance_mut(address), |symbol| {
        frames.push(Frame {
            function: symbol.name().map_or_else(|| "(unknown)".to_owned(), |name| format!("{name:#}")),
            file: symbol.filename().map(std::path::Path::to_owned),
            line: symbol.lineno().unwrap_or(0),
            column: symbol.colno().unwrap_or(0),
        });
    });
    frames
}

#[cfg(not(all(feature = "backtrace", not(miri))))]
fn lookup(_: usize) -> Vec<Frame> {
    Vec::new()
}

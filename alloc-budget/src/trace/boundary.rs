//! Which frame of a stack is that of the judged budget: no call site is further out.

use std::panic::Location;
use std::rc::Rc;

use crate::trace::frame::Frame;
use crate::trace::names;
use crate::trace::stack;
use crate::trace::symbols::Symbols;

/// An annotated function.
pub(crate) struct Function<'a> {
    pub(crate) krate: &'a str,
    /// Without the crate.
    pub(crate) path: String,
}

/// Where the judged budget is, and what is around it.
pub(crate) struct Boundary<'a> {
    /// `None` where the budget is that of a closure or a future.
    function: Option<Function<'a>>,
    pub(crate) location: &'static Location<'static>,
    /// The stack at the verdict: the budget's frame is on it, and what called that.
    stack: Vec<usize>,
}

/// How far the frames of a stack belong to a budget.
pub(super) struct Reach {
    /// How many of its addresses do.
    pub(super) addresses: usize,
    /// Whether the last one is in the frame that is the budget's.
    pub(super) is_exact: bool,
    /// How many functions there the budget's was inlined into, and one for itself: at the verdict
    /// none of its closures is between. 0 where it is not known.
    pub(super) depth: usize,
}

impl<'a> Boundary<'a> {
    /// Called where the verdict falls.
    pub(crate) fn here(function: Option<Function<'a>>, location: &'static Location<'static>) -> Self {
        Self { function, location, stack: stack::here() }
    }

    /// A budget of which nothing is known: any of the user's functions is within it.
    #[track_caller]
    pub(crate) fn unknown() -> Self {
        Self { function: None, location: Location::caller(), stack: Vec::new() }
    }

    /// A stack that was captured while the budget's frame was there, and the one at the verdict,
    /// have in common what called that frame. The addresses in the frame itself differ: one called
    /// the allocator, one the verdict. On another thread, less is in common, or nothing.
    pub(super) fn reach(&self, stack: &[usize], symbols: &mut Symbols) -> Reach {
        let whole = Reach { addresses: stack.len(), is_exact: false, depth: 0 };
        if !stack::is_whole(stack) || !stack::is_whole(&self.stack) {
            return whole;
        }
        let common = stack.iter().rev().zip(self.stack.iter().rev()).take_while(|(a, b)| a == b).count();
        let innermost = |stack: &[usize]| stack.len().checked_sub(common + 1).map(|at| stack[at]);
        let (Some(there), Some(here)) = (innermost(stack), innermost(&self.stack)) else { return whole };
        let [there, here] = [there, here].map(|address| symbols.frames(address));
        // They may part further out too, where the budget's frame has been called in another way.
        let may_be_it = |frame: &Frame| {
            frame.file.is_none()
                || frame.is_machinery()
                || self.is_in_own_file(frame)
                || self.is_own(frame, true)
        };
        let is_exact = common > 0
            && there.last().map(Frame::id) == here.last().map(Frame::id)
            && (there.is_empty() || there.iter().any(may_be_it));
        let own = here.iter().position(|frame| self.is_in_own_file(frame));
        let depth = own.map_or(0, |own| here.len() - own);
        Reach { addresses: stack.len() - common, is_exact, depth }
    }

    /// Whether a frame is the budgeted function's. With line tables only, a name may be but the
    /// last part of a path.
    pub(super) fn is_own(&self, frame: &Frame, may_be_short: bool) -> bool {
        let Some(Function { krate, path }) = &self.function else { return false };
        let name = names::tidy(&frame.function, Some(krate));
        let is_short = || may_be_short && names::is_short(&frame.function) && names::last(path) == name;
        name == *path || is_short() && self.is_in_own_file(frame)
    }

    /// What is at the address in the budget's own frame, where it has another name or none: of an
    /// `async fn` that was inlined, line tables have no name; and without debug information, all
    /// that was inlined goes by the name of the outermost, whosever it is. And which of it is the
    /// budget's.
    pub(super) fn named(&self, frames: Rc<[Frame]>, depth: usize) -> (Rc<[Frame]>, Option<usize>) {
        let Some(Function { krate, path }) = &self.function else { return (frames, None) };
        let is_it = |(at, frame): &(usize, &Frame)| match frame.file {
            Some(_) => at + depth == frames.len() && names::last(&frame.function).is_empty(),
            None => !frame.is_machinery(),
        };
        let Some((own, _)) = frames.iter().enumerate().rfind(is_it) else { return (frames, None) };
        let mut named = frames.to_vec();
        named[own].function = format!("{krate}::{path}");
        (named.into(), Some(own))
    }

    /// Whether its file is the one that the budget is in.
    pub(super) fn is_in_own_file(&self, frame: &Frame) -> bool {
        frame.users_file().is_some_and(|file| file.ends_with(self.location.file()))
    }

    /// The crate that the user is in, where the budget says.
    pub(super) fn own_crate(&self) -> Option<String> {
        self.function.as_ref().map(|function| function.krate.to_owned())
    }

    /// The addresses on the stack at the verdict.
    pub(super) fn outwards(&self) -> impl Iterator<Item = usize> + use<> {
        self.stack.clone().into_iter()
    }
}

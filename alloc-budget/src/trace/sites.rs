//! From captured stacks to what a reader calls a call site: their own line, what it called, and who
//! called it.

use std::rc::Rc;

use crate::trace::boundary::{Boundary, Reach};
use crate::trace::call_site::{CallSite, Caller};
use crate::trace::first_use;
use crate::trace::frame::{Frame, Owner};
use crate::trace::names;
use crate::trace::paths::Places;
use crate::trace::spelling;
use crate::trace::stack;
use crate::trace::symbols::Symbols;

/// Finds the call sites of one budget.
pub(crate) struct Sites<'a> {
    /// What the budget is called.
    name: &'a str,
    boundary: Boundary<'a>,
    own_crate: Option<String>,
    places: Places,
    symbols: Symbols,
    has_looked_around: bool,
    /// Whether everything is to be said, instead of what is asked first.
    pub(super) all: bool,
}

impl<'a> Sites<'a> {
    pub(crate) fn new(name: &'a str, boundary: Boundary<'a>, all: bool) -> Self {
        let places = Places::new(boundary.location.file());
        let own_crate = boundary.own_crate();
        Self { name, boundary, own_crate, places, symbols: Symbols::default(), has_looked_around: false, all }
    }

    /// Looks at the budget's own frame, and further out, for where the workspace is, and for the
    /// crate.
    fn look_around(&mut self) {
        self.has_looked_around = true;
        for address in self.boundary.outwards() {
            if self.is_at_home() || self.resolve(address).iter().any(Frame::is_start) {
                break;
            }
        }
    }

    /// Whether the workspace and the crate are known.
    fn is_at_home(&self) -> bool {
        self.own_crate.is_some() && self.places.are_known()
    }

    pub(crate) fn call_site(&mut self, stack: &[usize], freed: bool) -> CallSite {
        let (resolved, is_cut) = self.within_budget(stack);
        if !self.has_looked_around && !self.is_at_home() {
            self.look_around();
        }
        let frames = self.outside_allocator(&resolved);
        let users = |frame: &&Frame| frame.owner(self.own_crate()) == Owner::User;
        let at = frames.iter().position(users);
        let called = &frames[..at.unwrap_or(frames.len())];
        let site = at.map(|at| self.line(frames[at]));
        let callers = frames.iter().skip(called.len() + 1).copied().filter(users);
        let callers = self.callers(callers, site.as_ref());
        let is_known = |frame: &&Frame| frame.file.is_some();
        CallSite {
            is_cut,
            is_vague: !frames.get(called.len()).or(frames.last()).is_some_and(is_known),
            via: spelling::via(called.iter().copied().filter(|frame| !frame.is_machinery()), self.all),
            at: site.unwrap_or_else(|| self.own_line(self.name.to_owned())),
            callers,
            first_use: first_use::among(&frames),
            freed,
            count: 0,
            bytes: 0,
        }
    }

    /// Who called the budgeted function, or the budget, the innermost first.
    pub(crate) fn beyond(&mut self) -> Vec<Caller> {
        let mut resolved = Vec::new();
        for address in self.boundary.outwards() {
            let frames = self.resolve(address);
            if frames.iter().any(Frame::is_start) {
                break;
            }
            resolved.push(frames);
        }
        let frames: Vec<&Frame> = resolved.iter().flat_map(|frames| frames.iter()).collect();
        let own = frames.iter().rposition(|frame| self.boundary.is_own(frame, true));
        let users = |frame: &&Frame| frame.owner(self.own_crate()) == Owner::User;
        let beyond = frames.iter().skip(own.map_or(0, |own| own + 1)).copied().filter(users);
        let mut callers = self.callers(beyond, None);
        callers.reverse();
        callers
    }

    fn own_crate(&self) -> Option<&str> {
        self.own_crate.as_deref()
    }

    /// What is at an address. In passing, from what is in the budget's own file: where the
    /// workspace is, and the name of the crate.
    fn resolve(&mut self, address: usize) -> Rc<[Frame]> {
        let frames = self.symbols.frames(address);
        if !self.is_at_home() {
            for frame in frames.iter().filter(|frame| self.boundary.is_in_own_file(frame)) {
                let krate = names::krate(&frame.function);
                if self.own_crate.is_none() {
                    self.own_crate = krate.map(str::to_owned);
                }
                let is_own = krate.is_none() || krate == self.own_crate.as_deref();
                if let Some(file) = frame.file.as_deref().filter(|_| is_own) {
                    self.places.learn(file);
                }
            }
        }
        frames
    }

    /// The functions on a stack that are not further out than the budget's own, and whether those
    /// are missing that are next to it. No others are asked for: the debug information of the C
    /// library takes longest to read.
    fn within_budget(&mut self, stack: &[usize]) -> (Vec<Rc<[Frame]>>, bool) {
        let Reach { addresses, is_exact, depth } = self.boundary.reach(stack, &mut self.symbols);
        let mut resolved = Vec::new();
        let mut ends_in_budget = false;
        for (at, address) in stack[..addresses].iter().enumerate() {
            let mut frames = self.resolve(*address);
            let is_budgets = is_exact && at + 1 == addresses;
            let mut own =
                frames.iter().position(|frame| self.boundary.is_own(frame, !is_exact || is_budgets));
            if own.is_none() && is_budgets {
                (frames, own) = self.boundary.named(frames, depth);
            }
            let is_last = own.is_some() || frames.iter().any(Frame::is_start);
            resolved.push(own.map_or(frames.clone(), |own| cut(&frames, own + 1)));
            if is_last {
                ends_in_budget = own.is_some();
                break;
            }
        }
        let mut is_cut = false;
        if !ends_in_budget {
            // The budget's frame is one of this crate's, or what it has inlined.
            let from = if is_exact { resolved.len() - 1 } else { 0 };
            let is_outside = |frame: &Frame| frame.is_outside(self.own_crate());
            let mut has_users = resolved[..from].iter().any(|frames| frames.iter().any(is_outside));
            let mut end = None;
            for (at, frames) in resolved.iter().enumerate().skip(from) {
                for (inside, frame) in frames.iter().enumerate() {
                    has_users |= is_outside(frame);
                    if has_users && frame.owner(self.own_crate()) == Owner::Machinery {
                        end = Some((at, inside));
                    }
                }
            }
            is_cut = end.is_none() && !stack::is_whole(stack);
            if let Some((at, inside)) = end {
                resolved.truncate(at + 1);
                resolved[at] = cut(&resolved[at], inside);
            }
        }
        (resolved, is_cut)
    }

    /// The functions without those of the allocator, in which the walk began. The program's own
    /// allocator may be around ours, or call what allocates.
    fn outside_allocator<'f>(&self, resolved: &'f [Rc<[Frame]>]) -> Vec<&'f Frame> {
        let mut frames: Vec<_> = resolved.iter().flat_map(|frames| frames.iter()).collect();
        let outside = frames.iter().position(|frame| frame.is_outside(self.own_crate()));
        let machinery = frames[..outside.unwrap_or(frames.len())]
            .iter()
            .rposition(|frame| frame.owner(self.own_crate()) == Owner::Machinery);
        let allocator = frames.iter().rposition(|frame| frame.is_allocator());
        frames.drain(..machinery.max(allocator).map_or(0, |at| at + 1));
        frames
    }

    fn line(&self, frame: &Frame) -> Caller {
        let function = names::tidy(&frame.function, self.own_crate());
        // Of what a macro of a dependency has made, the file says nothing. What the optimiser has
        // merged has no line.
        let is_vague = frame.users_file().is_none() || frame.line == 0;
        match &frame.file {
            _ if is_vague && self.boundary.is_own(frame, true) => self.own_line(function),
            None => Caller { file: None, line: 0, column: 0, function },
            Some(file) => {
                let file = Some(self.places.shown(file));
                Caller { file, line: frame.line, column: frame.column, function }
            }
        }
    }

    /// Where the budget itself is.
    fn own_line(&self, function: String) -> Caller {
        let location = self.boundary.location;
        let file = Some(self.places.shown(location.file().as_ref()));
        Caller { file, line: location.line(), column: location.column(), function }
    }

    /// The way through the user's functions to `site`, outermost first. Where it has come back to a
    /// function, the round is left out: a recursion is one line, however deep. `frames` are
    /// innermost first.
    fn callers<'f>(
        &self,
        frames: impl DoubleEndedIterator<Item = &'f Frame>,
        site: Option<&Caller>,
    ) -> Vec<Caller> {
        let mut callers: Vec<Caller> = Vec::new();
        let leave_round_out = |callers: &mut Vec<Caller>, to: &Caller| {
            let known = callers.iter().position(|caller| caller.is_in_function_of(to));
            callers.truncate(known.unwrap_or(callers.len()));
        };
        for frame in frames.rev() {
            let caller = self.line(frame);
            leave_round_out(&mut callers, &caller);
            callers.push(caller);
        }
        if let Some(site) = site {
            leave_round_out(&mut callers, site);
        }
        callers
    }
}

/// The innermost `len` of what is inlined at one address.
fn cut(frames: &Rc<[Frame]>, len: usize) -> Rc<[Frame]> {
    if len == frames.len() { frames.clone() } else { frames[..len].to_vec().into() }
}

/// The optimiser gives line 0 to what it has merged from several lines.
#[test]
fn a_budgeted_function_without_a_line_has_the_budgets_own() {
    use std::panic::Location;

    use crate::trace::boundary::Function;

    let location = Location::caller();
    let function = Function { krate: "app", path: "codec::encode".to_owned() };
    let sites = Sites::new("codec::encode", Boundary::here(Some(function), location), false);
    let line_of = |function: &str| {
        let file = Some("/home/me/app/src/codec.rs".into());
        sites.line(&Frame { function: function.to_owned(), file, line: 0, column: 0 }).line
    };
    assert_eq!([line_of("app::codec::encode"), line_of("app::codec::frame")], [location.line(), 0]);
}

//! Calls that never come back. Compilers put other code behind those, which must not be taken for
//! what follows.
//!
//! A function may come back unless every way through it ends in a panic that it does not catch, in
//! the process' end, in a trap, or goes in circles for ever. In doubt it may.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::externals::{self, Class};
use crate::image::{Address, ExternalId, Pointer};
use crate::instruction::{Flow, Value};
use crate::landing::Pad;
use crate::program::Program;
use crate::roles::Role;

/// What is known so far.
#[derive(Debug, Default)]
pub(crate) struct Returns(RefCell<HashMap<(Address, Way), bool>>);

/// Which ways back are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    Any,
    /// Without calling a function that allocates or frees and has a name of C's, or is another
    /// file's.
    PastAllocators,
}

/// How deep calls are followed: behind that, they may come back.
const DEPTH: usize = 100;

impl Program<'_> {
    /// Whether a call of what begins there may come back.
    pub(crate) fn may_return(&self, function: Address) -> bool {
        self.may_return_by(Way::Any, function, 0)
    }

    /// Whether it may without calling an allocator that is known by its name.
    pub(crate) fn may_pass_allocators(&self, function: Address) -> bool {
        self.may_return_by(Way::PastAllocators, function, 0)
    }

    /// Whether a call of another file's function may come back.
    pub(crate) fn external_may_return(&self, id: ExternalId) -> bool {
        self.external_may_return_by(Way::Any, id)
    }

    fn external_may_return_by(&self, way: Way, id: ExternalId) -> bool {
        match externals::class(self.image.external_symbol(id)) {
            Some(Class::Panics | Class::Ends | Class::Leaves) => false,
            Some(Class::Allocates | Class::Reallocates | Class::Frees) => way == Way::Any,
            _ => true,
        }
    }

    fn may_return_by(&self, way: Way, function: Address, depth: usize) -> bool {
        // Those of Rust end in others.
        let is_of_rust = || self.functions.at(function).is_some_and(|function| !function.paths.is_empty());
        match (self.roles.at(function), way) {
            (Some(Role::Panics), _) => return false,
            (Some(Role::Allocates | Role::Reallocates | Role::Frees), Way::PastAllocators) => {
                if !is_of_rust() {
                    return false;
                }
            }
            (Some(_), _) => return true,
            (None, _) => {}
        }
        if let Some(known) = self.returns.0.borrow().get(&(function, way)) {
            return *known;
        }
        if depth > DEPTH {
            return true;
        }
        // Whoever asks for it again on the way is told that it may.
        self.returns.0.borrow_mut().insert((function, way), true);
        let may = Search::new(function, way).may_return(self, depth);
        self.returns.0.borrow_mut().insert((function, way), may);
        may
    }
}

/// The search for a way back in one function.
struct Search {
    function: Address,
    way: Way,
    seen: HashSet<Address>,
    ready: Vec<Address>,
    /// Calls, and where they come back to; a jump instead of a call comes back to the caller.
    waiting: Vec<(Address, Option<Address>)>,
}

impl Search {
    fn new(function: Address, way: Way) -> Self {
        Self { function, way, seen: HashSet::new(), ready: vec![function], waiting: Vec::new() }
    }

    fn may_return(&mut self, program: &Program<'_>, depth: usize) -> bool {
        loop {
            while let Some(block) = self.ready.pop() {
                if self.seen.insert(block) && self.leaves(program, block) {
                    return true;
                }
            }
            // What needs no look at other functions comes first.
            let Some((callee, back)) = self.waiting.pop() else { return false };
            let is_done = back.is_some_and(|back| self.seen.contains(&back));
            if is_done || !program.may_return_by(self.way, callee, depth + 1) {
                continue;
            }
            match back {
                Some(back) => self.ready.push(back),
                None => return true,
            }
        }
    }

    /// Whether the block goes back to the caller, as far as it alone tells.
    fn leaves(&mut self, program: &Program<'_>, block: Address) -> bool {
        let block = program.block(block);
        let Some(last) = &block.last else { return true };
        if matches!(last.flow, Flow::Call(_) | Flow::CallTo(_)) {
            match program.pads.of_call(last.end) {
                Some(Pad::Catches(pad)) => self.ready.push(pad),
                Some(Pad::Unknown) => return true,
                None => {}
            }
        }
        match &last.flow {
            Flow::Next | Flow::Return | Flow::Unknown(_) => return true,
            Flow::Trap => {}
            Flow::System => self.ready.push(last.end),
            Flow::Jump(to) => self.jump(program, *to),
            Flow::Branch(to, _) => {
                self.jump(program, *to);
                self.ready.push(last.end);
            }
            Flow::Call(to) => self.waiting.push((*to, Some(last.end))),
            Flow::CallTo(to) => match constant(program, to) {
                Some(Pointer::Local(to)) => self.waiting.push((to, Some(last.end))),
                Some(Pointer::External(id)) if !program.external_may_return_by(self.way, id) => {}
                _ => self.ready.push(last.end),
            },
            Flow::JumpTo(to) => match constant(program, to) {
                Some(Pointer::Local(to)) => self.waiting.push((to, None)),
                Some(Pointer::External(id)) => return program.external_may_return_by(self.way, id),
                _ => return true,
            },
        }
        false
    }

    fn jump(&mut self, program: &Program<'_>, to: Address) {
        if to != self.function && program.functions.at(to).is_some() {
            self.waiting.push((to, None));
        } else {
            self.ready.push(to);
        }
    }
}

/// Where a call goes that the loader has filled in.
fn constant(program: &Program<'_>, value: &Value) -> Option<Pointer> {
    match value {
        Value::Memory(place) if place.base.is_none() && place.index.is_none() && !place.is_hidden => {
            program.image.constant(place.offset.cast_unsigned())
        }
        _ => None,
    }
}

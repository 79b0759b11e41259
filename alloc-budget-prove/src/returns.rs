//! Calls that never come back. Compilers put other code behind those, which must not be taken for what follows.
//!
//! A function may come back unless every way through it ends in a panic that it does not catch, in the process' end, in a
//! trap, or goes in circles for ever. In doubt it may.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::decode::{Flow, Value};
use crate::externals::{self, Class};
use crate::image::{Address, ExternalId, Pointer};
use crate::landing::Pad;
use crate::program::Program;
use crate::roles::Role;

/// What is known so far.
#[derive(Debug, Default)]
pub(crate) struct Returns(RefCell<HashMap<Address, bool>>);

/// How deep calls are followed: behind that, they may come back.
const DEPTH: usize = 100;

impl Program<'_> {
    /// Whether a call of what begins there may come back.
    pub(crate) fn may_return(&self, function: Address) -> bool {
        self.may_return_from(function, 0)
    }

    /// Whether a call of another file's function may.
    pub(crate) fn external_may_return(&self, id: ExternalId) -> bool {
        !matches!(
            externals::class(self.image.external_symbol(id)),
            Some(Class::Panics | Class::Ends | Class::Leaves)
        )
    }

    fn may_return_from(&self, function: Address, depth: usize) -> bool {
        match self.roles.at(function) {
            Some(Role::Panics) => return false,
            Some(_) => return true,
            None => {}
        }
        if let Some(known) = self.returns.0.borrow().get(&function) {
            return *known;
        }
        if depth > DEPTH {
            return true;
        }
        // Whoever asks for it again on the way is told that it may.
        self.returns.0.borrow_mut().insert(function, true);
        let may = Search::new(function).may_return(self, depth);
        self.returns.0.borrow_mut().insert(function, may);
        may
    }
}

/// The search for a way back in one function.
struct Search {
    function: Address,
    seen: HashSet<Address>,
    ready: Vec<Address>,
    /// Calls, and where they come back to; a jump instead of a call comes back to the caller.
    waiting: Vec<(Address, Option<Address>)>,
}

impl Search {
    fn new(function: Address) -> Self {
        Self { function, seen: HashSet::new(), ready: vec![function], waiting: Vec::new() }
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
            if is_done || !program.may_return_from(callee, depth + 1) {
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
                Some(Pointer::External(id)) if !program.external_may_return(id) => {}
                _ => self.ready.push(last.end),
            },
            Flow::JumpTo(to) => match constant(program, to) {
                Some(Pointer::Local(to)) => self.waiting.push((to, None)),
                Some(Pointer::External(id)) => return program.external_may_return(id),
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

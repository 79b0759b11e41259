//! One function, followed from its entry with what is known of its arguments: all calls that it may
//! make.
//!
//! Control is followed wherever it goes. A jump is a call without a way back if the stack is as the
//! function found it and another function begins there. Any other jump stays in this walk, be it
//! into another function's middle.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::image::{Address, ExternalId};
use crate::instruction::{Flow, Instruction, Register, Value};
use crate::landing::Pad;
use crate::program::Program;
use crate::proof::Cause;
use crate::state::{Context, State};
use crate::tables;
use crate::values::Abstract;

/// What a walk has found.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) calls: Vec<Call>,
    /// What was not understood, and where.
    pub(crate) problems: Vec<(Address, Cause)>,
    /// Numbers that registers held, and that nothing is known of any more where ways meet.
    pub(crate) lost: BTreeSet<u64>,
    /// The code that may run.
    pub(crate) code: Vec<Range<Address>>,
}

/// A call, or a jump to another function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) at: Address,
    pub(crate) callee: Callee,
    pub(crate) context: Context,
    /// Whether the first argument is an address of the function's own stack.
    pub(crate) is_on_own: bool,
}

/// Whom a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callee {
    Local(Address),
    External(ExternalId, Option<u64>),
    System(Option<u64>),
}

/// How many blocks one walk has at most. The longest functions that people write have some
/// thousand.
const BLOCKS: usize = 50_000;
/// How often a block is looked at before all that is known there is given up.
const ROUNDS: u32 = 200;

pub(crate) fn walk(program: &Program<'_>, entry: Address, context: &Context) -> Walk {
    watch(program, entry, context, &mut |_, _| {})
}

/// The same, and shows each instruction with what is known before it.
pub(crate) fn watch(
    program: &Program<'_>,
    entry: Address,
    context: &Context,
    show: &mut dyn FnMut(&Instruction, &State),
) -> Walk {
    let walker = Walker { program, entry };
    let Some(states) = walker.settle(context) else {
        let cause = Cause::NotUnderstood("more code than is followed".to_owned());
        return Walk { problems: vec![(entry, cause)], ..Walk::default() };
    };
    let mut found = Walk::default();
    for (block, state) in &states {
        for (to, way) in walker.leave(*block, state, &mut found, show) {
            found.lost.extend(way.lost_in(&states[&to]));
        }
        found.code.push(*block..program.block(*block).end(*block));
    }
    found
}

struct Walker<'walk, 'data> {
    program: &'walk Program<'data>,
    entry: Address,
}

/// Where control may go, and what is known there.
type Ways = Vec<(Address, State)>;

impl Walker<'_, '_> {
    /// What is known at the begin of each block, whichever way control comes in.
    fn settle(&self, context: &Context) -> Option<BTreeMap<Address, State>> {
        let mut states = BTreeMap::from([(self.entry, State::at_entry(context))]);
        let mut rounds: BTreeMap<Address, u32> = BTreeMap::new();
        let mut changed = BTreeSet::from([self.entry]);
        while let Some(block) = changed.pop_first() {
            if states.len() > BLOCKS {
                return None;
            }
            let round = rounds.entry(block).or_default();
            *round += 1;
            if *round > ROUNDS {
                states.insert(block, State::unknown());
            }
            for (to, state) in self.leave(block, &states[&block], &mut Walk::default(), &mut |_, _| {}) {
                let is_new = if let Some(known) = states.get_mut(&to) {
                    known.meet(&state)
                } else {
                    states.insert(to, state);
                    true
                };
                if is_new {
                    changed.insert(to);
                }
            }
        }
        Some(states)
    }

    /// Runs a block, and tells where it may go.
    fn leave(
        &self,
        block: Address,
        state: &State,
        found: &mut Walk,
        show: &mut dyn FnMut(&Instruction, &State),
    ) -> Ways {
        let code = self.program.block(block);
        let mut state = state.clone();
        for instruction in &code.instructions {
            show(instruction, &state);
            state.step(instruction, self.program);
        }
        let Some(last) = &code.last else {
            found.not_understood(code.end(block), "code that ends without a return, or is none");
            return Ways::new();
        };
        show(last, &state);
        let before = state.clone();
        state.step(last, self.program);
        let mut ways = Ways::new();
        match &last.flow {
            Flow::Next => unreachable!("a block ends where control may go elsewhere"),
            Flow::Jump(to) => self.jump(last, *to, state, found, &mut ways),
            Flow::Branch(to, condition) => {
                let (mut taken, mut passed) = (state.clone(), state);
                taken.branch(*condition, true);
                passed.branch(*condition, false);
                self.jump(last, *to, taken, found, &mut ways);
                ways.push((last.end, passed));
            }
            Flow::JumpTo(value) => match self.target(value, last.at, &before) {
                Abstract::OneOf(places) => {
                    for to in places.iter() {
                        self.jump(last, *to, state.clone(), found, &mut ways);
                    }
                }
                Abstract::External(id) => {
                    found.call(last.at, self.external(id, &state), &state, self.program);
                    if !state.is_balanced() {
                        found.not_understood(
                            last.at,
                            "a jump to another file, with the stack not as it was found",
                        );
                    }
                }
                _ => found.problem(last.at, indirect("jump", value)),
            },
            Flow::Call(to) => {
                found.call(last.at, Callee::Local(*to), &state, self.program);
                self.come_back(last, state, self.program.may_return(*to), found, &mut ways);
            }
            Flow::CallTo(value) => {
                let may_return = match before.value(value, self.program) {
                    Abstract::OneOf(callees) => {
                        for to in callees.iter() {
                            found.call(last.at, Callee::Local(*to), &state, self.program);
                        }
                        callees.iter().any(|to| self.program.may_return(*to))
                    }
                    Abstract::External(id) => {
                        found.call(last.at, self.external(id, &state), &state, self.program);
                        self.program.external_may_return(id)
                    }
                    _ => {
                        found.problem(last.at, indirect("call", value));
                        true
                    }
                };
                self.come_back(last, state, may_return, found, &mut ways);
            }
            Flow::Return => {
                if !state.is_balanced() {
                    found.not_understood(last.at, "a return to elsewhere than the caller");
                }
            }
            Flow::Trap => {}
            Flow::System => {
                let number = state.register(Register::RESULT).as_constant();
                found.call(last.at, Callee::System(number), &state, self.program);
                state.return_from_call();
                ways.push((last.end, state));
            }
            Flow::Unknown(name) => found.not_understood(last.at, &format!("instruction `{name}`")),
        }
        ways
    }

    fn target(&self, value: &Value, jump: Address, state: &State) -> Abstract {
        if let Value::Memory(place) = value
            && let Some(table) = state.open_table(place)
        {
            let targets = tables::addresses(self.program, table, jump);
            return targets.map_or(Abstract::Unknown, Abstract::one_of);
        }
        state.value(value, self.program)
    }

    fn external(&self, id: ExternalId, state: &State) -> Callee {
        let _ = self;
        Callee::External(id, state.register(Register::ARGUMENTS[0]).as_constant())
    }

    fn jump(&self, from: &Instruction, to: Address, state: State, found: &mut Walk, ways: &mut Ways) {
        let is_function = self.program.functions.at(to).is_some();
        if is_function && to != self.entry && state.is_balanced() {
            found.call(from.at, Callee::Local(to), &state, self.program);
        } else {
            ways.push((to, state));
        }
    }

    /// Goes on behind a call, and where a panic of the call ends.
    fn come_back(
        &self,
        call: &Instruction,
        mut state: State,
        may_return: bool,
        found: &mut Walk,
        ways: &mut Ways,
    ) {
        state.return_from_call();
        match self.program.pads.of_call(call.end) {
            // The unwinder gives back what a call does not change, and the stack pointer with it.
            Some(Pad::Catches(pad)) => ways.push((pad, state.clone())),
            Some(Pad::Unknown) => found.not_understood(call.at, "a table of landing pads"),
            None => {}
        }
        if may_return {
            ways.push((call.end, state));
        }
    }
}

fn indirect(what: &str, value: &Value) -> Cause {
    let through = match value {
        Value::Memory(place) if place.is_hidden => "a variable of the thread's own",
        Value::Memory(place) if place.base.is_none() && place.index.is_none() => "a variable",
        Value::Memory(place) if place.index.is_some() => "a table",
        Value::Memory(_) => "memory, as of a trait object",
        _ => "a register",
    };
    Cause::Indirect(format!("an indirect {what} through {through}"))
}

impl Walk {
    fn call(&mut self, at: Address, callee: Callee, state: &State, program: &Program<'_>) {
        let context = state.context(|address| program.is_worth_knowing(address));
        let is_on_own = matches!(state.register(Register::ARGUMENTS[0]), Abstract::Stack(_));
        self.calls.push(Call { at, callee, context, is_on_own });
    }

    fn problem(&mut self, at: Address, cause: Cause) {
        self.problems.push((at, cause));
    }

    fn not_understood(&mut self, at: Address, what: &str) {
        self.problem(at, Cause::NotUnderstood(what.to_owned()));
    }
}

impl Program<'_> {
    /// Whether it is a function's address, or one of a table of such that nobody writes to.
    fn is_worth_knowing(&self, address: Address) -> bool {
        if self.image.is_code(address) {
            return self.functions.at(address).is_some();
        }
        let is_function = |at: Address| matches!(self.image.constant(at), Some(crate::image::Pointer::Local(to)) if self.functions.at(to).is_some());
        // A vtable begins with how to drop, the size and the alignment.
        address.is_multiple_of(8)
            && self.image.is_constant(address)
            && (0..4).any(|word| is_function(address.wrapping_add(8 * word)))
    }
}

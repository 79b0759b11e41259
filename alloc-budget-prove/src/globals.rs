//! Function pointers that the program writes to: those of which every write is seen.
//!
//! Libraries keep in such a variable which of several functions the processor is best served by. It
//! may hold what it begins with, and what some instruction writes to it. That is all if its address
//! goes nowhere but into loads and stores: no other variable holds it, nobody is given it, and no
//! code gets to the instructions around other than from their function's entry.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::decode;
use crate::image::{Address, Pointer};
use crate::instruction::{Effect, Flow, Instruction, Register, Value};
use crate::program::Program;
use crate::state::{Context, State};
use crate::values::Abstract;
use crate::walk;

/// What each variable may hold.
pub(crate) type Globals = HashMap<Address, Rc<[u64]>>;

/// Finds the variables of a program whose values are all known.
pub(crate) fn globals(program: &Program<'_>) -> Globals {
    let mut found: BTreeMap<Address, BTreeSet<u64>> = candidates(program);
    if found.is_empty() {
        return Globals::new();
    }
    let slots = slots(program, &mut found);
    let uses = Uses::of(program, &found, &slots);
    let wrong = |global: &Address| !uses.holds(program, *global);
    let wrong: Vec<Address> = found.keys().copied().filter(wrong).collect();
    found.retain(|global, _| !wrong.contains(global));
    let mut given_up = BTreeSet::new();
    for (global, values) in &mut found {
        for function in uses.functions(*global) {
            match written(program, *global, function, uses.count(*global, function), &slots) {
                Some(more) => values.extend(more),
                None => {
                    given_up.insert(*global);
                }
            }
        }
    }
    let known = found.into_iter().filter(|(global, _)| !given_up.contains(global));
    known.map(|(global, values)| (global, values.into_iter().collect())).collect()
}

/// Variables of eight bytes that begin as a function's address, and that only this file knows.
fn candidates(program: &Program<'_>) -> BTreeMap<Address, BTreeSet<u64>> {
    if !program.image.is_movable() {
        // Its addresses may be anywhere, as numbers.
        return BTreeMap::new();
    }
    let begins: HashMap<Address, Pointer> = program.image.pointers().collect();
    let begin = |global: &Address| match begins.get(global) {
        Some(Pointer::Local(function)) if program.functions.at(*function).is_some() => Some(*function),
        _ => None,
    };
    let variables = program.image.own_words_of_rust();
    let variables = variables.filter(|global| !program.image.is_constant(*global));
    variables.filter_map(|global| Some((global, BTreeSet::from([begin(&global)?])))).collect()
}

/// Where the addresses of variables are kept for code to load; other variables that have one rule
/// it out.
fn slots(program: &Program<'_>, found: &mut BTreeMap<Address, BTreeSet<u64>>) -> HashMap<Address, Address> {
    let mut slots = HashMap::new();
    for (at, pointer) in program.image.pointers() {
        let Pointer::Local(to) = pointer else { continue };
        let Some(global) = touched(found, to, 1) else { continue };
        if to == global && program.image.is_slot(at) {
            slots.insert(at, global);
        } else {
            found.remove(&global);
        }
    }
    for (_, pointer) in program.image.pointers() {
        if let Pointer::Local(to) = pointer
            && let Some(global) = slots.get(&to)
        {
            found.remove(global);
        }
    }
    slots.retain(|_, global| found.contains_key(global));
    slots
}

/// The variable that some bytes are of.
fn touched<T>(globals: &BTreeMap<Address, T>, at: Address, length: u64) -> Option<Address> {
    let (global, _) = globals.range(..at.saturating_add(length.max(1))).next_back()?;
    (at < global.saturating_add(8)).then_some(*global)
}

/// Where variables are used, in all of the file's code.
#[derive(Debug, Default)]
struct Uses {
    /// By variable and function: how many instructions.
    by_function: BTreeMap<(Address, Address), usize>,
    /// Used by code of no function.
    outside: BTreeSet<Address>,
    /// Places that other functions know of in each one, other than its entry.
    entered: BTreeSet<Address>,
}

/// All of a file's code, anew from each function's entry: between functions may be what is no code.
fn instructions(program: &Program<'_>) -> impl Iterator<Item = Instruction> {
    let mut begins: BTreeMap<Address, Address> =
        program.image.code().map(|code| (code.start, code.end)).collect();
    for function in program.functions.all() {
        if let Some((_, end)) = begins.range(..=function.range.start).next_back() {
            let end = *end;
            begins.insert(function.range.start, end);
        }
    }
    let next: Vec<Address> = begins.keys().skip(1).copied().chain([Address::MAX]).collect();
    begins.into_iter().zip(next).flat_map(|((begin, end), next)| {
        let length = usize::try_from(end.min(next).saturating_sub(begin)).unwrap_or(usize::MAX);
        let bytes = program.image.bytes(begin, length).unwrap_or_default();
        decode::decode(bytes, begin)
    })
}

impl Uses {
    fn of(
        program: &Program<'_>,
        found: &BTreeMap<Address, BTreeSet<u64>>,
        slots: &HashMap<Address, Address>,
    ) -> Self {
        let mut uses = Self::default();
        for instruction in instructions(program) {
            let function = program.functions.around(instruction.at).map(|function| function.range.start);
            if let Flow::Jump(to) | Flow::Branch(to, _) | Flow::Call(to) = &instruction.flow {
                uses.enter(program, function, *to);
            }
            let Some((address, length)) = instruction.fixed else { continue };
            uses.enter(program, function, address);
            let global = slots.get(&address).copied().or_else(|| touched(found, address, length));
            match (global, function) {
                (Some(global), Some(function)) => {
                    *uses.by_function.entry((global, function)).or_default() += 1;
                }
                (Some(global), None) => {
                    uses.outside.insert(global);
                }
                (None, _) => {}
            }
        }
        for (_, pointer) in program.image.pointers() {
            if let Pointer::Local(to) = pointer {
                uses.enter(program, None, to);
            }
        }
        uses
    }

    fn enter(&mut self, program: &Program<'_>, from: Option<Address>, to: Address) {
        let Some(function) = program.functions.around(to) else { return };
        if function.range.start != to && from != Some(function.range.start) {
            self.entered.insert(function.range.start);
        }
    }

    fn functions(&self, global: Address) -> impl Iterator<Item = Address> {
        self.by_function.range((global, 0)..=(global, u64::MAX)).map(|((_, function), _)| *function)
    }

    fn count(&self, global: Address, function: Address) -> usize {
        self.by_function.get(&(global, function)).copied().unwrap_or(0)
    }

    /// Whether nothing speaks against it so far.
    fn holds(&self, program: &Program<'_>, global: Address) -> bool {
        let is_closed =
            |function: Address| !self.entered.contains(&function) && program.functions.at(function).is_some();
        !self.outside.contains(&global) && self.functions(global).all(is_closed)
    }
}

/// What a function writes to a variable; none if its address may go elsewhere.
fn written(
    program: &Program<'_>,
    global: Address,
    function: Address,
    uses: usize,
    slots: &HashMap<Address, Address>,
) -> Option<Vec<u64>> {
    let variable = Variable { program, global };
    let mut values = Vec::new();
    let mut seen = BTreeSet::new();
    let mut is_closed = true;
    let found = walk::watch(program, function, &Context::default(), &mut |instruction, state| {
        let is_use = |(address, length): (Address, u64)| {
            slots.get(&address) == Some(&global)
                || (address < global.saturating_add(8) && address.saturating_add(length) > global)
        };
        if let Some(at) = instruction.fixed.filter(|at| is_use(*at)) {
            seen.insert(instruction.at);
            // Where the address is kept may be given away too.
            let is_loaded = matches!(instruction.effect, Effect::Set(_, Value::Memory(_)));
            is_closed &= is_loaded || !slots.contains_key(&at.0);
        }
        match variable.written_by(instruction, state) {
            Some(more) => values.extend(more),
            None => is_closed = false,
        }
    });
    // What is only reached in a panic, or by a way that was not understood, may do anything with
    // it.
    let is_lost = found.lost.range(global..global.saturating_add(8)).next().is_some();
    (is_closed && !is_lost && seen.len() == uses).then_some(values)
}

struct Variable<'a, 'data> {
    program: &'a Program<'data>,
    global: Address,
}

impl Variable<'_, '_> {
    /// What an instruction writes to it; none if it may do something else with its address.
    fn written_by(&self, instruction: &Instruction, state: &State) -> Option<Vec<u64>> {
        let program = self.program;
        let holds = |register: &Register| self.is_in(state.register(*register));
        let is_given = instruction.reads.iter().any(|register| holds(&register));
        let nothing = Some(Vec::new());
        if instruction.flow != Flow::Next {
            let is_closed = !is_given && self.is_left_behind(&instruction.flow, state);
            return nothing.filter(|_| is_closed);
        }
        match &instruction.effect {
            Effect::Set(_, Value::Register(_)) => nothing,
            Effect::Set(_, Value::Memory(place)) if self.is_at(&state.address(place)) => nothing,
            Effect::Store(place, 8, value) if self.is_at(&state.address(place)) => {
                let values = state.value(value, program).all()?;
                values.iter().all(|value| program.functions.at(*value).is_some()).then_some(values)
            }
            Effect::Store(place, length, _) => {
                nothing.filter(|_| !is_given && !self.is_hit(&state.address(place), *length))
            }
            Effect::Forgets(forgotten) => {
                let is_hit = forgotten
                    .memory
                    .iter()
                    .any(|(place, length)| self.is_hit(&state.address(place), *length));
                nothing.filter(|_| !is_given && !is_hit)
            }
            _ => nothing.filter(|_| !is_given),
        }
    }

    fn is_at(&self, address: &Abstract) -> bool {
        address.as_constant() == Some(self.global)
    }

    fn is_in(&self, value: &Abstract) -> bool {
        self.is_hit(value, 1)
    }

    fn is_hit(&self, address: &Abstract, length: u64) -> bool {
        let is_hit =
            |at: &u64| *at < self.global.saturating_add(8) && at.saturating_add(length) > self.global;
        matches!(address, Abstract::OneOf(all) if all.iter().any(is_hit))
    }

    /// Whether no register that still holds the address is of use to where control goes.
    fn is_left_behind(&self, flow: &Flow, state: &State) -> bool {
        let held: Vec<Register> =
            Register::all().filter(|register| self.is_in(state.register(*register))).collect();
        if held.is_empty() {
            return true;
        }
        let is_changed = |register: &Register| Register::CHANGED_BY_CALLS.contains(register);
        let is_unread = |to: &Address| {
            held.iter().all(|register| is_changed(register) && !self.program.may_read(*to, *register))
        };
        let is_function = |to: &Address| self.program.functions.at(*to).is_some();
        match flow {
            // Others are followed.
            Flow::Jump(to) | Flow::Branch(to, _) => !is_function(to) || is_unread(to),
            Flow::Call(to) => is_unread(to),
            Flow::CallTo(value) | Flow::JumpTo(value) => {
                state.value(value, self.program).all().is_some_and(|all| all.iter().all(is_unread))
            }
            Flow::Return => !held.iter().any(|register| Register::RETURNED.contains(register)),
            Flow::Trap => true,
            Flow::Next | Flow::System | Flow::Unknown(_) => false,
        }
    }
}

//! What registers and a function's own stack hold at one place.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::image::{Address, Pointer};
use crate::instruction::{Condition, Effect, Forgotten, Instruction, Place, Register, Value};
use crate::program::Program;
use crate::tables;
use crate::values::{Abstract, is_bound};

/// What is known at one place of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    registers: [Abstract; Register::COUNT],
    /// What the function has put on its stack, by distance as in [`Abstract::Stack`], eight bytes
    /// each.
    ///
    /// Kept only while nothing else can have written there: a call ends it, and so does a write to
    /// a place that is not known.
    slots: BTreeMap<i64, Abstract>,
    /// An address of the own stack may be known elsewhere, say to another thread: nothing on it is
    /// known from then on.
    has_escaped: bool,
    /// The address to return to was written over.
    pub(crate) has_lost_return: bool,
    compared: Option<(Register, u8, u64)>,
}

impl State {
    /// Where a function begins, with what is known of its arguments.
    pub(crate) fn at_entry(context: &Context) -> Self {
        let mut state = Self {
            registers: std::array::from_fn(|_| Abstract::Unknown),
            slots: BTreeMap::new(),
            has_escaped: false,
            has_lost_return: false,
            compared: None,
        };
        state.registers[Register::STACK.index()] = Abstract::Stack(0);
        for (register, value) in Register::ARGUMENTS.iter().zip(context) {
            if let Some(value) = value {
                state.registers[register.index()] = Abstract::constant(*value);
            }
        }
        state
    }

    /// Nothing at all is known.
    pub(crate) fn unknown() -> Self {
        let mut state = Self::at_entry(&Context::default());
        state.registers[Register::STACK.index()] = Abstract::Unknown;
        state.has_escaped = true;
        state
    }

    /// Takes in what another way to the same place knows. Tells whether anything has changed.
    pub(crate) fn meet(&mut self, other: &Self) -> bool {
        let before = self.clone();
        for (mine, theirs) in self.registers.iter_mut().zip(&other.registers) {
            let either = mine.or(theirs);
            // An address of the stack that is no longer known for one may be given away unseen.
            let is_stack = |value: &Abstract| matches!(value, Abstract::Stack(_));
            self.has_escaped |= !is_stack(&either) && (is_stack(mine) || is_stack(theirs));
            *mine = either;
        }
        self.has_escaped |= other.has_escaped;
        self.has_lost_return |= other.has_lost_return;
        if self.compared != other.compared {
            self.compared = None;
        }
        let has_escaped = self.has_escaped;
        self.slots.retain(|at, mine| {
            let Some(theirs) = other.slots.get(at).filter(|_| !has_escaped) else { return false };
            *mine = mine.or(theirs);
            *mine != Abstract::Unknown
        });
        *self != before
    }

    /// The numbers in registers of which another state no longer knows.
    pub(crate) fn lost_in(&self, later: &Self) -> Vec<u64> {
        let pairs = self.registers.iter().zip(&later.registers);
        let lost = pairs.filter(|(before, after)| {
            matches!(before, Abstract::OneOf(_)) && !matches!(after, Abstract::OneOf(_))
        });
        lost.flat_map(|(before, _)| before.all().unwrap_or_default()).collect()
    }

    pub(crate) fn register(&self, register: Register) -> &Abstract {
        &self.registers[register.index()]
    }

    /// Whether a return goes back to the caller.
    pub(crate) fn is_balanced(&self) -> bool {
        *self.register(Register::STACK) == Abstract::Stack(0) && !self.has_lost_return
    }

    pub(crate) fn value(&self, value: &Value, program: &Program<'_>) -> Abstract {
        match value {
            Value::Constant(constant) => Abstract::constant(*constant),
            Value::Register(register) => self.register(*register).clone(),
            Value::Lower(register, bits) => self.register(*register).lower(*bits),
            Value::UpTo(max) => Abstract::UpTo { max: *max, bits: 64 },
            Value::Memory(place) => self.load(place, program),
            Value::Address(place) => self.address(place),
            Value::Offset(place) => self.load_offset(place, program),
            Value::Unknown => Abstract::Unknown,
        }
    }

    /// Where a place is.
    pub(crate) fn address(&self, place: &Place) -> Abstract {
        if place.is_hidden {
            return Abstract::Unknown;
        }
        let base = place.base.map_or(Abstract::constant(0), |base| self.register(base).clone());
        if let (Abstract::Stack(distance), None) = (&base, place.index) {
            return Abstract::Stack(distance.wrapping_add(place.offset));
        }
        let moved = base.with(&Abstract::constant(place.offset.cast_unsigned()), u64::wrapping_add);
        let Some((index, scale)) = place.index else { return moved };
        moved
            .with(self.register(index), |base, index| base.wrapping_add(index.wrapping_mul(u64::from(scale))))
    }

    fn load(&self, place: &Place, program: &Program<'_>) -> Abstract {
        let address = self.address(place);
        if let Abstract::Stack(distance) = address {
            return self.slots.get(&distance).cloned().unwrap_or(Abstract::Unknown);
        }
        if let Some(values) = address.as_constant().and_then(|at| program.globals.get(&at)) {
            return Abstract::OneOf(Rc::clone(values));
        }
        let pointers: Option<Vec<Pointer>> =
            address.all().and_then(|all| all.iter().map(|at| program.image.constant(*at)).collect());
        match pointers.as_deref() {
            Some([Pointer::External(id)]) => Abstract::External(*id),
            Some(pointers) => {
                let local = |pointer: &Pointer| match pointer {
                    Pointer::Local(address) => Some(*address),
                    _ => None,
                };
                pointers
                    .iter()
                    .map(local)
                    .collect::<Option<Vec<_>>>()
                    .map_or(Abstract::Unknown, Abstract::one_of)
            }
            None => Abstract::Unknown,
        }
    }

    /// Where a table of addresses begins, if the code does not say how long it is.
    pub(crate) fn open_table(&self, place: &Place) -> Option<Address> {
        let (index, _) = place.index.filter(|(_, scale)| *scale == 8 && !place.is_hidden)?;
        let is_bound = self.register(index).all().is_some_and(|all| is_bound(&all));
        let base = Place { index: None, ..*place };
        self.address(&base).as_constant().filter(|_| !is_bound)
    }

    /// Four bytes of a table, with their sign.
    fn load_offset(&self, place: &Place, program: &Program<'_>) -> Abstract {
        let Some((index, 4)) = place.index.filter(|_| !place.is_hidden) else { return Abstract::Unknown };
        let base = Place { index: None, ..*place };
        let Some(table) = self.address(&base).as_constant() else { return Abstract::Unknown };
        match self.register(index).all() {
            Some(all) if is_bound(&all) => {
                let entries = all.iter().map(|index| tables::entry(program, table, *index));
                entries.collect::<Option<Vec<_>>>().map_or(Abstract::Unknown, Abstract::one_of)
            }
            _ => Abstract::Entry(table),
        }
    }

    /// Runs an instruction that goes nowhere else.
    pub(crate) fn step(&mut self, instruction: &Instruction, program: &Program<'_>) {
        if instruction.changes_flags {
            self.compared = None;
        }
        match &instruction.effect {
            Effect::Nothing => {}
            Effect::Set(register, value) => {
                self.lose_sight(value);
                let value = self.value(value, program);
                self.set(*register, value);
            }
            Effect::SetPerhaps(register, value) => {
                let (old, new) = (self.register(*register).clone(), self.value(value, program));
                let either = old.or(&new);
                if either == Abstract::Unknown {
                    self.escape_if_stack(&old);
                    self.escape_if_stack(&new);
                }
                self.set(*register, either);
            }
            Effect::Add(register, constant) => {
                let value = match self.register(*register) {
                    Abstract::Stack(distance) => Abstract::Stack(distance.wrapping_add(*constant)),
                    other => other.with(&Abstract::constant(constant.cast_unsigned()), u64::wrapping_add),
                };
                self.set(*register, value);
            }
            Effect::AddRegister(register, other) => {
                let (this, that) = (self.register(*register).clone(), self.register(*other).clone());
                self.escape_if_stack(&this);
                self.escape_if_stack(&that);
                let sum = match (&this, &that) {
                    (Abstract::Entry(table), other) | (other, Abstract::Entry(table))
                        if other.as_constant() == Some(*table) =>
                    {
                        tables::targets(program, *table, instruction.at)
                            .map_or(Abstract::Unknown, Abstract::one_of)
                    }
                    _ => this.with(&that, u64::wrapping_add),
                };
                self.set(*register, sum);
            }
            Effect::Store(place, length, value) => {
                let value = self.value(value, program);
                self.store(place, *length, value);
            }
            Effect::Push(value) => {
                let value = self.value(value, program);
                self.move_stack(-8);
                self.store(&TOP, 8, value);
            }
            Effect::Pop(register) => {
                let value = self.load(&TOP, program);
                self.move_stack(8);
                self.set(*register, value);
            }
            Effect::Leave => {
                let frame = self.register(Register::FRAME).clone();
                self.set(Register::STACK, frame);
                let value = self.load(&TOP, program);
                self.move_stack(8);
                self.set(Register::FRAME, value);
            }
            Effect::Compare { register, bits, constant } => {
                self.compared = Some((*register, *bits, *constant));
            }
            Effect::Forgets(forgotten) => self.forget(forgotten),
        }
    }

    fn forget(&mut self, forgotten: &Forgotten) {
        for source in &forgotten.sources {
            let value = self.register(*source).clone();
            self.escape_if_stack(&value);
        }
        for (place, length) in &forgotten.memory {
            self.store(place, *length, Abstract::Unknown);
        }
        for (register, max) in &forgotten.registers {
            let value =
                if *max == u64::MAX { Abstract::Unknown } else { Abstract::UpTo { max: *max, bits: 64 } };
            self.set(*register, value);
        }
    }

    fn set(&mut self, register: Register, value: Abstract) {
        if self.compared.is_some_and(|(compared, ..)| compared == register) {
            self.compared = None;
        }
        self.registers[register.index()] = value;
    }

    fn move_stack(&mut self, distance: i64) {
        let moved = match self.register(Register::STACK) {
            Abstract::Stack(at) => Abstract::Stack(at.wrapping_add(distance)),
            _ => Abstract::Unknown,
        };
        self.set(Register::STACK, moved);
    }

    fn store(&mut self, place: &Place, length: u64, value: Abstract) {
        self.escape_if_stack(&value);
        let address = self.address(place);
        let Abstract::Stack(begin) = address else {
            // The file's own memory is not on the stack.
            if address.as_constant().is_none() {
                self.slots.clear();
            }
            return;
        };
        let end = begin.saturating_add_unsigned(length);
        self.has_lost_return |= begin < 8 && end > 0;
        self.slots.retain(|at, _| *at >= end || at.saturating_add(8) <= begin);
        if length == 8 && value != Abstract::Unknown && !self.has_escaped {
            self.slots.insert(begin, value);
        }
    }

    fn escape_if_stack(&mut self, value: &Abstract) {
        if matches!(value, Abstract::Stack(_)) {
            self.has_escaped = true;
            self.slots.clear();
        }
    }

    /// An address of the own stack that is computed in a way which is not followed.
    fn lose_sight(&mut self, value: &Value) {
        let mut parts = Vec::new();
        match value {
            Value::Lower(register, _) => parts.push(*register),
            Value::Address(place) if !matches!(self.address(place), Abstract::Stack(_)) => {
                parts.extend(place.base.into_iter().chain(place.index.map(|(index, _)| index)));
            }
            _ => {}
        }
        for part in parts {
            let part = self.register(part).clone();
            self.escape_if_stack(&part);
        }
    }

    /// A call has come back.
    pub(crate) fn return_from_call(&mut self) {
        for register in Register::CHANGED_BY_CALLS {
            let value = self.register(register).clone();
            self.escape_if_stack(&value);
            self.set(register, Abstract::Unknown);
        }
        self.slots.clear();
        self.compared = None;
    }

    /// A branch was taken, or not.
    pub(crate) fn branch(&mut self, condition: Condition, is_taken: bool) {
        let Some((register, bits, constant)) = self.compared else { return };
        let limit = match (condition, is_taken) {
            (Condition::Above | Condition::NotEqual, false)
            | (Condition::BelowOrEqual | Condition::Equal, true) => Some(constant),
            (Condition::AboveOrEqual, false) | (Condition::Below, true) => constant.checked_sub(1),
            _ => None,
        };
        if let Some(limit) = limit {
            self.registers[register.index()] = self.register(register).at_most(limit, bits);
        }
    }

    /// What is worth knowing of the arguments of a call.
    pub(crate) fn context(&self, is_worth: impl Fn(Address) -> bool) -> Context {
        Register::ARGUMENTS
            .map(|register| self.register(register).as_constant().filter(|address| is_worth(*address)))
    }
}

/// What is known of a function's arguments.
pub(crate) type Context = [Option<Address>; 6];

/// Where the stack pointer points.
const TOP: Place = Place { base: Some(Register::STACK), index: None, offset: 0, is_hidden: false };

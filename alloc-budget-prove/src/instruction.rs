//! What an instruction is to proofs: where control goes, what it writes, and what is known of that.

use crate::image::Address;

/// A general register, by its number in the machine's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Register(pub(crate) u8);

impl Register {
    /// How many there are.
    pub(crate) const COUNT: usize = 16;
    /// The stack pointer.
    pub(crate) const STACK: Self = Self(4);
    /// What functions return, and the number of a system call.
    pub(crate) const RESULT: Self = Self(0);
    /// What many functions find their stack by.
    pub(crate) const FRAME: Self = Self(5);
    /// Those that arguments are passed in, in their order (System V ABI).
    pub(crate) const ARGUMENTS: [Self; 6] = [Self(7), Self(6), Self(2), Self(1), Self(8), Self(9)];
    /// Those that a function returns its result in.
    pub(crate) const RETURNED: [Self; 2] = [Self(0), Self(2)];
    /// Those that a callee may change (System V ABI).
    pub(crate) const CHANGED_BY_CALLS: [Self; 9] =
        [Self(0), Self(1), Self(2), Self(6), Self(7), Self(8), Self(9), Self(10), Self(11)];

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }

    /// Its number.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) at: Address,
    /// Where the next one is.
    pub(crate) end: Address,
    pub(crate) flow: Flow,
    pub(crate) effect: Effect,
    /// Whether branches behind it no longer look at what was compared before.
    pub(crate) changes_flags: bool,
    pub(crate) reads: Registers,
    /// Those of which nothing is left.
    pub(crate) overwrites: Registers,
    /// The address that it has or reads or writes, and how many bytes there, if it says so as a
    /// number.
    pub(crate) fixed: Option<(Address, u64)>,
}

/// Some of the general registers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Registers(u16);

impl Registers {
    pub(crate) fn has(self, register: Register) -> bool {
        self.0 & (1 << register.0) != 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Register> {
        Register::all().filter(move |register| self.has(*register))
    }
}

impl FromIterator<Register> for Registers {
    fn from_iter<I: IntoIterator<Item = Register>>(registers: I) -> Self {
        Self(registers.into_iter().fold(0, |all, register| all | 1 << register.0))
    }
}

impl Instruction {
    /// Whether it is none: bytes that no processor runs.
    pub(crate) fn is_none(&self) -> bool {
        matches!(&self.flow, Flow::Unknown(name) if name == NONE)
    }
}

pub(crate) const NONE: &str = "bytes that are no instruction";

/// Where control goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    /// To one place.
    Jump(Address),
    /// To one place if a condition holds, or on.
    Branch(Address, Condition),
    /// To a place that a value tells.
    JumpTo(Value),
    Call(Address),
    CallTo(Value),
    Return,
    /// A trap, which nothing comes back from.
    Trap,
    /// A call of the system.
    System,
    /// What no proof knows of: its name.
    Unknown(String),
}

/// What a branch asks of two numbers without signs that were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Above,
    AboveOrEqual,
    Below,
    BelowOrEqual,
    Equal,
    NotEqual,
    Other,
}

/// A value that an instruction reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Constant(u64),
    Register(Register),
    /// The lower bits of a register: how many.
    Lower(Register, u8),
    /// Nothing is known but that it is not above this.
    UpTo(u64),
    /// Eight bytes of memory.
    Memory(Place),
    /// An address that is computed.
    Address(Place),
    /// Four bytes of memory, with their sign: as tables of jumps have them.
    Offset(Place),
    Unknown,
}

/// A place in memory: the sum of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) base: Option<Register>,
    pub(crate) index: Option<(Register, u8)>,
    pub(crate) offset: i64,
    /// It is in memory of the thread's own, or its sum is cut to 32 bits: no address is known.
    pub(crate) is_hidden: bool,
}

/// What an instruction changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    /// The whole of a register.
    Set(Register, Value),
    /// One of two values: the register's own, or another.
    SetPerhaps(Register, Value),
    /// A constant is added.
    Add(Register, i64),
    /// A register is added, as of a table's place to an offset in it.
    AddRegister(Register, Register),
    /// Bytes of memory: how many, and what.
    Store(Place, u64, Value),
    Push(Value),
    Pop(Register),
    /// The stack pointer is set to the frame pointer, which is then popped.
    Leave,
    /// The lower bits of a register are compared with a constant, for the branches behind.
    Compare {
        register: Register,
        bits: u8,
        constant: u64,
    },
    /// What it writes is not known.
    Forgets(Forgotten),
}

/// What an instruction may change, and from what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Forgotten {
    /// Its general registers, and what each is not above afterwards.
    pub(crate) registers: Vec<(Register, u64)>,
    /// Where it writes, and how many bytes.
    pub(crate) memory: Vec<(Place, u64)>,
    /// The registers that it reads, but not to find memory by: what they have may be anywhere
    /// afterwards.
    pub(crate) sources: Vec<Register>,
}

/// The highest number of so many bits.
pub(crate) fn ones(bits: u8) -> u64 {
    u64::MAX >> (64 - u32::from(bits.clamp(1, 64)))
}

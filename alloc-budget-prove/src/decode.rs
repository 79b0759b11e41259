//! What an instruction does, as far as proofs ask: where control goes, what it writes, and what is known of that.
//!
//! The one file that knows a machine's instructions. What it does not know by name is [`Effect::Forgets`], with all that the
//! instruction can change; so a missing case costs a proof, never its truth.

use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Instruction as Raw, InstructionInfoFactory, Mnemonic, OpAccess,
    OpKind, Register as RawRegister,
};

use crate::image::Address;

/// A general register, by its number in the machine's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Register(u8);

impl Register {
    /// How many there are.
    pub const COUNT: usize = 16;
    /// The stack pointer.
    pub const STACK: Self = Self(4);
    /// Those that arguments are passed in, in their order (System V ABI).
    pub const ARGUMENTS: [Self; 6] = [Self(7), Self(6), Self(2), Self(1), Self(8), Self(9)];
    /// Those that a callee may change (System V ABI).
    pub const CHANGED_BY_CALLS: [Self; 9] =
        [Self(0), Self(1), Self(2), Self(6), Self(7), Self(8), Self(9), Self(10), Self(11)];

    /// Its number.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The whole register that a name is of, or of a part of.
    fn of(raw: RawRegister) -> Option<Self> {
        let number = raw.is_gpr().then(|| raw.full_register().number())?;
        u8::try_from(number).ok().map(Self)
    }
}

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    pub at: Address,
    /// Where the next one is.
    pub end: Address,
    pub flow: Flow,
    pub effect: Effect,
}

/// Where control goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    Next,
    /// To one place.
    Jump(Address),
    /// To one place, or on.
    Branch(Address),
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

/// A value that an instruction reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Constant(u64),
    Register(Register),
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
pub struct Place {
    pub base: Option<Register>,
    pub index: Option<(Register, u8)>,
    pub offset: i64,
    /// In memory of the thread's own, which no address is of.
    pub is_of_thread: bool,
}

/// What an instruction changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Nothing,
    /// The whole of a register.
    Set(Register, Value),
    /// One of two values: the register's own, or another.
    SetPerhaps(Register, Value),
    /// A constant is added.
    Add(Register, i64),
    /// A register is added, as of a table's place to an offset in it.
    AddRegister(Register, Register),
    /// The lower half is kept, and nothing else.
    Shorten(Register, Register),
    /// Nothing above this is left: `and` with a constant.
    Mask(Register, u64),
    /// Bytes of memory: how many, and what.
    Store(Place, u64, Value),
    Push(Value),
    Pop(Register),
    /// `cmp register, constant`, 4 or 8 bytes of it, for the branches behind.
    Compare(Register, u64, u8),
    /// What it writes is not known.
    Forgets(Forgotten),
}

/// What an instruction may change, and from what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub registers: Vec<Register>,
    pub memory: Vec<Written>,
    /// The registers that it reads, but not to find memory by: what they have may be anywhere afterwards.
    pub sources: Vec<Register>,
}

/// Memory that an instruction writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub place: Place,
    /// How many bytes; `None` if that depends on a register.
    pub length: Option<u64>,
}

/// Decodes what is in a range of addresses, from its beginning on.
#[must_use]
pub fn decode(bytes: &[u8], at: Address) -> Vec<Instruction> {
    let mut facts = InstructionInfoFactory::new();
    Decoder::with_ip(64, bytes, at, DecoderOptions::NONE)
        .iter()
        .map(|raw| Instruction {
            at: raw.ip(),
            end: raw.next_ip(),
            flow: flow(&raw),
            effect: effect(&raw, &mut facts),
        })
        .collect()
}

fn flow(raw: &Raw) -> Flow {
    match raw.flow_control() {
        _ if raw.is_invalid() => Flow::Unknown("bytes that are no instruction".to_owned()),
        FlowControl::Next => Flow::Next,
        // The system's calls come back, and are named so.
        FlowControl::Call if raw.mnemonic() == Mnemonic::Syscall => Flow::System,
        FlowControl::Call if is_near(raw) => Flow::Call(raw.near_branch_target()),
        FlowControl::UnconditionalBranch if is_near(raw) => Flow::Jump(raw.near_branch_target()),
        FlowControl::ConditionalBranch if is_near(raw) => Flow::Branch(raw.near_branch_target()),
        FlowControl::IndirectBranch => Flow::JumpTo(operand(raw, 0)),
        FlowControl::IndirectCall => Flow::CallTo(operand(raw, 0)),
        // With a number, it takes more from the stack than its caller knows of.
        FlowControl::Return if raw.mnemonic() == Mnemonic::Ret && raw.op_count() == 0 => Flow::Return,
        FlowControl::Exception if raw.mnemonic() == Mnemonic::Ud2 => Flow::Trap,
        FlowControl::Interrupt if raw.mnemonic() == Mnemonic::Int3 => Flow::Trap,
        _ => Flow::Unknown(format!("{:?}", raw.mnemonic()).to_lowercase()),
    }
}

fn is_near(raw: &Raw) -> bool {
    raw.op0_kind() == OpKind::NearBranch64
}

/// What an operand of eight bytes has, or one that is extended to so many.
fn operand(raw: &Raw, number: u32) -> Value {
    match raw.op_kind(number) {
        OpKind::Register if raw.op_register(number).size() == 8 => {
            Register::of(raw.op_register(number)).map_or(Value::Unknown, Value::Register)
        }
        OpKind::Memory if raw.memory_size().size() == 8 => Value::Memory(place(raw)),
        OpKind::Immediate8to64 | OpKind::Immediate32to64 | OpKind::Immediate64 => {
            Value::Constant(raw.immediate(number))
        }
        // Written to four bytes of a register, the upper four become zero.
        OpKind::Immediate32 => Value::Constant(raw.immediate(number)),
        _ => Value::Unknown,
    }
}

/// What the operand in memory is.
fn place(raw: &Raw) -> Place {
    let is_of_thread = !matches!(
        raw.segment_prefix(),
        RawRegister::None | RawRegister::DS | RawRegister::SS | RawRegister::CS | RawRegister::ES
    );
    let offset = raw.memory_displacement64().cast_signed();
    if raw.is_ip_rel_memory_operand() {
        return Place {
            base: None,
            index: None,
            offset: raw.ip_rel_memory_address().cast_signed(),
            is_of_thread,
        };
    }
    let index = Register::of(raw.memory_index())
        .map(|index| (index, u8::try_from(raw.memory_index_scale()).unwrap_or(u8::MAX)));
    Place { base: Register::of(raw.memory_base()), index, offset, is_of_thread }
}

/// The register that the first operand is, if as a whole: four bytes of it stand for eight.
fn whole(raw: &Raw) -> Option<Register> {
    let is_register = raw.op_count() > 0 && raw.op0_kind() == OpKind::Register;
    Register::of(raw.op0_register()).filter(|_| is_register && raw.op0_register().size() >= 4)
}

fn effect(raw: &Raw, facts: &mut InstructionInfoFactory) -> Effect {
    known(raw).unwrap_or_else(|| forgotten(raw, facts))
}

/// The effects that proofs rest on.
fn known(raw: &Raw) -> Option<Effect> {
    let is_eight = raw.op_count() > 0 && raw.op0_kind() == OpKind::Register && raw.op0_register().size() == 8;
    Some(match raw.mnemonic() {
        Mnemonic::Nop | Mnemonic::Endbr64 | Mnemonic::Pause => Effect::Nothing,
        Mnemonic::Mov if raw.op0_kind() == OpKind::Memory && raw.memory_size().size() == 8 => {
            Effect::Store(place(raw), 8, operand(raw, 1))
        }
        Mnemonic::Mov if is_eight || is_constant(raw, 1) => Effect::Set(whole(raw)?, operand(raw, 1)),
        Mnemonic::Mov => Effect::Shorten(whole(raw)?, register(raw, 1)?),
        Mnemonic::Lea if is_eight => Effect::Set(whole(raw)?, Value::Address(place(raw))),
        Mnemonic::Xor if raw.op1_kind() == OpKind::Register && raw.op0_register() == raw.op1_register() => {
            Effect::Set(whole(raw)?, Value::Constant(0))
        }
        Mnemonic::Movsxd if is_eight && raw.op1_kind() == OpKind::Memory => {
            Effect::Set(whole(raw)?, Value::Offset(place(raw)))
        }
        Mnemonic::Add if is_eight && is_constant(raw, 1) => {
            Effect::Add(whole(raw)?, raw.immediate(1).cast_signed())
        }
        Mnemonic::Sub if is_eight && is_constant(raw, 1) => {
            Effect::Add(whole(raw)?, raw.immediate(1).cast_signed().wrapping_neg())
        }
        Mnemonic::Add if is_eight => Effect::AddRegister(whole(raw)?, register(raw, 1)?),
        Mnemonic::And if is_constant(raw, 1) => Effect::Mask(whole(raw)?, raw.immediate(1)),
        Mnemonic::Cmp if is_constant(raw, 1) => {
            let size = u8::try_from(raw.op0_register().size()).ok()?;
            Effect::Compare(whole(raw)?, raw.immediate(1), size)
        }
        Mnemonic::Push if is_eight || is_constant(raw, 0) => Effect::Push(operand(raw, 0)),
        Mnemonic::Pop if is_eight => Effect::Pop(whole(raw)?),
        mnemonic if is_eight && raw.op_count() == 2 && is_conditional_move(mnemonic) => {
            Effect::SetPerhaps(whole(raw)?, operand(raw, 1))
        }
        _ => return None,
    })
}

fn is_constant(raw: &Raw, number: u32) -> bool {
    matches!(
        raw.op_kind(number),
        OpKind::Immediate8
            | OpKind::Immediate8to32
            | OpKind::Immediate8to64
            | OpKind::Immediate32
            | OpKind::Immediate32to64
            | OpKind::Immediate64
    )
}

fn register(raw: &Raw, number: u32) -> Option<Register> {
    let is_register = raw.op_kind(number) == OpKind::Register;
    Register::of(raw.op_register(number)).filter(|_| is_register && raw.op_register(number).size() >= 4)
}

fn is_conditional_move(mnemonic: Mnemonic) -> bool {
    use Mnemonic::{
        Cmova, Cmovae, Cmovb, Cmovbe, Cmove, Cmovg, Cmovge, Cmovl, Cmovle, Cmovne, Cmovno, Cmovnp, Cmovns,
        Cmovo, Cmovp, Cmovs,
    };
    matches!(
        mnemonic,
        Cmova
            | Cmovae
            | Cmovb
            | Cmovbe
            | Cmove
            | Cmovg
            | Cmovge
            | Cmovl
            | Cmovle
            | Cmovne
            | Cmovno
            | Cmovnp
            | Cmovns
            | Cmovo
            | Cmovp
            | Cmovs
    )
}

/// Everything that an instruction may write.
fn forgotten(raw: &Raw, facts: &mut InstructionInfoFactory) -> Effect {
    let facts = facts.info(raw);
    let used = |by: fn(OpAccess) -> bool| {
        let used = facts.used_registers().iter().filter(move |used| by(used.access()));
        let mut registers: Vec<Register> = used.filter_map(|used| Register::of(used.register())).collect();
        registers.sort();
        registers.dedup();
        registers
    };
    let is_for_address = |register: &Register| {
        let operands = || (0..raw.op_count()).filter(|number| raw.op_kind(*number) == OpKind::Register);
        let is_operand = operands().any(|number| Register::of(raw.op_register(number)) == Some(*register));
        [raw.memory_base(), raw.memory_index()].into_iter().any(|part| Register::of(part) == Some(*register))
            && !is_operand
    };
    let memory = facts.used_memory().iter().filter(|used| is_written(used.access())).map(|used| {
        let index =
            Register::of(used.index()).map(|index| (index, u8::try_from(used.scale()).unwrap_or(u8::MAX)));
        let is_of_thread = matches!(used.segment(), RawRegister::FS | RawRegister::GS);
        let is_repeated = raw.has_rep_prefix() || raw.has_repne_prefix();
        let length = Some(used.memory_size().size() as u64).filter(|length| *length > 0 && !is_repeated);
        let place = Place {
            base: Register::of(used.base()),
            index,
            offset: used.displacement().cast_signed(),
            is_of_thread,
        };
        Written { place, length }
    });
    let forgotten = Forgotten {
        registers: used(is_written),
        memory: memory.collect(),
        sources: used(is_read).into_iter().filter(|register| !is_for_address(register)).collect(),
    };
    if forgotten.registers.is_empty() && forgotten.memory.is_empty() {
        Effect::Nothing
    } else {
        Effect::Forgets(forgotten)
    }
}

fn is_written(access: OpAccess) -> bool {
    matches!(access, OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite)
}

fn is_read(access: OpAccess) -> bool {
    matches!(access, OpAccess::Read | OpAccess::CondRead | OpAccess::ReadWrite | OpAccess::ReadCondWrite)
}

//! What an instruction does, as far as proofs ask: where control goes, what it writes, and what is known of that.
//!
//! The one file that knows a machine's instructions. What it does not know by name is [`Effect::Forgets`], with all that the
//! instruction can change; so a missing case costs a proof, never its truth.

use iced_x86::{
    ConditionCode, Decoder, DecoderOptions, FlowControl, Instruction as Raw, InstructionInfoFactory,
    Mnemonic, OpAccess, OpKind, Register as RawRegister,
};

use crate::image::Address;

/// A general register, by its number in the machine's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Register(u8);

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

    /// The whole register that a name is of, or of a part of.
    fn of(raw: RawRegister) -> Option<Self> {
        let number = raw.is_gpr().then(|| raw.full_register().number())?;
        u8::try_from(number).ok().map(Self)
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
    /// The address that it has or reads or writes, and how many bytes there, if it says so as a number.
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

const NONE: &str = "bytes that are no instruction";

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
    /// The registers that it reads, but not to find memory by: what they have may be anywhere afterwards.
    pub(crate) sources: Vec<Register>,
}

/// Decodes from an address on.
pub(crate) fn decode(bytes: &[u8], at: Address) -> impl Iterator<Item = Instruction> {
    let mut facts = InstructionInfoFactory::new();
    let decoder = Decoder::with_ip(64, bytes, at, DecoderOptions::NONE);
    decoder.into_iter().map(move |raw| {
        let flow = flow(&raw);
        // What a call or a return does to the stack is in what it is.
        let is_call = matches!(flow, Flow::Call(_) | Flow::CallTo(_) | Flow::Return | Flow::System);
        let effect = if is_call { Effect::Nothing } else { effect(&raw, &mut facts) };
        let changes_flags = raw.rflags_modified() != 0;
        let used = facts.info(&raw).used_registers();
        let reads = used.iter().filter(|used| is_read(used.access()));
        let overwrites =
            used.iter().filter(|used| used.access() == OpAccess::Write && used.register().size() >= 4);
        let of = |used: &iced_x86::UsedRegister| Register::of(used.register());
        let (reads, overwrites) = (reads.filter_map(of).collect(), overwrites.filter_map(of).collect());
        let fixed = raw
            .is_ip_rel_memory_operand()
            .then(|| (raw.ip_rel_memory_address(), (raw.memory_size().size() as u64).max(1)));
        Instruction {
            at: raw.ip(),
            end: raw.next_ip(),
            flow,
            effect,
            changes_flags,
            reads,
            overwrites,
            fixed,
        }
    })
}

fn flow(raw: &Raw) -> Flow {
    match raw.flow_control() {
        _ if raw.is_invalid() => Flow::Unknown(NONE.to_owned()),
        _ if raw.mnemonic() == Mnemonic::Hlt => Flow::Trap,
        FlowControl::Next => Flow::Next,
        // The system's calls come back, and are named so.
        FlowControl::Call if raw.mnemonic() == Mnemonic::Syscall => Flow::System,
        FlowControl::Call if is_near(raw) => Flow::Call(raw.near_branch_target()),
        FlowControl::UnconditionalBranch if is_near(raw) => Flow::Jump(raw.near_branch_target()),
        FlowControl::ConditionalBranch if is_near(raw) => {
            Flow::Branch(raw.near_branch_target(), condition(raw))
        }
        FlowControl::IndirectBranch => Flow::JumpTo(operand(raw, 0)),
        FlowControl::IndirectCall => Flow::CallTo(operand(raw, 0)),
        // With a number, it takes more from the stack than its caller knows of.
        FlowControl::Return if raw.mnemonic() == Mnemonic::Ret && raw.op_count() == 0 => Flow::Return,
        FlowControl::Exception if raw.mnemonic() == Mnemonic::Ud2 => Flow::Trap,
        FlowControl::Interrupt if raw.mnemonic() == Mnemonic::Int3 => Flow::Trap,
        _ => Flow::Unknown(format!("{:?}", raw.mnemonic()).to_lowercase()),
    }
}

fn condition(raw: &Raw) -> Condition {
    match raw.condition_code() {
        ConditionCode::a => Condition::Above,
        ConditionCode::ae => Condition::AboveOrEqual,
        ConditionCode::b => Condition::Below,
        ConditionCode::be => Condition::BelowOrEqual,
        ConditionCode::e => Condition::Equal,
        ConditionCode::ne => Condition::NotEqual,
        _ => Condition::Other,
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
    let is_of_thread = matches!(raw.segment_prefix(), RawRegister::FS | RawRegister::GS);
    let is_cut = [raw.memory_base(), raw.memory_index()].into_iter().any(RawRegister::is_gpr32)
        || raw.memory_base() == RawRegister::EIP
        || (raw.memory_base() == RawRegister::None
            && raw.memory_displ_size() == 4
            && raw.memory_index() == RawRegister::None);
    let is_vector = raw.memory_index() != RawRegister::None && !raw.memory_index().is_gpr();
    let is_hidden = is_of_thread || is_cut || is_vector;
    if raw.is_ip_rel_memory_operand() {
        let offset = raw.ip_rel_memory_address().cast_signed();
        return Place { base: None, index: None, offset, is_hidden };
    }
    let index = Register::of(raw.memory_index()).map(|index| (index, scale(raw.memory_index_scale())));
    let offset = raw.memory_displacement64().cast_signed();
    Place { base: Register::of(raw.memory_base()), index, offset, is_hidden }
}

fn scale(scale: u32) -> u8 {
    u8::try_from(scale).unwrap_or(u8::MAX)
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
    let size =
        if raw.op_count() > 0 && raw.op0_kind() == OpKind::Register { raw.op0_register().size() } else { 0 };
    let is_eight = size == 8;
    Some(match raw.mnemonic() {
        Mnemonic::Nop | Mnemonic::Endbr64 | Mnemonic::Pause => Effect::Nothing,
        Mnemonic::Mov if raw.op0_kind() == OpKind::Memory && raw.memory_size().size() == 8 => {
            Effect::Store(place(raw), 8, operand(raw, 1))
        }
        Mnemonic::Mov if is_eight || (size == 4 && is_constant(raw, 1)) => {
            Effect::Set(whole(raw)?, operand(raw, 1))
        }
        Mnemonic::Mov | Mnemonic::Movzx => Effect::Set(whole(raw)?, extended(raw, 1)?),
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
        Mnemonic::Add if is_eight && raw.op1_kind() == OpKind::Register => {
            Effect::AddRegister(whole(raw)?, register(raw, 1)?)
        }
        Mnemonic::Cmp if is_constant(raw, 1) => {
            let (register, bits) = lower(raw, 0)?;
            Effect::Compare { register, bits, constant: raw.immediate(1) & ones(bits) }
        }
        Mnemonic::Push if raw.stack_pointer_increment() == -8 => Effect::Push(operand(raw, 0)),
        Mnemonic::Pop if is_eight => Effect::Pop(whole(raw)?),
        Mnemonic::Leave if raw.stack_pointer_increment() == 0 => Effect::Leave,
        mnemonic if is_eight && raw.op_count() == 2 && is_conditional_move(mnemonic) => {
            Effect::SetPerhaps(whole(raw)?, operand(raw, 1))
        }
        _ => return None,
    })
}

/// The lower bits of a register, if the operand is those.
fn lower(raw: &Raw, number: u32) -> Option<(Register, u8)> {
    let part = raw.op_register(number);
    let is_second_byte =
        matches!(part, RawRegister::AH | RawRegister::BH | RawRegister::CH | RawRegister::DH);
    if raw.op_kind(number) != OpKind::Register || is_second_byte {
        return None;
    }
    Some((Register::of(part)?, u8::try_from(part.size() * 8).ok()?))
}

/// What less than eight bytes become where zeros are put in front of them.
fn extended(raw: &Raw, number: u32) -> Option<Value> {
    if let Some((register, bits)) = lower(raw, number) {
        return Some(Value::Lower(register, bits));
    }
    match raw.op_kind(number) {
        OpKind::Register if raw.op_register(number).is_gpr8() => Some(Value::UpTo(ones(8))),
        OpKind::Memory => match raw.memory_size().size() {
            size @ (1 | 2 | 4) => Some(Value::UpTo(ones(u8::try_from(size * 8).ok()?))),
            _ => None,
        },
        _ => None,
    }
}

/// The highest number of so many bits.
pub(crate) fn ones(bits: u8) -> u64 {
    u64::MAX >> (64 - u32::from(bits.clamp(1, 64)))
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
    let operands = || (0..raw.op_count()).filter(|number| raw.op_kind(*number) == OpKind::Register);
    let is_operand = |register: &Register| {
        operands().any(|number| Register::of(raw.op_register(number)) == Some(*register))
    };
    let is_for_address = |register: &Register| {
        raw.mnemonic() != Mnemonic::Lea
            && [raw.memory_base(), raw.memory_index()]
                .into_iter()
                .any(|part| Register::of(part) == Some(*register))
            && !is_operand(register)
    };
    // `and` with a constant leaves nothing above it.
    let mask =
        if raw.mnemonic() == Mnemonic::And && is_constant(raw, 1) { raw.immediate(1) } else { u64::MAX };
    let facts = facts.info(raw);
    // Whatever is always written to four bytes of a register makes the upper four zero.
    let half = whole(raw).filter(|_| {
        raw.op0_register().size() == 4 && matches!(facts.op0_access(), OpAccess::Write | OpAccess::ReadWrite)
    });
    let limit = |register: Register| match half {
        Some(half) if half == register => mask & ones(32),
        _ if raw.mnemonic() == Mnemonic::And && whole(raw) == Some(register) => mask,
        _ => u64::MAX,
    };
    let used = facts.used_registers();
    let written = used.iter().filter(|used| is_written(used.access()));
    let changes_any = written.clone().next().is_some();
    let memory: Vec<(Place, u64)> = facts
        .used_memory()
        .iter()
        .filter(|used| is_written(used.access()))
        .map(|used| {
            let place = Place {
                base: Register::of(used.base()),
                index: Register::of(used.index()).map(|index| (index, scale(used.scale()))),
                offset: used.displacement().cast_signed(),
                // A repeated one writes any length.
                is_hidden: matches!(used.segment(), RawRegister::FS | RawRegister::GS)
                    || used.base().is_gpr32()
                    || used.index().is_gpr32()
                    // A vector of indices writes to as many places.
                    || (used.index() != RawRegister::None && !used.index().is_gpr())
                    || used.memory_size().size() == 0
                    || raw.has_rep_prefix()
                    || raw.has_repne_prefix(),
            };
            (place, used.memory_size().size() as u64)
        })
        .collect();
    if !changes_any && memory.is_empty() {
        return Effect::Nothing;
    }
    let mut registers: Vec<_> = written.filter_map(|used| Register::of(used.register())).collect();
    registers.sort();
    registers.dedup();
    let read =
        used.iter().filter(|used| is_read(used.access())).filter_map(|used| Register::of(used.register()));
    let sources = read.filter(|register| !is_for_address(register)).collect();
    let registers = registers.into_iter().map(|register| (register, limit(register))).collect();
    Effect::Forgets(Forgotten { registers, memory, sources })
}

fn is_written(access: OpAccess) -> bool {
    matches!(access, OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite)
}

fn is_read(access: OpAccess) -> bool {
    matches!(access, OpAccess::Read | OpAccess::CondRead | OpAccess::ReadWrite | OpAccess::ReadCondWrite)
}

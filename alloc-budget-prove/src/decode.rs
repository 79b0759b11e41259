//! What an instruction does, as far as proofs ask: where control goes, what it writes, and what is
//! known of that.
//!
//! The one file that knows a machine's instructions. What it does not know by name is
//! [`Effect::Forgets`], with all that the instruction can change; so a missing case costs a proof,
//! never its truth.

use iced_x86::{
    ConditionCode, Decoder, DecoderOptions, FlowControl, Instruction as Raw, InstructionInfoFactory,
    Mnemonic, OpAccess, OpKind, Register as RawRegister,
};

use crate::image::Address;
use crate::instruction::{
    Condition, Effect, Flow, Forgotten, Instruction, NONE, Place, Register, Value, ones,
};

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
        let of = |used: &iced_x86::UsedRegister| whole_of(used.register());
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
            whole_of(raw.op_register(number)).map_or(Value::Unknown, Value::Register)
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
    let index = whole_of(raw.memory_index()).map(|index| (index, scale(raw.memory_index_scale())));
    let offset = raw.memory_displacement64().cast_signed();
    Place { base: whole_of(raw.memory_base()), index, offset, is_hidden }
}

fn scale(scale: u32) -> u8 {
    u8::try_from(scale).unwrap_or(u8::MAX)
}

/// The register that the first operand is, if as a whole: four bytes of it stand for eight.
fn whole(raw: &Raw) -> Option<Register> {
    let is_register = raw.op_count() > 0 && raw.op0_kind() == OpKind::Register;
    whole_of(raw.op0_register()).filter(|_| is_register && raw.op0_register().size() >= 4)
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
    Some((whole_of(part)?, u8::try_from(part.size() * 8).ok()?))
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
    whole_of(raw.op_register(number)).filter(|_| is_register && raw.op_register(number).size() >= 4)
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
    let is_operand =
        |register: &Register| operands().any(|number| whole_of(raw.op_register(number)) == Some(*register));
    let is_for_address = |register: &Register| {
        raw.mnemonic() != Mnemonic::Lea
            && [raw.memory_base(), raw.memory_index()]
                .into_iter()
                .any(|part| whole_of(part) == Some(*register))
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
                base: whole_of(used.base()),
                index: whole_of(used.index()).map(|index| (index, scale(used.scale()))),
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
    let mut registers: Vec<_> = written.filter_map(|used| whole_of(used.register())).collect();
    registers.sort();
    registers.dedup();
    let read = used.iter().filter(|used| is_read(used.access())).filter_map(|used| whole_of(used.register()));
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

/// The whole register that a name is of, or of a part of.
fn whole_of(raw: RawRegister) -> Option<Register> {
    let number = raw.is_gpr().then(|| raw.full_register().number())?;
    u8::try_from(number).ok().map(Register)
}

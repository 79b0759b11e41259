//! Tables of jumps whose length the code does not say.
//!
//! Where a switch covers all values of its type, the compiler leaves out the check of the index.
//! Its table then ends where an entry does not lead to an instruction of its function. That is so
//! of what compilers write for Rust, and of nothing else: in assembly, an index may be negative,
//! and an instruction may lie in another's middle.

use crate::decode;
use crate::functions::Function;
use crate::image::{Address, Pointer};
use crate::program::Program;

/// The longest function that is looked at, in bytes.
const LENGTH: u64 = 1 << 20;

/// An entry of a table that nobody writes to.
pub(crate) fn entry(program: &Program<'_>, table: Address, index: u64) -> Option<u64> {
    let at = table.checked_add(index.checked_mul(4)?)?;
    let is_constant = (0..4).all(|byte| program.image.is_constant(at.wrapping_add(byte)));
    let is_constant = is_constant && program.image.is_as_in_file(at..at.saturating_add(4));
    let bytes = program.image.bytes(at, 4).filter(|_| is_constant)?;
    Some(i64::from(i32::from_le_bytes(bytes.try_into().ok()?)).cast_unsigned())
}

/// Where the jump at an address may go by a table of offsets that it does not say the length of.
pub(crate) fn targets(program: &Program<'_>, table: Address, jump: Address) -> Option<Vec<Address>> {
    let entries = (0..).map_while(|index| entry(program, table, index));
    as_far_as_instructions(program, jump, entries.map(|offset| table.wrapping_add(offset)))
}

/// The same for a table of addresses.
pub(crate) fn addresses(program: &Program<'_>, table: Address, jump: Address) -> Option<Vec<Address>> {
    let entries =
        (0..).map_while(|index: u64| match program.image.constant(table.checked_add(index * 8)?)? {
            Pointer::Local(to) => Some(to),
            _ => None,
        });
    as_far_as_instructions(program, jump, entries)
}

fn as_far_as_instructions(
    program: &Program<'_>,
    jump: Address,
    entries: impl Iterator<Item = Address>,
) -> Option<Vec<Address>> {
    let function = program.functions.around(jump).filter(|function| function.is_of_rust())?;
    let instructions = program.instructions(function)?;
    let mut targets = Vec::new();
    for target in entries {
        if instructions.binary_search(&target).is_err() {
            // A part of the function may be elsewhere.
            let is_elsewhere =
                program.functions.at(target).is_some_and(|other| other.range != function.range);
            if is_elsewhere {
                return None;
            }
            break;
        }
        targets.push(target);
    }
    Some(targets).filter(|targets| !targets.is_empty())
}

impl Program<'_> {
    /// Where a function's instructions begin, one behind the other; none if something in it is no
    /// instruction.
    fn instructions(&self, function: &Function) -> Option<std::rc::Rc<[Address]>> {
        let range = function.range.clone();
        let length =
            usize::try_from(range.end - range.start).ok().filter(|length| *length as u64 <= LENGTH)?;
        let mut known = self.instructions.borrow_mut();
        let found = known.entry(range.start).or_insert_with(|| {
            let bytes = self.image.bytes(range.start, length)?;
            let mut begins = Vec::new();
            for instruction in decode::decode(bytes, range.start) {
                if instruction.is_none() {
                    return None;
                }
                begins.push(instruction.at);
            }
            Some(begins.into())
        });
        found.clone()
    }
}

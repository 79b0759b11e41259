//! Whether a function may read what a register holds when it begins.
//!
//! An address that is left in a register is no argument if nobody reads it: the callee overwrites
//! it first, or no one ever looks.

use std::collections::HashSet;

use crate::image::Address;
use crate::instruction::{Flow, Register};
use crate::program::Program;

/// How deep calls are followed.
const DEPTH: usize = 8;

impl Program<'_> {
    /// Whether what begins there may read what a register holds. In doubt it may.
    pub(crate) fn may_read(&self, function: Address, register: Register) -> bool {
        self.may_read_from(function, register, &mut HashSet::new(), 0)
    }

    fn may_read_from(
        &self,
        entry: Address,
        register: Register,
        seen: &mut HashSet<Address>,
        depth: usize,
    ) -> bool {
        if depth > DEPTH {
            return true;
        }
        let mut ready = vec![entry];
        while let Some(at) = ready.pop() {
            if !seen.insert(at) {
                continue;
            }
            let block = self.block(at);
            let Some(last) = &block.last else { return true };
            let mut instructions = block.instructions.iter().chain([last]);
            let first_use = instructions
                .find(|instruction| instruction.reads.has(register) || instruction.overwrites.has(register));
            match first_use {
                Some(instruction) if instruction.reads.has(register) => return true,
                Some(_) => continue,
                None => {}
            }
            match &last.flow {
                Flow::Jump(to) => ready.push(*to),
                Flow::Branch(to, _) => ready.extend([*to, last.end]),
                // Whoever is called may change it, so nobody relies on it behind the call.
                Flow::Call(to) => {
                    if self.may_read_from(*to, register, seen, depth + 1) {
                        return true;
                    }
                }
                Flow::Return if !Register::RETURNED.contains(&register) => {}
                Flow::Trap => {}
                _ => return true,
            }
        }
        false
    }
}

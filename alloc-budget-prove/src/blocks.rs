//! Straight pieces of code: from where control comes in to where it may go elsewhere.
//!
//! They are found by following control from a function's entry, and don't end where a function
//! does: code that runs past its end is followed like any other. A jump into the middle of one
//! begins another, which lies over it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::decode;
use crate::image::{Address, Image};
use crate::instruction::{Flow, Instruction};

/// Instructions that follow each other, the last of which may go elsewhere.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) instructions: Vec<Instruction>,
    /// Where it goes; none if the code ends without a word.
    pub(crate) last: Option<Instruction>,
}

/// The blocks of a file that somebody asked for.
#[derive(Debug, Default)]
pub(crate) struct Blocks(RefCell<HashMap<Address, Rc<Block>>>);

impl Blocks {
    pub(crate) fn at(&self, image: &Image<'_>, address: Address) -> Rc<Block> {
        let mut known = self.0.borrow_mut();
        Rc::clone(known.entry(address).or_insert_with(|| Rc::new(Block::read(image, address))))
    }
}

impl Block {
    fn read(image: &Image<'_>, address: Address) -> Self {
        let bytes = image.bytes_from(address).filter(|_| image.is_code(address)).unwrap_or_default();
        let mut block = Self { instructions: Vec::new(), last: None };
        for instruction in decode::decode(bytes, address) {
            if instruction.flow != Flow::Next {
                block.last = Some(instruction);
                break;
            }
            block.instructions.push(instruction);
        }
        block
    }

    /// Where it ends.
    pub(crate) fn end(&self, begin: Address) -> Address {
        self.last.as_ref().or(self.instructions.last()).map_or(begin, |instruction| instruction.end)
    }
}

//! A file with everything that is read of it before a proof begins.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::blocks::{Block, Blocks};
use crate::error::Result;
use crate::functions::Functions;
use crate::globals::{self, Globals};
use crate::image::{Address, Image};
use crate::landing::LandingPads;
use crate::returns::Returns;
use crate::roles::Roles;

/// A file, ready to be followed.
#[derive(Debug)]
pub(crate) struct Program<'data> {
    pub(crate) image: Image<'data>,
    pub(crate) functions: Functions,
    pub(crate) pads: LandingPads,
    pub(crate) roles: Roles,
    pub(crate) returns: Returns,
    pub(crate) globals: Globals,
    blocks: Blocks,
    /// Where each function's instructions begin, of those that somebody asked for.
    pub(crate) instructions: RefCell<HashMap<Address, Option<Rc<[Address]>>>>,
}

impl<'data> Program<'data> {
    pub(crate) fn read(bytes: &'data [u8]) -> Result<Self> {
        let image = Image::read(bytes)?;
        let functions = Functions::of(&image)?;
        let pads = LandingPads::of(&image, &functions);
        let roles = Roles::of(&functions);
        let mut program = Self {
            image,
            functions,
            pads,
            roles,
            returns: Returns::default(),
            blocks: Blocks::default(),
            globals: Globals::new(),
            instructions: RefCell::default(),
        };
        program.globals = globals::globals(&program);
        Ok(program)
    }

    pub(crate) fn block(&self, at: Address) -> Rc<Block> {
        self.blocks.at(&self.image, at)
    }
}

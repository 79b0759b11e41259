//! Landing pads that end a panic: from there on, a function is ordinary code again.
//!
//! Others only clean up, and the panic goes on: they are part of the panic. The unwinder's table of a function
//! (its language-specific data area) tells which is which.

use std::collections::BTreeSet;
use std::ops::Range;

use gimli::{EndianSlice, LittleEndian, Reader};

use crate::error::{Error, Result};
use crate::functions::Functions;
use crate::image::{Address, Image};

/// Where panics end.
#[derive(Debug, Default)]
pub struct LandingPads {
    catching: BTreeSet<Address>,
}

impl LandingPads {
    /// Reads the tables of all functions.
    ///
    /// # Errors
    /// One of them has a form that compilers don't write.
    pub fn of(image: &Image<'_>, functions: &Functions) -> Result<Self> {
        let mut pads = Self::default();
        for table in functions.landing_tables() {
            let bytes = image
                .bytes_from(table.table)
                .ok_or_else(|| Error::new("a table of landing pads is not in the file"))?;
            pads.read(table.function, EndianSlice::new(bytes, LittleEndian))
                .map_err(|error| Error::of("a table of landing pads")(&error))?;
        }
        Ok(pads)
    }

    /// The pads in a range that end a panic.
    pub fn within(&self, range: Range<Address>) -> impl Iterator<Item = Address> {
        self.catching.range(range).copied()
    }

    fn read(&mut self, function: Address, mut table: EndianSlice<'_, LittleEndian>) -> gimli::Result<()> {
        // Pads are counted from the function, unless the table says from where.
        if table.read_u8()? != gimli::DW_EH_PE_omit.0 {
            return Err(gimli::Error::UnsupportedPointerEncoding(gimli::DW_EH_PE_aligned));
        }
        // How the types of what is caught are written. Rust's pads catch everything.
        if table.read_u8()? != gimli::DW_EH_PE_omit.0 {
            table.read_uleb128()?;
        }
        let encoding = gimli::DwEhPe(table.read_u8()?);
        let length = usize::try_from(table.read_uleb128()?).map_err(|_| gimli::Error::UnsupportedOffset)?;
        let mut calls = table.split(length)?;
        while !calls.is_empty() {
            let (_begin, _length) = (number(&mut calls, encoding)?, number(&mut calls, encoding)?);
            let pad = number(&mut calls, encoding)?;
            let action = calls.read_uleb128()?;
            if pad != 0 && action != 0 {
                self.catching.insert(function.wrapping_add(pad));
            }
        }
        Ok(())
    }
}

fn number(bytes: &mut EndianSlice<'_, LittleEndian>, encoding: gimli::DwEhPe) -> gimli::Result<u64> {
    match encoding {
        gimli::DW_EH_PE_uleb128 => bytes.read_uleb128(),
        gimli::DW_EH_PE_udata4 => bytes.read_u32().map(u64::from),
        gimli::DW_EH_PE_udata8 => bytes.read_u64(),
        other => Err(gimli::Error::UnsupportedPointerEncoding(other)),
    }
}

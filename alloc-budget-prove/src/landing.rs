//! Landing pads that end a panic: from there on, a function is ordinary code again.
//!
//! Others only clean up, and the panic goes on: they are part of the panic. The unwinder's table of
//! a function (its language-specific data area) tells which is which.

use std::collections::BTreeMap;
use std::ops::Range;

use gimli::{EndianSlice, LittleEndian, Reader};

use crate::functions::Functions;
use crate::image::{Address, Image};

/// Where panics end.
#[derive(Debug, Default)]
pub(crate) struct LandingPads {
    /// By where a stretch of code begins: where it ends, and where a panic of a call in it goes on.
    stretches: BTreeMap<Address, (Address, Pad)>,
}

/// Where a panic that has left a call goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pad {
    /// It ends here.
    Catches(Address),
    /// The table has a form that is not understood.
    Unknown,
}

impl LandingPads {
    /// Reads the tables of all functions.
    pub(crate) fn of(image: &Image<'_>, functions: &Functions) -> Self {
        let mut pads = Self::default();
        for table in functions.landing_tables() {
            let bytes = image.bytes_from(table.table).unwrap_or_default();
            match calls(table.function.start, EndianSlice::new(bytes, LittleEndian)) {
                Ok(calls) => pads.stretches.extend(calls),
                Err(_) => {
                    pads.stretches.insert(table.function.start, (table.function.end, Pad::Unknown));
                }
            }
        }
        pads
    }

    /// Where a panic goes on that leaves the call which ends there; none if the function does not
    /// end it.
    pub(crate) fn of_call(&self, end: Address) -> Option<Pad> {
        // The unwinder asks for the call's last byte.
        let last = end.wrapping_sub(1);
        let (_, (end, pad)) = self.stretches.range(..=last).next_back()?;
        (last < *end).then_some(*pad)
    }
}

type Stretch = (Address, (Address, Pad));

fn calls(function: Address, mut table: EndianSlice<'_, LittleEndian>) -> gimli::Result<Vec<Stretch>> {
    // Pads are counted from the function, unless the table says from where.
    if table.read_u8()? != gimli::DW_EH_PE_omit.0 {
        return Err(gimli::Error::UnsupportedPointerEncoding(gimli::DW_EH_PE_aligned));
    }
    // How the types of what is caught are written. Whatever is caught, code goes on.
    if table.read_u8()? != gimli::DW_EH_PE_omit.0 {
        table.read_uleb128()?;
    }
    let encoding = gimli::DwEhPe(table.read_u8()?);
    let length = usize::try_from(table.read_uleb128()?).map_err(|_| gimli::Error::UnsupportedOffset)?;
    let mut rows = table.split(length)?;
    let mut stretches = Vec::new();
    while !rows.is_empty() {
        let [begin, length, pad] =
            [number(&mut rows, encoding)?, number(&mut rows, encoding)?, number(&mut rows, encoding)?];
        let action = rows.read_uleb128()?;
        if pad != 0 && action != 0 {
            let Range { start, end } =
                function.wrapping_add(begin)..function.wrapping_add(begin).wrapping_add(length);
            stretches.push((start, (end, Pad::Catches(function.wrapping_add(pad)))));
        }
    }
    Ok(stretches)
}

fn number(bytes: &mut EndianSlice<'_, LittleEndian>, encoding: gimli::DwEhPe) -> gimli::Result<u64> {
    match encoding {
        gimli::DW_EH_PE_uleb128 => bytes.read_uleb128(),
        gimli::DW_EH_PE_udata4 => bytes.read_u32().map(u64::from),
        gimli::DW_EH_PE_udata8 => bytes.read_u64(),
        other => Err(gimli::Error::UnsupportedPointerEncoding(other)),
    }
}

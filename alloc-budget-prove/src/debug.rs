//! What the compiler says of the code: its lines, and what was inlined where.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gimli::{AttributeValue, EndianSlice, LittleEndian};
use object::{Object, ObjectSection};

use crate::error::{Error, Result};
use crate::image::{Address, Image};

type Slice<'bytes> = EndianSlice<'bytes, LittleEndian>;

/// The sections that say it. Empty ones where the compiler was not asked for them.
#[derive(Debug)]
pub(crate) struct DebugInfo<'data>(gimli::DwarfSections<Cow<'data, [u8]>>);

impl<'data> DebugInfo<'data> {
    pub(crate) fn of(image: &Image<'data>) -> Result<Self> {
        let file = image.file();
        let load = |id: gimli::SectionId| -> Result<Cow<'data, [u8]>> {
            let Some(section) = file.section_by_name(id.name()) else { return Ok(Cow::default()) };
            section.uncompressed_data().map_err(|error| Error::of("the debug information")(&error))
        };
        gimli::DwarfSections::load(load).map(Self)
    }

    pub(crate) fn read(&self) -> gimli::Dwarf<Slice<'_>> {
        self.0.borrow(|section| EndianSlice::new(section, LittleEndian))
    }

    /// Functions of the program's allocator that were inlined somewhere.
    ///
    /// Code that was inlined is moved and put together with other code: its ranges don't tell all of it. So nothing is proven by
    /// them; where something of an allocator of the program's own was inlined, nothing is proven at all.
    pub(crate) fn inlined_allocators(&self) -> Result<Inlined> {
        let damaged = Error::of("the debug information");
        let dwarf = self.read();
        let (mut of_rust, mut own) = (BTreeSet::new(), BTreeSet::new());
        let mut copies: Vec<(usize, bool)> = Vec::new();
        let mut inlined = Inlined::default();
        let mut units = dwarf.units();
        while let Some(header) = units.next().map_err(|error| damaged(&error))? {
            inlined.has_any = true;
            let unit = dwarf.unit(header).map_err(|error| damaged(&error))?;
            let mut entries = unit.entries();
            while let Some(entry) = entries.next_dfs().map_err(|error| damaged(&error))? {
                let global = |offset: gimli::UnitOffset| {
                    offset.to_debug_info_offset(&unit.header).map(|offset| offset.0)
                };
                match entry.tag() {
                    gimli::DW_TAG_subprogram => {
                        let name = entry.attr_value(gimli::DW_AT_name);
                        let Some(name) = name.and_then(|name| dwarf.attr_string(&unit, name).ok()) else {
                            continue;
                        };
                        let found = match name.slice() {
                            name if name.starts_with(b"__rdl_") => &mut of_rust,
                            name if name.starts_with(b"__rg_") => &mut own,
                            _ => continue,
                        };
                        found.extend(global(entry.offset()));
                    }
                    gimli::DW_TAG_inlined_subroutine => {
                        let origin = match entry.attr_value(gimli::DW_AT_abstract_origin) {
                            Some(AttributeValue::UnitRef(offset)) => global(offset),
                            Some(AttributeValue::DebugInfoRef(offset)) => Some(offset.0),
                            _ => None,
                        };
                        copies.extend(origin.map(|origin| (origin, true)));
                    }
                    _ => {}
                }
            }
        }
        inlined.of_rust = copies.iter().any(|(origin, _)| of_rust.contains(origin));
        inlined.own = copies.iter().any(|(origin, _)| own.contains(origin));
        inlined.names_own = !own.is_empty();
        Ok(inlined)
    }
}

/// Which allocators were inlined.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Inlined {
    /// There is debug information at all.
    pub(crate) has_any: bool,
    /// The standard library's.
    pub(crate) of_rust: bool,
    /// One that the program has chosen.
    pub(crate) own: bool,
    /// The program has chosen one, inlined or not.
    pub(crate) names_own: bool,
}

/// Finds what an address is from.
pub(crate) struct Places<'debug> {
    context: addr2line::Context<Slice<'debug>>,
}

impl<'debug> Places<'debug> {
    pub(crate) fn of(debug: &'debug DebugInfo<'_>) -> Result<Self> {
        addr2line::Context::from_dwarf(debug.read())
            .map(|context| Self { context })
            .map_err(|error| Error::of("the debug information")(&error))
    }

    /// The function with code of its own first, then what was inlined in it.
    pub(crate) fn at(&self, address: Address) -> Vec<crate::proof::Place> {
        let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() else { return Vec::new() };
        let mut places = Vec::new();
        while let Ok(Some(frame)) = frames.next() {
            let Some(location) = frame.location else { continue };
            let Some(file) = location.file else { continue };
            let function = frame.function.and_then(|name| name.raw_name().ok().map(|name| readable(&name)));
            places.push(crate::proof::Place {
                function,
                file: file.to_owned(),
                line: location.line.unwrap_or(0),
                column: location.column.unwrap_or(0),
            });
        }
        places.reverse();
        places
    }
}

fn readable(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}

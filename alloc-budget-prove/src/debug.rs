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

    /// Which allocators there are, though none of their functions may be left with code of its own.
    pub(crate) fn allocators(&self) -> Result<Allocators> {
        let damaged = Error::of("the debug information");
        let dwarf = self.read();
        let mut of_rust = BTreeSet::new();
        let mut copies: Vec<usize> = Vec::new();
        let mut found = Allocators::default();
        let mut units = dwarf.units();
        while let Some(header) = units.next().map_err(|error| damaged(&error))? {
            found.has_any = true;
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
                        if name.starts_with(b"__rdl_") {
                            of_rust.extend(global(entry.offset()));
                        }
                        let is_declared = entry.attr(gimli::DW_AT_declaration).is_some();
                        found.own |= !is_declared && OWN.contains(&name.slice());
                    }
                    gimli::DW_TAG_inlined_subroutine => {
                        let origin = match entry.attr_value(gimli::DW_AT_abstract_origin) {
                            Some(AttributeValue::UnitRef(offset)) => global(offset),
                            Some(AttributeValue::DebugInfoRef(offset)) => Some(offset.0),
                            _ => None,
                        };
                        copies.extend(origin);
                    }
                    _ => {}
                }
            }
        }
        found.inlines_default = copies.iter().any(|origin| of_rust.contains(origin));
        Ok(found)
    }
}

/// What the compiler makes of a program's choice of an allocator.
const OWN: [&[u8]; 6] = [
    b"__rg_alloc",
    b"__rg_alloc_zeroed",
    b"__rg_realloc",
    b"__rust_alloc",
    b"__rust_alloc_zeroed",
    b"__rust_realloc",
];

/// What debug information says of allocators.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Allocators {
    /// There is some at all.
    pub(crate) has_any: bool,
    /// The standard library's was inlined somewhere.
    pub(crate) inlines_default: bool,
    /// The program has chosen one of its own.
    pub(crate) own: bool,
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

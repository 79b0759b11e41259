//! The pointers that the loader fills in.

use std::collections::HashMap;

use object::read::elf::{FileHeader, ProgramHeader, Rela, SectionHeader, Sym, VersionTable};
use object::{LittleEndian, SymbolIndex, elf};

use crate::error::{Error, Result};
use crate::image::{External, ExternalId, Header, Image, Pointer, has};

impl Image<'_> {
    pub(crate) fn read_pointers(&mut self) -> Result<()> {
        let damaged = Error::of("the relocations");
        let data = self.file.data();
        let sections = self.file.elf_section_table();
        let versions =
            sections.versions(LittleEndian, data).map_err(|error| damaged(&error))?.unwrap_or_default();
        let mut names = Names { versions, known: HashMap::new() };
        for header in sections.iter() {
            // Those of single objects, which a linker was told to keep, are of no section in
            // memory.
            if !has(header.sh_flags(LittleEndian), elf::SHF_ALLOC) {
                continue;
            }
            if let Some((relocations, _)) =
                header.rela(LittleEndian, data).map_err(|error| damaged(&error))?
            {
                for relocation in relocations {
                    let pointer = self.pointer(relocation, &mut names)?;
                    self.pointers.insert(relocation.r_offset(LittleEndian), pointer);
                }
            }
            if let Some(places) = header.relr(LittleEndian, data).map_err(|error| damaged(&error))? {
                for place in places {
                    // Such a place already holds the address.
                    let pointer = self.word(place).map_or(Pointer::Unknown, Pointer::Local);
                    self.pointers.insert(place, pointer);
                }
            }
            if header.sh_type(LittleEndian) == elf::SHT_REL {
                return Err(Error::new("the relocations have a form that x86-64 does not use"));
            }
        }
        if self.pointers.keys().any(|at| self.is_code(*at)) {
            return Err(Error::new("the loader changes the file's code (text relocations)"));
        }
        Ok(())
    }

    fn pointer(&mut self, relocation: &elf::Rela64<LittleEndian>, names: &mut Names<'_>) -> Result<Pointer> {
        let addend = relocation.r_addend.get(LittleEndian).cast_unsigned();
        match relocation.r_type(LittleEndian, false) {
            elf::R_X86_64_RELATIVE => return Ok(Pointer::Local(addend)),
            elf::R_X86_64_64 | elf::R_X86_64_GLOB_DAT | elf::R_X86_64_JUMP_SLOT => {}
            _ => return Ok(Pointer::Unknown),
        }
        let Some(index) = relocation.symbol(LittleEndian, false) else { return Ok(Pointer::Unknown) };
        let symbols = self.file.elf_dynamic_symbol_table();
        let symbol = symbols.symbol(index).map_err(|error| Error::of("the dynamic symbols")(&error))?;
        if symbol.is_undefined(LittleEndian) {
            // A weak one may stay null; calling it would crash.
            return if addend == 0 {
                self.external(index, names).map(Pointer::External)
            } else {
                Ok(Pointer::Unknown)
            };
        }
        // Another file's symbol of this name may be found before this one, unless nobody looks.
        let is_own = symbol.st_visibility() != elf::STV_DEFAULT || self.is_program();
        if symbol.st_type() == elf::STT_GNU_IFUNC || !is_own {
            return Ok(Pointer::Unknown);
        }
        Ok(Pointer::Local(symbol.st_value(LittleEndian).wrapping_add(addend)))
    }

    /// Whether its own symbols are found before those of all libraries.
    fn is_program(&self) -> bool {
        let is_asked_to_run =
            |segment: &elf::ProgramHeader64<LittleEndian>| segment.p_type(LittleEndian) == elf::PT_INTERP;
        self.file.elf_header().e_type(LittleEndian) == elf::ET_EXEC
            || self.file.elf_program_headers().iter().any(is_asked_to_run)
    }

    fn external(&mut self, index: SymbolIndex, names: &mut Names<'_>) -> Result<ExternalId> {
        if let Some(known) = names.known.get(&index) {
            return Ok(*known);
        }
        let damaged = Error::of("the dynamic symbols");
        let symbols = self.file.elf_dynamic_symbol_table();
        let name = symbols.symbol_name(LittleEndian, symbols.symbol(index).map_err(|error| damaged(&error))?);
        let name = text(name.map_err(|error| damaged(&error))?);
        let version = names.versions.version_index(LittleEndian, index).index();
        let version = names.versions.version(version).map_err(|error| damaged(&error))?;
        let external = External {
            name,
            version: version.map(|version| text(version.name())),
            library: version.and_then(object::read::elf::Version::file).map(text),
        };
        let id = ExternalId(
            u32::try_from(self.externals.len()).map_err(|_| Error::new("too many external symbols"))?,
        );
        self.externals.push(external);
        names.known.insert(index, id);
        Ok(id)
    }
}

/// The external symbols so far.
struct Names<'data> {
    versions: VersionTable<'data, Header>,
    known: HashMap<SymbolIndex, ExternalId>,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

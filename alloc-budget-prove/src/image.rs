//! The file as the loader lays it out: its bytes, the pointers that the loader fills in, and what
//! nobody writes afterwards.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use object::LittleEndian;
use object::elf::{self, FileHeader64, SectionFlags};
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader, SectionHeader, Sym};

use crate::error::{Error, Result};

pub(crate) type Header = FileHeader64<LittleEndian>;

/// An address of the running program, before the loader has moved it as a whole.
pub type Address = u64;

/// A linked x86-64 program or library for an ELF system.
#[derive(Debug)]
pub(crate) struct Image<'data> {
    pub(crate) file: ElfFile64<'data, LittleEndian>,
    sections: Vec<Section<'data>>,
    /// What the loader makes read-only once it has filled it in.
    sealed: Vec<Range<Address>>,
    /// Where functions of other files are found when they are first called, if so.
    bound_late: Range<Address>,
    pub(crate) pointers: HashMap<Address, Pointer>,
    pub(crate) externals: Vec<External>,
}

/// The smallest page of x86-64.
const PAGE: u64 = 4096;

/// A part of the file that is in memory.
#[derive(Debug)]
struct Section<'data> {
    range: Range<Address>,
    /// Shorter than the range where it begins as zeros.
    bytes: &'data [u8],
    is_code: bool,
    is_writable: bool,
}

/// What the loader writes at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pointer {
    /// An address in this file.
    Local(Address),
    /// A symbol of another file.
    External(ExternalId),
    /// What depends on the machine, or is not known here.
    Unknown,
}

/// The number of an [`External`] in its image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ExternalId(pub(crate) u32);

/// A symbol of another file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct External {
    /// `memcpy`
    pub(crate) name: String,
    /// `GLIBC_2.14`
    pub(crate) version: Option<String>,
    /// `libc.so.6`, where there is a version.
    pub(crate) library: Option<String>,
}

impl<'data> Image<'data> {
    /// Reads a linked file.
    ///
    /// # Errors
    /// It is none, one for another machine, or damaged.
    pub(crate) fn read(data: &'data [u8]) -> Result<Self> {
        let file = ElfFile64::<LittleEndian>::parse(data).map_err(|error| Error::of("the file")(&error))?;
        let header = file.elf_header();
        if header.e_machine(LittleEndian) != elf::EM_X86_64 {
            return Err(Error::new("the file is not for x86-64"));
        }
        if ![elf::ET_EXEC, elf::ET_DYN].contains(&header.e_type(LittleEndian)) {
            return Err(Error::new(
                "the file is not linked: only a program or a shared library can be analysed",
            ));
        }
        let mut image = Self {
            file,
            sections: Vec::new(),
            sealed: Vec::new(),
            bound_late: 0..0,
            pointers: HashMap::new(),
            externals: Vec::new(),
        };
        image.read_sections()?;
        image.read_segments()?;
        image.read_pointers()?;
        Ok(image)
    }

    pub(crate) fn file(&self) -> &ElfFile64<'data, LittleEndian> {
        &self.file
    }

    fn read_sections(&mut self) -> Result<()> {
        let data = self.file.data();
        for header in self.file.elf_section_table().iter() {
            let flags = header.sh_flags(LittleEndian);
            // A thread's own memory has its address among the others, and lies elsewhere.
            if !has(flags, elf::SHF_ALLOC) || has(flags, elf::SHF_TLS) {
                continue;
            }
            let begin = header.sh_addr(LittleEndian);
            let end = begin
                .checked_add(header.sh_size(LittleEndian))
                .ok_or_else(|| Error::new("a section is too long"))?;
            let bytes = header.data(LittleEndian, data).map_err(|error| Error::of("a section")(&error))?;
            let (is_code, is_writable) = (has(flags, elf::SHF_EXECINSTR), has(flags, elf::SHF_WRITE));
            if begin < end {
                self.check_load(header, begin..end)?;
                self.sections.push(Section { range: begin..end, bytes, is_code, is_writable });
            }
        }
        self.sections.sort_by_key(|section| section.range.start);
        let overlap = self.sections.windows(2).any(|pair| pair[0].range.end > pair[1].range.start);
        if overlap {
            return Err(Error::new("two sections of the file lie over each other"));
        }
        if !self.sections.iter().any(|section| section.is_code) {
            return Err(Error::new("the file has no section with code"));
        }
        Ok(())
    }

    /// What the file says of a section must be what the loader does, which knows of segments only.
    fn check_load(&self, section: &elf::SectionHeader64<LittleEndian>, range: Range<Address>) -> Result<()> {
        let is_around = |segment: &&elf::ProgramHeader64<LittleEndian>| {
            let begin = segment.p_vaddr(LittleEndian);
            segment.p_type(LittleEndian) == elf::PT_LOAD
                && begin <= range.start
                && range.end <= begin.saturating_add(segment.p_memsz(LittleEndian))
        };
        let Some(segment) = self.file.elf_program_headers().iter().find(is_around) else {
            return Err(Error::new("a section of the file is not loaded"));
        };
        let flags = segment.p_flags(LittleEndian).0;
        let (may_write, may_run) = (flags & elf::PF_W.0 != 0, flags & elf::PF_X.0 != 0);
        if may_write && may_run {
            return Err(Error::new("the file has code that it may write to"));
        }
        let says = section.sh_flags(LittleEndian);
        if may_write && !has(says, elf::SHF_WRITE) {
            return Err(Error::new("a section of the file may be written to, and does not say so"));
        }
        let distance = range.start - segment.p_vaddr(LittleEndian);
        let is_in_file = section.sh_type(LittleEndian) != elf::SHT_NOBITS;
        if is_in_file
            && segment.p_offset(LittleEndian).wrapping_add(distance) != section.sh_offset(LittleEndian)
        {
            return Err(Error::new("a section of the file is not where it is loaded from"));
        }
        Ok(())
    }

    fn read_segments(&mut self) -> Result<()> {
        for segment in self.file.elf_program_headers() {
            if segment.p_type(LittleEndian) == elf::PT_GNU_RELRO {
                let begin = segment.p_vaddr(LittleEndian);
                let end = begin.saturating_add(segment.p_memsz(LittleEndian));
                // Only whole pages are made read-only.
                self.sealed.push(begin..end - end % PAGE);
            }
        }
        if !self.binds_now()? {
            let sections = self.file.elf_section_table();
            let late = sections.section_by_name(LittleEndian, b".got.plt").map(|(_, header)| header);
            self.bound_late = late.map_or(0..0, |header| {
                let begin = header.sh_addr(LittleEndian);
                begin..begin.saturating_add(header.sh_size(LittleEndian))
            });
        }
        Ok(())
    }

    /// Whether the loader finds all functions of other files before the program begins.
    fn binds_now(&self) -> Result<bool> {
        let table =
            self.file.elf_dynamic_table().map_err(|error| Error::of("the dynamic section")(&error))?;
        let is_dynamic = !table.is_empty();
        let says_now = table.iter().any(|entry| match entry.tag {
            elf::DT_BIND_NOW => true,
            elf::DT_FLAGS => entry.val & elf::DF_BIND_NOW.0 != 0,
            elf::DT_FLAGS_1 => entry.val & elf::DF_1_NOW.0 != 0,
            _ => false,
        });
        Ok(!is_dynamic || says_now)
    }
}

pub(crate) fn has(flags: SectionFlags, flag: SectionFlags) -> bool {
    flags.0 & flag.0 != 0
}

/// What is where.
impl<'data> Image<'data> {
    fn section(&self, at: Address) -> Option<&Section<'data>> {
        let behind = self.sections.partition_point(|section| section.range.start <= at);
        self.sections[..behind].last().filter(|section| at < section.range.end)
    }

    /// The bytes of the file at an address.
    pub(crate) fn bytes(&self, at: Address, length: usize) -> Option<&'data [u8]> {
        let section = self.section(at)?;
        let begin = usize::try_from(at - section.range.start).ok()?;
        section.bytes.get(begin..begin.checked_add(length)?)
    }

    /// The bytes from an address to the end of what is around it.
    pub(crate) fn bytes_from(&self, at: Address) -> Option<&'data [u8]> {
        let section = self.section(at)?;
        section.bytes.get(usize::try_from(at - section.range.start).ok()?..)
    }

    pub(crate) fn word(&self, at: Address) -> Option<u64> {
        Some(u64::from_le_bytes(self.bytes(at, 8)?.try_into().ok()?))
    }

    /// Whether there are instructions.
    pub(crate) fn is_code(&self, at: Address) -> bool {
        self.section(at).is_some_and(|section| section.is_code)
    }

    /// The parts of the file that have instructions.
    pub(crate) fn code(&self) -> impl Iterator<Item = Range<Address>> {
        self.sections.iter().filter(|section| section.is_code).map(|section| section.range.clone())
    }

    /// The bytes of the parts that have none.
    pub(crate) fn data(&self) -> impl Iterator<Item = &'data [u8]> {
        self.sections.iter().filter(|section| !section.is_code).map(|section| section.bytes)
    }

    /// Whether nothing writes there once the loader is done.
    pub(crate) fn is_constant(&self, at: Address) -> bool {
        let Some(section) = self.section(at) else { return false };
        let is_sealed =
            || self.sealed.iter().any(|range| range.contains(&at)) && !self.bound_late.contains(&at);
        !section.is_writable || is_sealed()
    }

    /// What the eight bytes at an address always hold, as far as that is known.
    pub(crate) fn constant(&self, at: Address) -> Option<Pointer> {
        let pointer = self.pointers.get(&at).copied();
        if self.bound_late.contains(&at) {
            // First the way to the loader's search, later what it has found: the same function in
            // the end.
            return pointer.filter(|pointer| matches!(pointer, Pointer::External(_)));
        }
        if !(at..at.checked_add(8)?).all(|byte| self.is_constant(byte)) {
            return None;
        }
        match pointer {
            Some(pointer) => Some(pointer),
            // One may have been written over a part of it.
            None if !self.is_as_in_file(at..at + 8) => Some(Pointer::Unknown),
            None => self.word(at).map(Pointer::Local),
        }
    }

    /// Whether the loader writes nothing over some bytes.
    pub(crate) fn is_as_in_file(&self, bytes: Range<Address>) -> bool {
        (bytes.start.saturating_sub(7)..bytes.end).all(|at| !self.pointers.contains_key(&at))
    }

    /// What the loader writes, by place.
    pub(crate) fn pointers(&self) -> impl Iterator<Item = (Address, Pointer)> {
        self.pointers.iter().map(|(at, pointer)| (*at, *pointer))
    }

    /// A symbol of another file.
    ///
    /// # Panics
    /// The number is of another image.
    pub(crate) fn external_symbol(&self, id: ExternalId) -> &External {
        &self.externals[id.0 as usize]
    }

    /// Whether the loader chooses where it lies, so that code has no address as a number.
    pub(crate) fn is_movable(&self) -> bool {
        self.file.elf_header().e_type(LittleEndian) == elf::ET_DYN
    }

    /// Variables of eight bytes with names that a compiler has made from Rust, and that no other
    /// file can name.
    pub(crate) fn own_words_of_rust(&self) -> impl Iterator<Item = Address> {
        let exported: HashSet<Address> = self
            .file
            .elf_dynamic_symbol_table()
            .symbols()
            .iter()
            .filter(|symbol| !symbol.is_undefined(LittleEndian))
            .map(|symbol| symbol.st_value(LittleEndian))
            .collect();
        let table = self.file.elf_symbol_table();
        let is_of_rust = move |symbol: &&elf::Sym64<LittleEndian>| {
            let name = table.symbol_name(LittleEndian, symbol).unwrap_or_default();
            let name = String::from_utf8_lossy(name);
            rustc_demangle::try_demangle(name.split(".llvm.").next().unwrap_or(&name)).is_ok()
        };
        table
            .symbols()
            .iter()
            .filter(|symbol| symbol.st_type() == elf::STT_OBJECT && symbol.st_size(LittleEndian) == 8)
            .filter(is_of_rust)
            .map(|symbol| symbol.st_value(LittleEndian))
            .filter(move |at| !exported.contains(at))
    }

    /// Whether the linker keeps an address there for code to load.
    pub(crate) fn is_slot(&self, at: Address) -> bool {
        let sections = self.file.elf_section_table();
        let got = sections.section_by_name(LittleEndian, b".got").map(|(_, header)| header);
        got.is_some_and(|header| {
            let begin = header.sh_addr(LittleEndian);
            (begin..begin.saturating_add(header.sh_size(LittleEndian))).contains(&at) && self.is_constant(at)
        })
    }
}

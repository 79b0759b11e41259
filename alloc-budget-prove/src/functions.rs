//! Where functions begin and end: by symbols, and by what the unwinder is told.

use std::collections::BTreeMap;
use std::ops::Range;

use gimli::{BaseAddresses, CieOrFde, EhFrame, LittleEndian as Little, UnwindSection};
use object::elf;
use object::read::elf::Sym;
use object::{LittleEndian, Object, ObjectSection};

use crate::error::{Error, Result};
use crate::image::{Address, Image};

/// A function of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) range: Range<Address>,
    /// Paths in Rust, without the compiler's hash. Several where the linker has put equal code
    /// together.
    pub(crate) paths: Vec<String>,
    /// Names that are no paths: of C and of assembly.
    pub(crate) symbols: Vec<String>,
    /// Whether calling it runs what it returns: the loader calls it to choose.
    pub(crate) is_indirect: bool,
    /// Whether it is a part that a compiler has split off another one.
    pub(crate) is_part: bool,
}

/// All functions of a file, by where they begin.
#[derive(Debug)]
pub(crate) struct Functions {
    all: Vec<Function>,
    /// The latest end of each one and those before it.
    ends: Vec<Address>,
    tables: Vec<LandingTable>,
}

/// Where the unwinder finds a function's landing pads.
#[derive(Debug, Clone)]
pub(crate) struct LandingTable {
    pub(crate) function: Range<Address>,
    pub(crate) table: Address,
}

impl Functions {
    /// Finds the functions of a file.
    ///
    /// # Errors
    /// It has no symbols, or what the unwinder is told can't be read.
    pub(crate) fn of(image: &Image<'_>) -> Result<Self> {
        let mut found = BTreeMap::new();
        symbols(image, &mut found)?;
        let tables = frames(image, &mut found)?;
        let mut all: Vec<Function> = found.into_values().collect();
        end_unsized(image, &mut all);
        let ends = all.iter().scan(0, |latest, function| {
            *latest = function.range.end.max(*latest);
            Some(*latest)
        });
        Ok(Self { ends: ends.collect(), all, tables })
    }

    /// Every function, by where it begins.
    pub(crate) fn all(&self) -> &[Function] {
        &self.all
    }

    /// The one that begins there.
    pub(crate) fn at(&self, address: Address) -> Option<&Function> {
        let index = self.all.binary_search_by_key(&address, |function| function.range.start).ok()?;
        self.all.get(index)
    }

    /// The one with the latest beginning of those that an address is in.
    pub(crate) fn around(&self, address: Address) -> Option<&Function> {
        let behind = self.all.partition_point(|function| function.range.start <= address);
        let before = self.all[..behind].iter().zip(&self.ends).rev();
        let mut reaching = before.take_while(|(_, latest)| address < **latest);
        reaching.find(|(function, _)| address < function.range.end).map(|(function, _)| function)
    }

    pub(crate) fn landing_tables(&self) -> &[LandingTable] {
        &self.tables
    }
}

fn symbols(image: &Image<'_>, found: &mut BTreeMap<Address, Function>) -> Result<()> {
    let file = image.file();
    let own = file.elf_symbol_table();
    if own.is_empty() {
        return Err(Error::new("the file has no symbols: it was stripped. Build it with `strip = false`"));
    }
    for table in [own, file.elf_dynamic_symbol_table()] {
        for symbol in table.symbols() {
            let at = symbol.st_value(LittleEndian);
            let kind = symbol.st_type();
            let name =
                table.symbol_name(LittleEndian, symbol).map_err(|error| Error::of("the symbols")(&error))?;
            // Hand-written code may leave out that its labels are functions. Those of assemblers
            // begin with a dot.
            let is_label = kind == elf::STT_NOTYPE
                && !name.is_empty()
                && !name.starts_with(b".")
                && !name.starts_with(b"$");
            let is_function = kind == elf::STT_FUNC || kind == elf::STT_GNU_IFUNC || is_label;
            if !is_function || symbol.is_undefined(LittleEndian) || !image.is_code(at) {
                continue;
            }
            let function = found.entry(at).or_insert_with(|| Function::nameless(at..at));
            function.range.end = function.range.end.max(at.saturating_add(symbol.st_size(LittleEndian)));
            function.is_indirect |= kind == elf::STT_GNU_IFUNC;
            function.add_name(&String::from_utf8_lossy(name));
        }
    }
    Ok(())
}

/// What has no symbol may still be unwound through.
fn frames(image: &Image<'_>, found: &mut BTreeMap<Address, Function>) -> Result<Vec<LandingTable>> {
    let damaged = Error::of("what the unwinder is told");
    let Some(section) = image.file().section_by_name(".eh_frame") else { return Ok(Vec::new()) };
    let bytes = section.data().map_err(|error| damaged(&error))?;
    let frames = EhFrame::new(bytes, Little);
    let mut bases = BaseAddresses::default().set_eh_frame(section.address());
    if let Some(text) = image.file().section_by_name(".text") {
        bases = bases.set_text(text.address());
    }
    let mut tables = Vec::new();
    let mut entries = frames.entries(&bases);
    while let Some(entry) = entries.next().map_err(|error| damaged(&error))? {
        let CieOrFde::Fde(partial) = entry else { continue };
        let frame = partial.parse(EhFrame::cie_from_offset).map_err(|error| damaged(&error))?;
        let begin = frame.initial_address();
        if !image.is_code(begin) {
            continue;
        }
        let function = found.entry(begin).or_insert_with(|| Function::nameless(begin..begin));
        function.range.end = function.range.end.max(begin.saturating_add(frame.len()));
        match frame.lsda() {
            Some(gimli::Pointer::Direct(table)) => {
                tables.push(LandingTable { function: begin..begin.saturating_add(frame.len()), table });
            }
            Some(gimli::Pointer::Indirect(_)) => {
                return Err(Error::new("landing pads are found by an address in memory"));
            }
            None => {}
        }
    }
    Ok(tables)
}

/// Hand-written code may leave out how long a function is: up to the next one, or to the end of its
/// section.
fn end_unsized(image: &Image<'_>, all: &mut [Function]) {
    let code: Vec<Range<Address>> = image.code().collect();
    let starts: Vec<Address> = all.iter().map(|function| function.range.start).collect();
    for (index, function) in all.iter_mut().enumerate() {
        let range = &mut function.range;
        let section_end =
            code.iter().find(|code| code.contains(&range.start)).map_or(range.start, |code| code.end);
        if range.is_empty() {
            range.end = starts.get(index + 1).map_or(section_end, |next| section_end.min(*next));
        }
        range.end = range.end.min(section_end);
    }
}

impl Function {
    fn nameless(range: Range<Address>) -> Self {
        Self { range, paths: Vec::new(), symbols: Vec::new(), is_indirect: false, is_part: false }
    }

    /// As people write it; none where there is no symbol.
    pub(crate) fn name(&self) -> Option<&str> {
        self.paths.first().or(self.symbols.first()).map(String::as_str)
    }

    /// Whether a compiler has made it from Rust.
    pub(crate) fn is_of_rust(&self) -> bool {
        !self.paths.is_empty() && self.symbols.is_empty() && !self.is_part
    }

    fn add_name(&mut self, symbol: &str) {
        self.is_part |= symbol.contains(".cold") || symbol.contains(".part.");
        // Optimisers tell copies of a function apart by what is behind the name.
        let symbol = symbol.split(".llvm.").next().unwrap_or(symbol);
        let (names, name) = match rustc_demangle::try_demangle(symbol) {
            Ok(path) => (&mut self.paths, format!("{path:#}")),
            Err(_) => (&mut self.symbols, symbol.to_owned()),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

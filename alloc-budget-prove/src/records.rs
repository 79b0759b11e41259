//! What a proving build has left in a file: a record of each promise, and the marks in the code
//! that promises. The runtime's `prove.rs` writes both.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::functions::Functions;
use crate::image::{Address, Image};
use crate::proof::{Promise, Subject};

/// A promise, as the source has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "what the source may say or leave out")]
pub struct Record {
    /// Of the function, or the label that its source gives it; empty for a block.
    pub name: String,
    /// The path of the module that it is in.
    pub module: String,
    /// The name of its package; empty if cargo did not build it.
    pub package: String,
    /// Whether the user was building the package, and not a dependency.
    pub is_primary: bool,
    /// The file, as the compiler was given it.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// What is promised; both are possible.
    pub promises: Vec<Promise>,
    /// Whether its first calls may make something ready.
    pub is_warm: bool,
    /// Whether its source says that it is not to be proven.
    pub is_skipped: bool,
    /// Whether it is of a block in a function.
    pub is_block: bool,
    /// See [`Subject::assume`].
    pub assume: Vec<String>,
    /// Why nothing can be said of it, if so.
    pub obstacle: Option<String>,
    /// Its code: an address in each function that promises. Several of a generic function; none if
    /// the compiler has left none.
    pub code: Vec<Address>,
}

impl Record {
    /// What is to be proven: each promise of each function, which the worst of the verdicts counts
    /// for. One without an address where there is no code.
    pub fn subjects(&self) -> Vec<Subject> {
        let addresses: Vec<Option<Address>> = match &*self.code {
            [] => vec![None],
            code => code.iter().copied().map(Some).collect(),
        };
        let subject = |address, promise| Subject {
            name: self.name.clone(),
            address,
            promise,
            assume: self.assume.clone(),
        };
        let of = |promise: &Promise| {
            addresses.iter().map(|address| subject(*address, *promise)).collect::<Vec<_>>()
        };
        self.promises.iter().flat_map(of).collect()
    }
}

/// The promises in a file that a proving build has made, by place in the source.
///
/// # Errors
/// As [`prove`](crate::prove). Or a record is damaged, or of another version; two have one number;
/// or code has a mark whose record is not there.
pub fn records(bytes: &[u8]) -> Result<Vec<Record>> {
    let image = Image::read(bytes)?;
    let functions = Functions::of(&image)?;
    let mut found = BTreeMap::new();
    for data in image.data() {
        read_all(data, &mut found)?;
    }
    for code in image.code() {
        for (at, id) in marks(&image, code) {
            let Some(record) = found.get_mut(&id) else {
                return Err(Error::new(format!(
                    "code at {at:#x} has the mark of a promise whose record is not in the file: \
                     the linker has left it out, or another tool has"
                )));
            };
            let code = match functions.around(at) {
                Some(function) if !function.is_part => function.range.start,
                _ => at,
            };
            if !record.code.contains(&code) {
                record.code.push(code);
            }
        }
    }
    let mut records: Vec<Record> = found.into_values().collect();
    let place = |record: &Record| (record.file.clone(), record.line, record.column, record.module.clone());
    records.sort_by_key(place);
    Ok(records)
}

/// The inverse of what a record begins with: in this program itself it must not be found.
const INVERSE: [u8; 16] =
    [0x62, 0x9e, 0x93, 0x93, 0x90, 0x9c, 0xd2, 0x9d, 0x8a, 0x9b, 0x98, 0x9a, 0x8b, 0xfe, 0x3c, 0x81];
const VERSION: u32 = 1;

fn read_all(data: &[u8], found: &mut BTreeMap<u64, Record>) -> Result<()> {
    let magic = black_box(INVERSE).map(|byte| !byte);
    let mut at = 0;
    while let Some(next) =
        data.get(at..).and_then(|rest| rest.windows(magic.len()).position(|window| window == magic))
    {
        at += next;
        let (id, record) = read(&data[at..], magic.len())?;
        if let Some(other) = found.insert(id, record) {
            return Err(Error::new(format!(
                "two promises have one number: that of `{}::{}` and another; build it anew",
                other.module, other.name
            )));
        }
        at += magic.len();
    }
    Ok(())
}

/// One record, whose first bytes have been found.
fn read(data: &[u8], begin: usize) -> Result<(u64, Record)> {
    let damaged = || Error::new("a record of a promise is damaged");
    let mut fields = Fields { data, at: begin };
    let length = fields.number().ok_or_else(damaged)? as usize;
    let version = fields.number().ok_or_else(damaged)?;
    if version != VERSION {
        return Err(Error::new(format!(
            "the records of promises have version {version}, and this program reads {VERSION}: \
             `alloc-budget` and the prover are not of one version"
        )));
    }
    let end = length.checked_sub(8).ok_or_else(damaged)?;
    let sum = data.get(end..length).ok_or_else(damaged)?;
    if sum != checksum(&data[..end]).to_le_bytes() {
        return Err(damaged());
    }
    fields.data = &data[..end];
    let record = fields.record().ok_or_else(damaged)?;
    if fields.at != end || record.1.promises.is_empty() {
        return Err(damaged());
    }
    Ok(record)
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

struct Fields<'data> {
    data: &'data [u8],
    at: usize,
}

impl Fields<'_> {
    fn number(&mut self) -> Option<u32> {
        let bytes = self.data.get(self.at..self.at.checked_add(4)?)?;
        self.at += 4;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()? as usize;
        let bytes = self.data.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        String::from_utf8(bytes.to_vec()).ok()
    }

    fn record(&mut self) -> Option<(u64, Record)> {
        let (low, high) = (self.number()?, self.number()?);
        let (flags, line, column) = (self.number()?, self.number()?, self.number()?);
        let (file, module, name, package) = (self.text()?, self.text()?, self.text()?, self.text()?);
        let (assume, obstacle) = (self.text()?, self.text()?);
        let is = |bit: u32| flags & 1 << bit != 0;
        if flags >> 6 != 0 {
            return None;
        }
        let promises = [(0, Promise::NoAllocation), (1, Promise::NoDeallocation)];
        let promises = promises.into_iter().filter(|(bit, _)| is(*bit)).map(|(_, promise)| promise);
        let record = Record {
            name,
            module,
            package,
            is_primary: is(3),
            file,
            line,
            column,
            promises: promises.collect(),
            is_warm: is(2),
            is_skipped: is(4),
            is_block: is(5),
            assume: assume.lines().map(str::to_owned).collect(),
            obstacle: (!obstacle.is_empty()).then_some(obstacle),
            code: Vec::new(),
        };
        Some((u64::from(high) << 32 | u64::from(low), record))
    }
}

/// `nop DWORD PTR [rax + …]` twice: the halves of a number, neither of which is zero. Compilers pad
/// with the same instruction, and zero as its operand.
fn marks(image: &Image<'_>, code: Range<Address>) -> Vec<(Address, u64)> {
    const NOP: [u8; 3] = [0x0f, 0x1f, 0x80];
    let bytes = image.bytes_from(code.start).unwrap_or_default();
    let mut marks = Vec::new();
    for (window, at) in bytes.windows(14).zip(code.start..) {
        if window[..3] == NOP && window[7..10] == NOP {
            let half =
                |at: usize| window[at..at + 4].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            let (low, high) = (half(3), half(10));
            if low != 0 && high != 0 {
                marks.push((at, high << 32 | low));
            }
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the runtime writes it.
    fn written(id: u64, name: &str, flags: u32) -> Vec<u8> {
        let mut bytes: Vec<u8> = INVERSE.map(|byte| !byte).to_vec();
        let mut numbers = vec![0, VERSION];
        #[expect(clippy::cast_possible_truncation, reason = "halves")]
        numbers.extend([id as u32, (id >> 32) as u32, flags, 12, 5]);
        for number in numbers {
            bytes.extend(number.to_le_bytes());
        }
        for text in ["src/lib.rs", "codec", name, "codec", "a::b\nc::d", ""] {
            bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        let length = u32::try_from(bytes.len() + 8).unwrap();
        bytes[16..20].copy_from_slice(&length.to_le_bytes());
        let sum = checksum(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }

    fn all(data: &[u8]) -> Result<Vec<Record>> {
        let mut found = BTreeMap::new();
        read_all(data, &mut found).map(|()| found.into_values().collect())
    }

    #[test]
    fn records_are_found_wherever_they_lie() {
        let data = [&[0; 3][..], &written(7, "one", 1), &[9; 5], &written(8, "two", 2 | 1 << 2)].concat();
        let found = all(&data).unwrap();
        let names: Vec<_> = found.iter().map(|record| &*record.name).collect();
        assert_eq!(names, ["one", "two"]);
        assert_eq!(found[0].promises, [Promise::NoAllocation]);
        assert_eq!(found[0].assume, ["a::b", "c::d"]);
        assert_eq!(found[1].promises, [Promise::NoDeallocation]);
        assert!(found[1].is_warm && !found[0].is_warm);
    }

    #[test]
    fn what_is_damaged_is_an_error() {
        let good = written(7, "one", 1);
        for length in 16..good.len() {
            assert!(all(&good[..length]).is_err(), "cut to {length}");
        }
        for at in 16..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            assert!(all(&bad).is_err(), "byte {at} changed");
        }
        assert!(all(&written(7, "promises nothing", 0)).is_err());
        assert!(all(&written(7, "has an unknown flag", 1 | 1 << 6)).is_err());
        let twice = [good.clone(), good].concat();
        assert!(all(&twice).unwrap_err().to_string().contains("one number"));
    }
}

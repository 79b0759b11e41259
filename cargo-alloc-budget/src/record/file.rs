//! One file of a record: what one process wrote. A damaged file costs only itself.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Result, bail};
use serde::Deserialize;

use super::line::{At, Header, Line, Over, Site, VERSION};
use crate::report::budget::Stack;

/// What one process wrote.
#[derive(Debug, Clone)]
pub struct Record {
    pub header: Header,
    pub sites: HashMap<u64, Site>,
    /// By site and test: the last line of each.
    pub at: BTreeMap<(u64, Option<String>), At>,
    pub overages: Vec<Over>,
    pub stacks: BTreeMap<u64, Vec<Stack>>,
    /// Whether the process came to its end.
    pub has_ended: bool,
    /// Lines that the process could not write.
    pub lost: u64,
    /// Whole lines that can't be read.
    pub garbled: u64,
}

#[derive(Deserialize)]
struct Version {
    alloc_budget: u32,
}

impl Record {
    /// `None` if the first line is no header: whose record it is isn't known.
    ///
    /// # Errors
    /// A runtime has written it that is newer than this tool.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        // What stands behind the last line's end is a line that was cut off.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| &bytes[..end]);
        let mut lines = whole.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        if let Ok(Version { alloc_budget }) = serde_json::from_slice(first)
            && alloc_budget > VERSION
        {
            bail!(
                "the tests use a newer alloc-budget than this tool knows: its records have version \
                 {alloc_budget}, and this tool reads up to {VERSION}. Update the tool: cargo install \
                 cargo-alloc-budget"
            );
        }
        let Ok(header) = serde_json::from_slice(first) else { return Ok(None) };
        let mut record = Self::new(header);
        for line in lines {
            record.add(line);
        }
        Ok(Some(record))
    }

    fn new(header: Header) -> Self {
        Self {
            header,
            sites: HashMap::new(),
            at: BTreeMap::new(),
            overages: Vec::new(),
            stacks: BTreeMap::new(),
            has_ended: false,
            lost: 0,
            garbled: 0,
        }
    }

    fn add(&mut self, line: &[u8]) {
        let line = std::str::from_utf8(line).ok().and_then(|line| Line::parse(line).ok());
        let is_known = match &line {
            Some(Line::At(at)) => self.sites.contains_key(&at.at),
            Some(Line::Over(over)) => self.sites.contains_key(&over.over),
            Some(Line::Traced(traced)) => self.sites.contains_key(&traced.traced),
            _ => true,
        };
        match line {
            None => self.garbled += 1,
            Some(_) if !is_known => self.garbled += 1,
            Some(Line::Site(site)) => drop(self.sites.insert(site.site, site)),
            Some(Line::At(at)) => drop(self.at.insert((at.at, at.test.clone()), *at)),
            Some(Line::Over(over)) => self.overages.push(over),
            Some(Line::Traced(traced)) => drop(self.stacks.insert(traced.traced, traced.stacks)),
            Some(Line::End(end)) => (self.has_ended, self.lost) = (true, end.lost),
            Some(Line::Unknown) => {}
        }
    }

    /// Whether everything that the process did is in it.
    pub fn is_whole(&self) -> bool {
        self.has_ended && self.lost == 0 && self.garbled == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Record;
    use crate::record::samples::{AT, END, HEADER, OVER, SITE};

    fn parse(text: &str) -> Record {
        Record::parse(text.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn a_whole_record_is_read() {
        let record = parse(&format!("{HEADER}\n{SITE}\n{AT}\n{OVER}\n{END}\n"));
        assert!(record.is_whole());
        assert_eq!((record.sites.len(), record.at.len(), record.overages.len()), (1, 1, 1));
    }

    #[test]
    fn a_line_that_was_cut_off_is_no_line() {
        for cut in 1..END.len() {
            let text = format!("{HEADER}\n{SITE}\n{AT}\n{}", &END[..cut]);
            let record = parse(&text);
            assert!(!record.has_ended && record.garbled == 0 && record.at.len() == 1, "{text}");
        }
    }

    #[test]
    fn the_last_line_of_a_test_counts() {
        let later = AT.replace("\"calls\":812", "\"calls\":900");
        let record = parse(&format!("{HEADER}\n{SITE}\n{AT}\n{later}\n{END}\n"));
        assert_eq!(record.at.values().map(|at| at.calls).collect::<Vec<_>>(), [900]);
    }

    #[test]
    fn a_garbled_line_costs_itself_and_is_counted() {
        for garbled in ["{\"at\":3,\"te", "\u{0}\u{0}", "{\"at\":3}", AT.replace(":3", ":4").as_str()] {
            let record = parse(&format!("{HEADER}\n{SITE}\n{garbled}\n{AT}\n{END}\n"));
            assert!(!record.is_whole(), "{garbled}");
            assert_eq!((record.garbled, record.at.len()), (1, 1), "{garbled}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_a_garbled_line() {
        let mut bytes = format!("{HEADER}\n").into_bytes();
        bytes.extend([0xff, 0xfe, b'\n']);
        assert_eq!(Record::parse(&bytes).unwrap().unwrap().garbled, 1);
    }

    #[test]
    fn lines_and_fields_of_a_later_runtime_are_ignored() {
        let at = AT.replacen('{', "{\"new\":[1],", 1);
        let record = parse(&format!("{HEADER}\n{SITE}\n{{\"weather\":\"fine\"}}\n{at}\n{END}\n"));
        assert!(record.is_whole());
        assert_eq!(record.at.len(), 1);
    }

    #[test]
    fn lines_that_were_lost_are_missed() {
        let record = parse(&format!("{HEADER}\n{SITE}\n{}\n", END.replace(":0", ":2")));
        assert!(!record.is_whole());
        assert_eq!(record.lost, 2);
    }

    #[test]
    fn a_later_version_is_refused() {
        let header = HEADER.replacen("\"alloc_budget\":1", "\"alloc_budget\":2", 1);
        let error = Record::parse(format!("{header}\n").as_bytes()).unwrap_err().to_string();
        assert!(error.contains("Update the tool"), "{error}");
        // Whatever else has become of the header.
        assert!(Record::parse(b"{\"alloc_budget\":2}\n").is_err());
    }

    #[test]
    fn nothing_is_known_without_a_header() {
        for text in ["", "{\"alloc_bud", &format!("{SITE}\n{AT}\n{END}\n"), "\n\n"] {
            assert!(Record::parse(text.as_bytes()).unwrap().is_none(), "{text}");
        }
    }
}

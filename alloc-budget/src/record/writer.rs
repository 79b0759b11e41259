//! What is written of a process: everything so far of each budget in each test, and which of it the
//! file does not have yet.

use std::collections::BTreeMap;
use std::io;
use std::mem;
use std::ptr;

use crate::record::file::Output;
use crate::record::header::test_of_nextest;
use crate::record::lines;
use crate::record::sites::Site;
use crate::record::table::Table;
use crate::record::traced::Traced;
use crate::record::values::Values;
use crate::trace::call_site::CallSite;
use crate::trace::captures::Captures;

/// So many overages of one budget in one test have lines of their own.
pub(super) const OVERAGES: u64 = 16;

pub(super) struct Writer {
    file: Output,
    /// Until the file has it.
    header: Option<String>,
    sites: Vec<&'static Site>,
    numbers: BTreeMap<usize, usize>,
    /// So many of the sites the file has.
    written_sites: usize,
    /// The empty name is that of no test.
    tests: BTreeMap<String, usize>,
    /// As they are in lines.
    test_names: Vec<String>,
    pairs: Vec<Pair>,
    by_site: BTreeMap<(usize, usize), usize>,
    /// Those of the pairs that the file does not have as they are.
    unwritten: Vec<usize>,
    /// The stacks of some of the sites, by their numbers.
    traced: BTreeMap<usize, Traced>,
    /// Lines of overages that it does not have.
    overages: Vec<String>,
}

/// A budget and a test.
struct Pair {
    site: usize,
    test: usize,
    values: Values,
    overages: u64,
    is_unwritten: bool,
}

impl Writer {
    pub(super) fn new(file: Output, header: String) -> Self {
        Self {
            file,
            header: Some(header),
            sites: Vec::new(),
            numbers: BTreeMap::new(),
            written_sites: 0,
            tests: BTreeMap::new(),
            test_names: Vec::new(),
            pairs: Vec::new(),
            by_site: BTreeMap::new(),
            unwritten: Vec::new(),
            traced: BTreeMap::new(),
            overages: Vec::new(),
        }
    }

    /// Takes over what a table has. Returns the number of its test.
    pub(super) fn take(&mut self, table: &Table) -> usize {
        let Some(mut rows) = table.lock() else { return self.test_number("") };
        let (mut taken, mut name) = (rows.take(), rows.test());
        // From here on there is memory of the program's allocator, which may have budgets.
        drop(rows);
        let test = test_of_nextest().map_or_else(|| String::from_utf8_lossy(name.as_slice()), Into::into);
        let test = self.test_number(&test);
        for (site, values) in taken.as_slice() {
            let pair = self.pair(site, test);
            let Pair { values: so_far, is_unwritten, .. } = &mut self.pairs[pair];
            so_far.merge(values);
            if !mem::replace(is_unwritten, true) {
                self.unwritten.push(pair);
            }
        }
        taken.free();
        name.free();
        test
    }

    fn number(&mut self, site: &'static Site) -> usize {
        *self.numbers.entry(ptr::from_ref(site).addr()).or_insert_with(|| {
            self.sites.push(site);
            self.sites.len() - 1
        })
    }

    fn test_number(&mut self, test: &str) -> usize {
        self.tests.get(test).copied().unwrap_or_else(|| {
            let number = self.tests.len();
            self.tests.insert(test.to_owned(), number);
            self.test_names.push(lines::test(test));
            number
        })
    }

    fn pair(&mut self, site: &'static Site, test: usize) -> usize {
        let site_number = self.number(site);
        *self.by_site.entry((site_number, test)).or_insert_with(|| {
            self.pairs.push(Pair {
                site: site_number,
                test,
                values: Values::NONE,
                overages: 0,
                is_unwritten: false,
            });
            self.pairs.len() - 1
        })
    }

    /// The line of an overage, of the call that has ended last, unless there are enough of them.
    pub(super) fn overage(
        &mut self,
        site: &'static Site,
        test: usize,
        exceeded: &[(&str, u64, u64)],
        call_sites: &[CallSite],
    ) {
        let pair = self.pair(site, test);
        let Pair { site, values, overages, .. } = &mut self.pairs[pair];
        if *overages < OVERAGES {
            *overages += 1;
            let test = &self.test_names[test];
            self.overages.push(lines::overage(*site, test, values.ended, exceeded, call_sites));
        }
    }

    /// Adds the stacks that a call of a budget has captured. Called where the verdict falls.
    pub(super) fn trace(&mut self, site: &'static Site, captures: Captures) {
        let number = self.number(site);
        self.traced.entry(number).or_default().add(&site.budget, captures);
    }

    /// As [`Writer::write`], and the stacks too: there may be many.
    pub(super) fn write_all(&mut self) -> io::Result<()> {
        let mut text = self.unwritten();
        for (site, traced) in self.traced.iter().filter(|(_, traced)| traced.is_unwritten) {
            lines::traced(&mut text, *site, &traced.sums);
        }
        self.append(&text)?;
        self.traced.values_mut().for_each(|traced| traced.is_unwritten = false);
        Ok(())
    }

    /// Writes what the file does not have: a site before what refers to it. With one call of the
    /// system; where that fails, all of it is there for the next time.
    pub(super) fn write(&mut self) -> io::Result<()> {
        let text = self.unwritten();
        self.append(&text)
    }

    fn unwritten(&self) -> String {
        let mut text = self.header.clone().unwrap_or_default();
        for (number, site) in self.sites.iter().enumerate().skip(self.written_sites) {
            lines::site(&mut text, number, site);
        }
        for pair in &self.unwritten {
            let Pair { site, test, values, .. } = &self.pairs[*pair];
            text.push_str(&lines::values(*site, &self.test_names[*test], values));
        }
        text.extend(self.overages.iter().map(String::as_str));
        text
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.file.append(text)?;
        self.header = None;
        self.written_sites = self.sites.len();
        for pair in self.unwritten.drain(..) {
            self.pairs[pair].is_unwritten = false;
        }
        self.overages.clear();
        Ok(())
    }

    /// The last line. Without a header, nobody could read it.
    pub(super) fn end(mut self) {
        if self.header.is_none() {
            let sites = self.sites.len() - self.written_sites;
            let traced = self.traced.values().filter(|traced| traced.is_unwritten).count();
            let lost = sites + self.unwritten.len() + self.overages.len() + traced;
            // Where even that has no room, the file is one without an end.
            let _is_written = self.file.append(&lines::end(lost));
        }
    }
}

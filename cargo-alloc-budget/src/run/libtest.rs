//! What the test harness prints, read as it passes: how many tests passed, failed and were left out.

use std::mem;

/// What several test programs have said, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Results {
    /// Programs that have begun.
    pub(crate) programs: u64,
    /// Programs that have begun, and never said how it went.
    pub(crate) unfinished: u64,
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    pub(crate) filtered: u64,
    /// The names of those that failed.
    pub(crate) failures: Vec<String>,
}

/// Reads line by line. What failed tests have printed is among the lines, and may look like anything.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    results: Results,
    current: Option<Program>,
}

/// One run of a test program.
#[derive(Debug, Default)]
struct Program {
    tests: u64,
    summary: Option<Summary>,
    failures: Vec<String>,
    /// The names since a line `failures:`, as long as there is nothing else.
    list: Option<Vec<String>>,
    /// Whether the output of failed tests has begun.
    shows_output: bool,
}

#[derive(Debug, Clone, Copy)]
struct Summary {
    passed: u64,
    failed: u64,
    ignored: u64,
    measured: u64,
    filtered: u64,
}

impl Reader {
    pub(crate) fn line(&mut self, line: &str) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let is_within_output =
            self.current.as_ref().is_some_and(|program| program.shows_output && program.summary.is_none());
        if let Some(tests) = header(line).filter(|_| !is_within_output) {
            self.close();
            self.results.programs += 1;
            self.current = Some(Program { tests, ..Program::default() });
            return;
        }
        let Some(program) = &mut self.current else { return };
        if line == "failures:" {
            (program.list, program.shows_output) = (Some(Vec::new()), true);
        } else if let Some(name) = line.strip_prefix("    ").filter(|_| program.list.is_some()) {
            program.list.iter_mut().for_each(|list| list.push(name.to_owned()));
        } else if let Some(summary) = Summary::parse(line).filter(|it| it.tests() == program.tests) {
            // The last one is the harness's own.
            program.summary = Some(summary);
            program.failures = program.list.take().unwrap_or_default();
        } else if !line.is_empty() {
            program.list = None;
        }
    }

    pub(crate) fn finish(mut self) -> Results {
        self.close();
        self.results.failures.sort();
        self.results
    }

    fn close(&mut self) {
        let Some(program) = self.current.take() else { return };
        let results = &mut self.results;
        let Some(summary) = program.summary else {
            results.unfinished += 1;
            return;
        };
        results.passed += summary.passed;
        results.failed += summary.failed;
        results.ignored += summary.ignored;
        results.filtered += summary.filtered;
        results.failures.extend(program.failures);
    }
}

impl Results {
    /// Adds those of another runner.
    pub(crate) fn and(mut self, mut other: Self) -> Self {
        self.programs += other.programs;
        self.unfinished += other.unfinished;
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.filtered += other.filtered;
        self.failures.append(&mut mem::take(&mut other.failures));
        self.failures.sort();
        self
    }
}

impl Summary {
    /// `test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.78s`
    fn parse(line: &str) -> Option<Self> {
        // In colour, the verdict has codes around it.
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut counts = counts.split("; ");
        let mut next = |what: &str| counts.next()?.strip_suffix(what)?.trim().parse().ok();
        Some(Self {
            passed: next(" passed")?,
            failed: next(" failed")?,
            ignored: next(" ignored")?,
            measured: next(" measured")?,
            filtered: next(" filtered out")?,
        })
    }

    fn tests(self) -> u64 {
        self.passed + self.failed + self.ignored + self.measured
    }
}

fn header(line: &str) -> Option<u64> {
    let count = line.strip_prefix("running ")?;
    count.strip_suffix(" tests").or_else(|| count.strip_suffix(" test"))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Reader, Results};

    fn read(text: &str) -> Results {
        let mut reader = Reader::default();
        text.lines().for_each(|line| reader.line(line));
        reader.finish()
    }

    const GOOD: &str = "
running 3 tests
test tests::one ... ok
test tests::two ... ignored
test tests::three ... ok

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.78s

";

    const BAD: &str = "
running 2 tests
test a ... ok
test b ... FAILED

failures:

---- b stdout ----
running 7 tests
failures:
    invented

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 9 filtered out; finished in 1s
test result: FAILED. 0 passed; 2 failed; 0 ignored; 0 measured; 9 filtered out; finished in 1s
thread 'b' panicked

failures:
    b

test result: \u{1b}[31mFAILED\u{1b}(B\u{1b}[m. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.78s
";

    #[test]
    fn results_of_several_programs_are_summed() {
        let results = read(&[GOOD, GOOD].concat());
        let expected = Results { programs: 2, passed: 4, ignored: 2, filtered: 8, ..Results::default() };
        assert_eq!(results, expected);
    }

    #[test]
    fn what_a_failed_test_has_printed_is_no_result() {
        let results = read(&[BAD, GOOD].concat());
        assert_eq!((results.programs, results.passed, results.failed, results.filtered), (2, 3, 1, 4));
        assert_eq!(results.failures, ["b"]);
    }

    #[test]
    fn a_program_that_was_stopped_is_unfinished() {
        let results = read(&["running 2 tests\ntest a ... ok\n", GOOD].concat());
        assert_eq!((results.programs, results.unfinished, results.passed), (2, 1, 2));
    }

    #[test]
    fn lines_may_end_as_on_windows() {
        assert_eq!(read(&GOOD.replace('\n', "\r\n")), read(GOOD));
    }
}

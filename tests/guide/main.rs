//! The guide says what is true: its examples run in every profile, and each number in its text and
//! in its table is one that an example of the same section asserts.

use std::collections::HashMap;

use page::Section;

/// What the guide shows as `src/codec.rs`.
#[cfg(debug_assertions)]
mod codec;
mod documents;
// An example of the crate, which runs here too.
#[path = "../../alloc-budget/examples/go_bench.rs"]
#[expect(dead_code, reason = "its `main`")]
mod go_bench;
mod page;

/// The guide's examples, each a test: made by `guide/build.rs`.
#[allow(clippy::all, clippy::pedantic, dead_code, reason = "written for readers")]
mod examples {
    include!(concat!(env!("OUT_DIR"), "/guide.rs"));
}

const GUIDE: &str = include_str!("../../alloc-budget/src/manual/guide.md");
const TABLE: &str = "The table";
/// The words behind a number that make it a figure, in the output of programs.
const UNITS: [&str; 4] = ["allocations", "allocs/op", "bytes", "B/op"];

/// The values that a section's examples assert.
#[derive(Default)]
struct Asserted {
    allocations: Vec<f64>,
    bytes: Vec<f64>,
    /// Allocations and bytes of what has a name.
    named: HashMap<String, (f64, f64)>,
    /// Every number in the code.
    literals: Vec<f64>,
}

impl Asserted {
    fn of(section: &Section) -> Self {
        let mut asserted = Self::default();
        let code: String = section.blocks.iter().filter_map(page::Block::code).collect();
        for line in code.replace("..", " ").lines().map(str::trim) {
            let numbers = numbers(line).map(|(number, _)| number);
            asserted.literals.extend(numbers.clone());
            if let Some((name, allocations, bytes)) = pair(line) {
                asserted.allocations.push(allocations);
                asserted.bytes.push(bytes);
                asserted.named.insert(name, (allocations, bytes));
            } else if line.starts_with("assert") && line.contains(".allocations") {
                asserted.allocations.extend(numbers);
            } else if line.starts_with("assert") && line.contains(".bytes_allocated") {
                asserted.bytes.extend(numbers);
            }
        }
        asserted
    }

    /// Whether a number of the text, with the word that follows, is among them.
    fn has(&self, number: f64, unit: &str) -> bool {
        match unit {
            "allocation" | "allocations" | "allocs/op" => self.allocations.contains(&number),
            "byte" | "bytes" | "B/op" => self.bytes.contains(&number),
            _ => self.literals.contains(&number),
        }
    }
}

/// The parts of `assert_eq!((name.allocations, name.bytes_allocated), (1, 2));`, and of the same
/// with a benchmark.
fn pair(line: &str) -> Option<(String, f64, f64)> {
    let (names, values) = line.strip_prefix("assert_eq!((")?.strip_suffix("));")?.split_once("), (")?;
    let (name, _) = names.split_once(".alloc").filter(|_| names.contains(".bytes_"))?;
    let (allocations, bytes) = values.split_once(", ")?;
    Some((name.to_owned(), number(allocations)?, number(bytes)?))
}

/// A number as the text, a program's output or code has it: `8,176`, `1.0000`, `8_176`.
fn number(digits: &str) -> Option<f64> {
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit());
    digits.replace([',', '_'], "").parse().ok().filter(|_| is_number)
}

/// The numbers in a text, each with the word that follows.
fn numbers(text: &str) -> impl Iterator<Item = (f64, &str)> + Clone {
    let is_inside = |c: char| c.is_alphanumeric() || "_.,-/".contains(c);
    let words = text.split(move |c| !is_inside(c)).filter(|word| !word.is_empty());
    let next = words.clone().skip(1).chain([""]);
    words.zip(next).filter_map(|(word, next)| {
        // In code a number may have its type behind it.
        let digits = word.split(['u', 'f']).next().unwrap_or(word).trim_end_matches(['.', ',', '_']);
        Some((number(digits)?, next.trim_end_matches(['.', ','])))
    })
}

/// A text without its code spans and the addresses of its links.
fn prose(text: &str) -> String {
    let text: Vec<_> = text.split('`').step_by(2).collect();
    let text = text.join(" ");
    let mut parts = text.split("](");
    let first = parts.next().unwrap_or_default();
    let others = parts.filter_map(|part| part.split_once(')')).map(|(_address, rest)| rest);
    [first].into_iter().chain(others).collect::<Vec<_>>().join(" ")
}

#[test]
fn numbers_in_the_text_are_measured() {
    let (mut checked, mut wrong) = (0, Vec::new());
    for section in page::sections(GUIDE).iter().filter(|section| section.heading != TABLE) {
        let asserted = Asserted::of(section);
        let outputs = section.blocks.iter().filter(|block| block.info == "text");
        let outputs = outputs.flat_map(|block| block.lines.lines());
        let figures = outputs.filter(|line| line.starts_with("Benchmark") || line.contains(" time: "));
        let text = prose(&section.text);
        let of_figures = figures.flat_map(numbers).filter(|(_, unit)| UNITS.contains(unit));
        for (number, unit) in numbers(&text).chain(of_figures) {
            checked += 1;
            if !asserted.has(number, unit) {
                wrong.push(format!("{}: {number} {unit}", section.heading));
            }
        }
    }
    assert!(wrong.is_empty(), "no example asserts these: {wrong:#?}");
    assert!(checked > 40, "only {checked} numbers found");
}

#[test]
fn table_is_what_the_examples_measure() {
    let sections = page::sections(GUIDE);
    let measured = sections.iter().filter_map(|section| {
        let named = Asserted::of(section).named;
        let (before, after) = (named.get("before")?, named.get("after")?);
        let link = format!("[{}](#{})", section.heading, section.anchor());
        Some((link, [before.0, after.0, before.1, after.1]))
    });
    let table = sections.iter().find(|section| section.heading == TABLE).expect("a table");
    let rows = table.text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.trim_end_matches('|').split('|').map(str::trim);
        let link = cells.next()?.to_owned();
        let values: Vec<_> = cells.map(number).collect::<Option<_>>()?;
        Some((link, values.try_into().expect("four numbers")))
    });
    assert_eq!(rows.collect::<Vec<_>>(), measured.collect::<Vec<_>>());
}

/// Not in an optimised build: there names are shorter.
#[cfg(debug_assertions)]
mod report {
    use support::panic_of;

    use super::{GUIDE, codec, page};

    #[test]
    fn is_the_one_in_the_guide() {
        let (place, report) = panic_of(|| codec::encode(&["Ada", "Lovelace"]));
        let message = format!("thread 'frames' panicked at {place}:\n{report}\n");

        let sections = page::sections(GUIDE);
        let section = sections.iter().find(|section| section.heading == "Reading a report");
        let [source, output] = section.expect("the section").blocks.as_slice() else { panic!("two blocks") };
        let shown = source.lines.lines().filter(|line| !line.starts_with("# "));
        assert!(shown.eq(include_str!("codec.rs").lines()));
        assert_eq!(output.lines, message.replace("tests/guide/", "src/"));
    }
}

#[test]
fn criterion_excerpt_is_in_the_benchmark() {
    let sections = page::sections(GUIDE);
    let mut blocks = sections.iter().flat_map(|section| &section.blocks);
    let excerpt = blocks.find(|block| block.lines.contains("fn start(")).expect("an excerpt");
    assert!(include_str!("../../alloc-budget/benches/allocations.rs").contains(&excerpt.lines));
}

#[test]
fn go_benchmark_prints_what_go_prints() {
    let lines = go_bench::benchmarks().map(|benchmark| benchmark.to_string());
    let fields = lines.each_ref().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let expected = [("BenchmarkBuffer", ["1024", "1"]), ("BenchmarkPooledBuffer", ["0", "0"])];
    for (fields, (name, [bytes, allocations])) in fields.iter().zip(expected) {
        let [n, ns] = [fields[1], fields[2]];
        assert_eq!(*fields, [name, n, ns, "ns/op", bytes, "B/op", allocations, "allocs/op"]);
        assert!(n.parse::<u64>().is_ok_and(|n| n > 0) && ns.parse::<f64>().is_ok_and(|ns| ns > 0.0));
    }
}

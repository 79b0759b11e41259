//! What `--sites` has recorded: folded stacks, flame graphs, and a file for DHAT's viewer.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Result, bail};
use inferno::flamegraph::{self, Options};
use serde::Serialize;

use super::{By, Context};
use crate::report::Report;

/// Stacks, from the budget inwards, and what they have allocated.
type Stacks = BTreeMap<Vec<String>, Allocated>;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Allocated {
    allocations: u64,
    bytes: u64,
}

impl Allocated {
    fn by(self, by: By) -> u64 {
        match by {
            By::Bytes => self.bytes,
            By::Allocations => self.allocations,
        }
    }
}

/// Of all budgets, or of one. Where a budget calls another one, both have the inner one's stacks.
fn stacks(report: &Report, only: Option<&str>) -> Result<Stacks> {
    let mut stacks = Stacks::new();
    let is_wanted = |path: &str| only.is_none_or(|only| only == path);
    for budget in report.budgets.iter().filter(|budget| is_wanted(&budget.path)) {
        for stack in &budget.stacks {
            let sum = stacks.entry(stack.frames.clone()).or_default();
            sum.allocations += stack.allocations;
            sum.bytes += stack.bytes;
        }
    }
    match (stacks.is_empty(), only) {
        (false, _) => Ok(stacks),
        (true, Some(path)) if !report.budgets.iter().any(|budget| budget.path == path) => {
            bail!("the report has no budget `{path}`")
        }
        (true, _) => bail!("the report has no stacks: `cargo alloc-budget test --sites` records them"),
    }
}

/// `frame;frame;callee 831488`, a line each.
fn lines(stacks: &Stacks, by: By) -> Vec<String> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (frames, allocated) in stacks {
        // What separates frames can't be in one.
        let folded: Vec<String> =
            frames.iter().map(|frame| frame.replace(';', ":").replace('\n', " ")).collect();
        *sums.entry(folded.join(";")).or_default() += allocated.by(by);
    }
    sums.into_iter().map(|(stack, sum)| format!("{stack} {sum}")).collect()
}

pub(crate) fn folded(report: &Report, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    for line in lines(&stacks(report, context.budget)?, context.by) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// With a baseline, what is more is red, what is less is blue.
pub(crate) fn svg(report: &Report, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    let now = lines(&stacks(report, context.budget)?, context.by);
    let mut options = Options::default();
    options.title = match context.by {
        By::Bytes => "Bytes allocated in budgets".into(),
        By::Allocations => "Allocations in budgets".into(),
    };
    options.count_name = match context.by {
        By::Bytes => "bytes".into(),
        By::Allocations => "allocations".into(),
    };
    options.deterministic = true;
    let lines = match context.baseline {
        None => now,
        Some(before) => {
            options.title.push_str(", against the baseline");
            let before = lines(&stacks(before, context.budget)?, context.by).join("\n") + "\n";
            let now = now.join("\n") + "\n";
            let mut both = Vec::new();
            let plain = inferno::differential::Options::default();
            inferno::differential::from_readers(plain, before.as_bytes(), now.as_bytes(), &mut both)?;
            String::from_utf8(both)?.lines().map(str::to_owned).collect()
        }
    };
    Ok(flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), out)?)
}

/// Version 2 of DHAT's format, without what it says of lifetimes: `bklt` is false.
#[derive(Serialize)]
struct Dhat {
    #[serde(rename = "dhatFileVersion")]
    version: u32,
    mode: &'static str,
    verb: &'static str,
    /// Whether lifetimes of blocks were recorded.
    bklt: bool,
    /// Whether accesses to them were.
    bkacc: bool,
    tu: &'static str,
    #[serde(rename = "Mtu")]
    million: &'static str,
    cmd: String,
    pid: u32,
    /// The end of time: how many calls there were.
    te: u64,
    pps: Vec<Point>,
    ftbl: Vec<String>,
}

/// A stack, from the allocation outwards, as numbers of frames.
#[derive(Serialize)]
struct Point {
    tb: u64,
    tbk: u64,
    fs: Vec<usize>,
}

pub(crate) fn dhat(report: &Report, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    let stacks = stacks(report, context.budget)?;
    let mut frames = vec!["[root]".to_owned()];
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut points = Vec::new();
    for (stack, allocated) in &stacks {
        let mut number = |frame| {
            *numbers.entry(frame).or_insert_with(|| {
                frames.push(frame.to_owned());
                frames.len() - 1
            })
        };
        let fs = stack.iter().rev().map(|frame| number(frame.as_str())).collect();
        points.push(Point { tb: allocated.bytes, tbk: allocated.allocations, fs });
    }
    let file = Dhat {
        version: 2,
        mode: "alloc-budget",
        verb: "Allocated",
        bklt: false,
        bkacc: false,
        tu: "calls",
        million: "Mcalls",
        cmd: "cargo alloc-budget test --sites".into(),
        pid: 0,
        te: report.budgets.iter().map(|budget| budget.calls.total).sum(),
        pps: points,
        ftbl: frames,
    };
    serde_json::to_writer(&mut *out, &file)?;
    Ok(writeln!(out)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::report::example;

    type Writes = fn(&Report, &Context<'_>, &mut dyn Write) -> Result<()>;

    fn text(write: Writes, context: &Context<'_>) -> String {
        let mut out = Vec::new();
        write(&example::report(), context, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const FRAME: &str = "codec::Encoder::frame (codec/src/codec.rs";

    #[test]
    fn folded_stacks_by_bytes_and_by_allocations() {
        let config = Config::default();
        let context = Context::new(&config);
        let expected = |bytes: [u64; 2]| {
            format!(
                "{FRAME}:41);codec::Encoder::header (codec/src/codec.rs:44);Vec<[u8: 4]>::reserve {}\n\
                 {FRAME}:42);Vec::with_capacity {}\n",
                bytes[0], bytes[1]
            )
        };
        assert_eq!(text(folded, &context), expected([64, 831_488]));
        assert_eq!(text(folded, &Context { by: By::Allocations, ..context }), expected([1, 811]));
    }

    #[test]
    fn a_flame_graph_has_every_frame() {
        let config = Config::default();
        for by in [By::Bytes, By::Allocations] {
            let context = Context { by, ..Context::new(&config) };
            let svg = text(svg, &context);
            let options =
                roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
            let document = roxmltree::Document::parse_with_options(&svg, options).unwrap();
            let titles: Vec<_> = document
                .descendants()
                .filter(|node| node.has_tag_name("title"))
                .filter_map(|node| node.text())
                .collect();
            let capacity = if by == By::Bytes { "831,488 bytes" } else { "811 allocations" };
            let is_there =
                |title: &&&str| title.starts_with("Vec::with_capacity (") && title.contains(capacity);
            assert_eq!(titles.iter().filter(is_there).count(), 1, "{titles:?}");
        }
    }

    #[test]
    fn against_a_baseline_it_says_what_is_more() {
        let config = Config::default();
        let mut before = example::report();
        before.budgets[1].stacks[1].bytes /= 2;
        let svg = text(svg, &Context { baseline: Some(&before), ..Context::new(&config) });
        assert!(svg.contains("against the baseline"));
        assert!(svg.contains("+50.00%") || svg.contains("+49.99%"), "{svg}");
    }

    /// The fields that dh_view.js 3.24 asks for: `checkFields`, `checkPP`.
    #[test]
    fn dhats_viewer_finds_what_it_asks_for() {
        let config = Config::default();
        let file: serde_json::Value = serde_json::from_str(&text(dhat, &Context::new(&config))).unwrap();
        for field in [
            "dhatFileVersion",
            "mode",
            "verb",
            "bklt",
            "bkacc",
            "tu",
            "Mtu",
            "cmd",
            "pid",
            "te",
            "pps",
            "ftbl",
        ] {
            assert!(file.get(field).is_some(), "{field}");
        }
        assert_eq!(file["dhatFileVersion"], 2);
        assert_eq!(file["bklt"], false);
        assert_eq!(file["ftbl"][0], "[root]");
        let points = file["pps"].as_array().unwrap();
        assert_eq!(points.len(), 2);
        let frame = |number: &serde_json::Value| {
            file["ftbl"][usize::try_from(number.as_u64().unwrap()).unwrap()].as_str().unwrap()
        };
        let frames: Vec<&str> = points[1]["fs"].as_array().unwrap().iter().map(frame).collect();
        assert_eq!(frames, ["Vec::with_capacity", &*format!("{FRAME}:42)")]);
        assert_eq!([&points[1]["tb"], &points[1]["tbk"]], [831_488, 811]);
    }

    #[test]
    fn a_report_without_stacks_says_how_to_get_them() {
        let error = |budget, report: &Report| stacks(report, budget).unwrap_err().to_string();
        let mut report = example::report();
        assert!(error(Some("a::b"), &report).contains("no budget `a::b`"));
        report.budgets[1].stacks.clear();
        assert!(error(None, &report).contains("--sites"));
    }
}

//! `check`: the gate.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use annotate_snippets::Renderer;
use anyhow::{Context as _, Result, bail};

use super::{fresh, saved};
use crate::config::{Config, FILE, lane_name};
use crate::diff;
use crate::format::{self, Context, Format, diagnostic};
use crate::ratchet::{self, Finding, Findings, Level, Trouble};
use crate::report::Report;
use crate::report::budget::Budget;
use crate::report::verdict::{Verdict, What};
use crate::selection::{Running, Selection};
use crate::spot::Spots;
use crate::text::count;
use crate::workspace::Workspace;

/// Fails if a budget is exceeded; with `--ratchet` also if one is generous or unreached
///
/// Runs the tests, or judges reports of earlier runs. What the ratchet tolerates, and its
/// exceptions, are in `alloc-budget.toml` at the workspace's root:
///
///     slack = { allocations = 0, bytes = "5%" }
///     unreached = "warn"              # allow, warn or deny
///
///     [[allow]]
///     path = "parse::headers"
///     slack = 8
///     reason = "grows with the fixture"
#[derive(Debug, Clone, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_long_help = "\
Examples:
  cargo alloc-budget check --workspace
      Runs all tests, and fails if a budget is exceeded.
  cargo alloc-budget check --workspace --ratchet
      Fails also if a budget could be lower, or no test reaches it.
  cargo alloc-budget check --report report.json --format github --summary \"$GITHUB_STEP_SUMMARY\"
      Judges the report of an earlier run, in annotations and a step's summary.
  cargo alloc-budget check --ratchet --report linux.json --report windows.json
      A budget that is tight on one of the lanes is not generous.

Exit codes:
  0    all is well
  1    the tool's own error
  2    the arguments are wrong
  3    a budget is exceeded
  4    --ratchet: a budget is generous, or no test reaches it
  5    nothing was recorded or counted, the report is of one shard only, or --ratchet judges an incomplete run
  101  and others of cargo or nextest: the build or tests failed, for another reason than a budget
If several hold: the runner's, 3, 5, 4."
)]
pub struct Args {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub running: Running,
    /// Judge this report, and run nothing; may be given once for each lane
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Fail on budgets that are more generous than they have to be, or that no test reaches
    #[arg(long)]
    pub ratchet: bool,
    /// Show also what has changed since this baseline: a name that `baseline save` was given, or a
    /// file
    #[arg(long, value_name = "NAME|FILE")]
    pub baseline: Option<String>,
    /// Go on without a baseline if there is none
    #[arg(long, requires = "baseline")]
    pub allow_missing_baseline: bool,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Append Markdown to this file
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Show every budget, not only those that need attention
    #[arg(long)]
    pub all: bool,
}

/// # Errors
/// The tests can't be built or run; a report or the configuration can't be read.
pub fn run(args: &Args) -> Result<Verdict> {
    if args.baseline.is_some() && args.summary.is_none() && !matches!(args.format, Format::Table | Format::Md)
    {
        bail!("this format has no room for what has changed since a baseline: add `--summary FILE`");
    }
    let workspace = Workspace::find(&args.selection)?;
    let config = Config::read(workspace.root())?;
    let mut reports = saved::lanes(&args.report)?;
    if reports.is_empty() {
        let mut running = args.running.clone();
        if args.ratchet {
            // What varies from run to run is not generous by its lucky run.
            running.runs = running.runs.or(Some(2));
        }
        reports.push(fresh::report(&workspace, &args.selection, &running, fresh::tested(args.format))?);
    }
    if reports.len() > 1 && !matches!(args.format, Format::Table | Format::Md | Format::Github) {
        bail!("this format has room for one report: write each with `cargo alloc-budget report`");
    }
    let reports: Vec<&Report> = reports.iter().collect();
    let before = match &args.baseline {
        Some(baseline) => saved::baseline(baseline, args.allow_missing_baseline, Some(&workspace))?,
        None => None,
    };
    if let Some(exception) = ratchet::ambiguous(&reports, &config) {
        bail!("{FILE}: {exception}");
    }
    let context = Context {
        all: args.all,
        is_ratchet: args.ratchet,
        lanes: &reports,
        baseline: before.as_ref(),
        workspace: Some(&workspace),
        ..Context::new(&config)
    };
    let findings = ratchet::judge(&reports, &config, args.ratchet);
    if args.format == Format::Table && args.ratchet {
        explain(&findings.list, workspace.root());
    }
    for report in &reports {
        if reports.len() > 1 && args.format == Format::Table {
            anstream::println!("\nlane {}", lane_name(&report.lane));
        }
        format::print(report, args.format, &context, None)?;
        if let (Format::Table, Some(before)) = (args.format, &before) {
            anstream::println!("\nsince the baseline");
            format::print_changes(&diff::compare(before, report)?, Format::Table, None)?;
        }
        if let Some(path) = &args.summary {
            summarize(report, &context, path)?;
        }
    }
    let missing = missing(&reports, &config, args.ratchet);
    for reason in &missing {
        say(Level::Error, reason);
    }
    if missing.is_empty() && reports.iter().all(|report| report.run.is_complete()) {
        for unused in &findings.unused {
            say(
                Level::Warning,
                &format!("alloc-budget.toml: the exception for `{}` excuses nothing", unused.path),
            );
        }
    }
    Ok(verdict(&reports, &findings, !missing.is_empty()))
}

/// Where several hold: the runner's, exceeded, incomplete, ratchet.
fn verdict(reports: &[&Report], findings: &Findings<'_>, is_incomplete: bool) -> Verdict {
    if let Some(report) = reports.iter().find(|report| report.verdict.what == What::Failed) {
        return report.verdict;
    }
    let has = |is: &dyn Fn(&Finding<'_>) -> bool| findings.list.iter().any(is);
    let is_unchecked = has(&|found| found.trouble == Trouble::Unchecked && found.level == Level::Error);
    if has(&|found| found.trouble == Trouble::Exceeded) {
        Verdict::EXCEEDED
    } else if is_incomplete || is_unchecked {
        Verdict::INCOMPLETE
    } else if has(&|found| found.level == Level::Error) {
        Verdict::RATCHET
    } else {
        Verdict::FINE
    }
}

/// Why the reports are not enough to say that all is well.
fn missing(reports: &[&Report], config: &Config, is_ratchet: bool) -> Vec<String> {
    let mut missing = Vec::new();
    for report in reports {
        if let Some(shard) = report.run.shard {
            missing.push(format!(
                "the report is of shard {} of {}: `cargo alloc-budget merge` puts the shards together",
                shard.index, shard.count
            ));
        } else if !report.budgets.iter().any(Budget::is_reached) {
            missing.push("no budget was recorded: `cargo alloc-budget doctor` says why".into());
        } else if is_ratchet && !report.run.is_complete() {
            let reasons = report.run.incomplete.join("; ");
            missing.push(format!("the run is incomplete, and a ratchet needs all tests: {reasons}"));
        }
    }
    if is_ratchet {
        let lanes: Vec<String> = reports.iter().map(|report| lane_name(&report.lane)).collect();
        let left_out = config.lanes.iter().filter(|lane| !lanes.contains(lane));
        missing.extend(left_out.map(|lane| {
            format!("alloc-budget.toml names the lane `{lane}`, and there is no `--report` of it")
        }));
    }
    missing
}

/// What the ratchet refuses, as the compiler would say it.
fn explain(findings: &[Finding<'_>], root: &Path) {
    let renderer = Renderer::styled();
    let mut spots = Spots::new(root);
    let is_refused = |found: &&Finding<'_>| found.level == Level::Error && found.trouble > Trouble::Unchecked;
    for found in findings.iter().filter(is_refused) {
        let spot = spots.find(found);
        anstream::println!("{}\n", diagnostic::rendered(found, spot.as_ref(), &renderer));
    }
    let refused = findings.iter().filter(is_refused).count();
    if refused > 0 {
        anstream::println!(" {} for the ratchet", count(refused as u64, "finding"));
    }
}

fn summarize(report: &Report, context: &Context<'_>, path: &Path) -> Result<()> {
    let cannot = || format!("can't write {}", path.display());
    let mut file = OpenOptions::new().create(true).append(true).open(path).with_context(cannot)?;
    let mut page = Vec::new();
    format::write(report, Format::Md, context, &mut page)?;
    file.write_all(&page).with_context(cannot)
}

fn say(level: Level, what: &str) {
    let (word, colour) = match level {
        Level::Error => ("error", anstyle::AnsiColor::Red),
        Level::Warning | Level::Note => ("warning", anstyle::AnsiColor::Yellow),
    };
    let style = colour.on_default().bold();
    anstream::eprintln!("{style}{word}{style:#}: {what}");
}

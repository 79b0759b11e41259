//! The command line.

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::command;
use crate::version;

/// Keeps allocation budgets current
///
/// A budget that nobody maintains rots: it is too generous, no test reaches it, or it is raised by
/// hand. `test` shows what each budget needs, `bless` and `tighten` edit the limits in the source,
/// and `check` is the gate for CI. `survey` finds
/// functions that could have one, and `prove` shows that a function can't allocate at all.
#[derive(Debug, Parser)]
#[command(
    name = "cargo-alloc-budget",
    bin_name = "cargo alloc-budget",
    disable_version_flag = true,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_long_help = "\
Exit codes:
  0    all is well
  1    the tool's own error
  2    the arguments are wrong
  3    a budget is exceeded
  4    check --ratchet: a budget is generous, or no test reaches it
  5    nothing was recorded, or not everything where everything is needed
  101  and others of cargo or nextest: the build or tests failed, for another reason than a budget"
)]
pub struct Cli {
    /// Print the version
    #[arg(short = 'V', long)]
    version: bool,
    /// Print the version as JSON, with the versions of records and reports that this tool reads
    #[arg(long, requires = "version")]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    Test(command::test::Args),
    Check(Box<command::check::Args>),
    Bless(command::bless::Args),
    Tighten(command::tighten::Args),
    Survey(Box<command::survey::Args>),
    Prove(Box<command::prove::Args>),
    Report(command::report::Args),
    Baseline(command::baseline::Args),
    Merge(command::merge::Args),
    Doctor(Box<command::doctor::Args>),
    Editor(command::editor::Args),
    Completions(command::completions::Args),
    Man(command::man::Args),
}

impl Cli {
    /// # Errors
    /// The tool's own; how a run of it ends otherwise is a code.
    pub fn run(self) -> Result<ExitCode> {
        if let Some(command) = self.command {
            return command.run();
        }
        anstream::println!("{}", version::text(self.json));
        Ok(ExitCode::SUCCESS)
    }
}

impl Command {
    fn run(self) -> Result<ExitCode> {
        let verdict = match self {
            Self::Prove(args) => return Ok(command::prove::run(&args)),
            Self::Test(args) => command::test::run(&args),
            Self::Check(args) => command::check::run(&args),
            Self::Bless(args) => command::bless::run(&args),
            Self::Tighten(args) => command::tighten::run(&args),
            Self::Report(args) => command::report::run(&args),
            Self::Survey(args) => command::survey::run(&args),
            Self::Baseline(args) => command::baseline::run(&args),
            Self::Doctor(args) => command::doctor::run(&args),
            Self::Merge(args) => command::merge::run(&args),
            Self::Editor(args) => command::editor::run(&args),
            Self::Completions(args) => command::completions::run(&args, &mut Cli::command()),
            Self::Man(args) => command::man::run(&args, Cli::command()),
        };
        verdict.map(ExitCode::from)
    }
}

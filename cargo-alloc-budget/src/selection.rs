//! What is tested and how: the arguments that the commands share which run tests.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::report::lane::Runner;

/// Which packages, targets and features: the flags that `cargo test` has.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is tested")]
#[expect(clippy::struct_excessive_bools, reason = "cargo's flags")]
pub struct Selection {
    /// Test only these packages
    #[arg(short, long, value_name = "SPEC")]
    pub package: Vec<String>,
    /// Test all packages of the workspace
    #[arg(long, visible_alias = "all-packages")]
    pub workspace: bool,
    /// Leave out these packages
    #[arg(long, value_name = "SPEC", requires = "workspace")]
    pub exclude: Vec<String>,
    /// Test only the libraries' unit tests
    #[arg(long)]
    pub lib: bool,
    /// Test only the programs' unit tests
    #[arg(long)]
    pub bins: bool,
    /// Test only these programs' unit tests
    #[arg(long, value_name = "NAME")]
    pub bin: Vec<String>,
    /// Test all targets that are tested by default, and no documentation
    #[arg(long)]
    pub tests: bool,
    /// Test only these integration tests
    #[arg(long, value_name = "NAME")]
    pub test: Vec<String>,
    /// Test only the examples
    #[arg(long)]
    pub examples: bool,
    /// Test only these examples
    #[arg(long, value_name = "NAME")]
    pub example: Vec<String>,
    /// Test all targets
    #[arg(long)]
    pub all_targets: bool,
    /// Test only the documentation's examples
    #[arg(long)]
    pub doc: bool,
    /// Features to activate, separated by commas or spaces
    #[arg(short = 'F', long, value_name = "FEATURES")]
    pub features: Vec<String>,
    /// Activate all features
    #[arg(long)]
    pub all_features: bool,
    /// Do not activate the feature `default`
    #[arg(long)]
    pub no_default_features: bool,
    /// Build optimised
    #[arg(short, long, conflicts_with = "profile")]
    pub release: bool,
    /// Build with this profile
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Build for this target
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// The folder for what is built
    #[arg(long, value_name = "FOLDER")]
    pub target_dir: Option<PathBuf>,
    /// The path of Cargo.toml
    #[arg(long, value_name = "FILE")]
    pub manifest_path: Option<PathBuf>,
    /// Cargo.lock must not change
    #[arg(long)]
    pub locked: bool,
    /// Neither change Cargo.lock nor use the network
    #[arg(long)]
    pub frozen: bool,
    /// Don't use the network
    #[arg(long)]
    pub offline: bool,
    /// How many jobs cargo runs at once
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<String>,
    /// Ignore `rust-version`
    #[arg(long)]
    pub ignore_rust_version: bool,
    /// Override a value of cargo's configuration
    #[arg(long, value_name = "KEY=VALUE")]
    pub config: Vec<String>,
}

impl Selection {
    /// The same where the lock file gets the runtime.
    pub(crate) fn unlocked(&self) -> Self {
        Self { locked: false, frozen: false, offline: self.offline || self.frozen, ..self.clone() }
    }
}

/// How tests are run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "How it is tested")]
pub struct Running {
    /// Who runs the tests. By default nextest where the workspace has `.config/nextest.toml`; cargo
    /// always runs the documentation's examples
    #[arg(long, value_enum)]
    pub runner: Option<Runner>,
    /// How often to run the tests
    #[arg(long, value_name = "N")]
    pub runs: Option<u32>,
    /// Run one of N parts of the tests: `--shard 2/4`. Needs nextest
    #[arg(long, value_name = "K/N")]
    pub shard: Option<String>,
    /// Record every call site, not only those past a limit. Slower
    #[arg(long)]
    pub sites: bool,
    /// Don't stop at the first failing test program
    #[arg(long)]
    pub no_fail_fast: bool,
    /// Only tests whose name contains this; and after `--`, arguments for the test programs
    #[arg(value_name = "FILTER")]
    pub filter: Option<String>,
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<OsString>,
}

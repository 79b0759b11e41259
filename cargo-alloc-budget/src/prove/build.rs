//! The proving build: the user's profile, with records, marks and lines, in a folder of its own.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use cargo_metadata::{Artifact, CrateType, Message, TargetKind};
use clap::Args;

use crate::run::{Dialect, NotBuilt, cargo};
use crate::selection::Selection;
use crate::workspace::Workspace;

/// What is built and how: the flags that `cargo build` has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is built")]
#[expect(clippy::struct_excessive_bools, reason = "cargo's flags")]
pub struct Building {
    /// Build only these packages
    #[arg(short, long, value_name = "SPEC")]
    package: Vec<String>,
    /// Build all packages of the workspace
    #[arg(long)]
    workspace: bool,
    /// Leave out these packages
    #[arg(long, value_name = "SPEC", requires = "workspace")]
    exclude: Vec<String>,
    /// Build only the programs
    #[arg(long)]
    bins: bool,
    /// Build only these programs
    #[arg(long, value_name = "NAME")]
    bin: Vec<String>,
    /// Build only the examples
    #[arg(long)]
    examples: bool,
    /// Build only these examples
    #[arg(long, value_name = "NAME")]
    example: Vec<String>,
    /// Features to activate, separated by commas or spaces
    #[arg(short = 'F', long, value_name = "FEATURES")]
    features: Vec<String>,
    /// Activate all features
    #[arg(long)]
    all_features: bool,
    /// Do not activate the feature `default`
    #[arg(long)]
    no_default_features: bool,
    /// Build with this profile
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
    /// Build for this target
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// The path of Cargo.toml
    #[arg(long, value_name = "FILE")]
    manifest_path: Option<PathBuf>,
    /// Cargo.lock must not change
    #[arg(long)]
    locked: bool,
    /// Neither change Cargo.lock nor use the network
    #[arg(long)]
    frozen: bool,
    /// Don't use the network
    #[arg(long)]
    offline: bool,
    /// How many jobs cargo runs at once
    #[arg(short, long, value_name = "N")]
    jobs: Option<String>,
    /// Override a value of cargo's configuration
    #[arg(long, value_name = "KEY=VALUE")]
    config: Vec<String>,
}

impl Building {
    pub(crate) fn selection(&self) -> Selection {
        let Self { package, workspace, exclude, bins, bin, examples, example, .. } = self.clone();
        let Self { features, all_features, no_default_features, profile, target, manifest_path, .. } =
            self.clone();
        let Self { locked, frozen, offline, jobs, config, .. } = self.clone();
        Selection {
            package,
            workspace,
            exclude,
            bins,
            bin,
            examples,
            example,
            features,
            all_features,
            no_default_features,
            profile: Some(profile),
            target,
            manifest_path,
            locked,
            frozen,
            offline,
            jobs,
            config,
            ..Selection::default()
        }
    }
}

/// What the build has made, and how.
#[derive(Debug)]
pub(crate) struct Built {
    /// Linked files of members.
    pub(crate) files: Vec<PathBuf>,
    /// `rustc 1.95.0 (59807616e 2026-04-14)`
    pub(crate) compiler: String,
    pub(crate) profile: String,
    pub(crate) target: String,
    /// What the environment gives the compiler, if it does.
    pub(crate) flags: Option<String>,
}

/// The first compiler that keeps each record in the file.
const OLDEST: [u32; 2] = [1, 89];

/// # Errors
/// [`NotBuilt`]; or the prover does not read what the target or the compiler makes, or nothing is
/// linked.
pub(crate) fn build(building: &Building, workspace: &Workspace) -> Result<Built> {
    let Compiler { version, release, host } = Compiler::find(workspace.root())?;
    if release < OLDEST {
        bail!(
            "this is {version}, and a proving build needs rustc {}.{}: older ones drop the records of promises",
            OLDEST[0],
            OLDEST[1]
        );
    }
    let mut selection = building.selection();
    let target = selection.target.get_or_insert(host).clone();
    if !(target.starts_with("x86_64") && target.contains("linux")) {
        bail!(
            "the prover reads programs for Linux on x86-64, and this is `{target}`\n\
             help: add `--target x86_64-unknown-linux-gnu`, or `-musl`"
        );
    }
    selection.target_dir = Some(workspace.own_folder().join("prove"));
    let mut command = cargo();
    command.arg("build").arg("--message-format=json-render-diagnostics");
    command.args(selection.flags(Dialect::Cargo)).args(selection.targets()).stdout(Stdio::piped());
    command.env("ALLOC_BUDGET_PROVE", "1");
    let profile = building.profile.to_uppercase().replace('-', "_");
    let profile = if profile == "DEV" || profile == "DEBUG" { "DEV".to_owned() } else { profile };
    for (setting, value) in [("DEBUG", "1"), ("STRIP", "none"), ("SPLIT_DEBUGINFO", "off")] {
        command.env(format!("CARGO_PROFILE_{profile}_{setting}"), value);
    }
    let files = run(&mut command, workspace)?;
    if files.is_empty() {
        bail!(
            "nothing was linked, and a proof is of a linked program\n\
             help: the examples of a library are programs: add `--examples`"
        );
    }
    let flags = std::env::var("RUSTFLAGS").ok().filter(|flags| !flags.is_empty());
    Ok(Built { files, compiler: version, profile: building.profile.clone(), target, flags })
}

fn run(command: &mut Command, workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut child = command.spawn().context("can't start `cargo`")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let members = workspace.members();
    let mut files = Vec::new();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message.context("can't read cargo's output")?
            && members.iter().any(|member| member.id == artifact.package_id)
        {
            files.extend(linked(&artifact));
        }
    }
    let status = child.wait().context("can't wait for cargo")?;
    if !status.success() {
        let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101);
        return Err(NotBuilt { code }.into());
    }
    files.sort();
    Ok(files)
}

/// What of an artifact is linked for the user's target.
fn linked(artifact: &Artifact) -> Option<PathBuf> {
    if artifact.target.kind.contains(&TargetKind::CustomBuild) {
        return None;
    }
    if let Some(program) = &artifact.executable {
        return Some(program.as_std_path().to_owned());
    }
    let is_linked =
        artifact.target.crate_types.iter().any(|kind| matches!(kind, CrateType::CDyLib | CrateType::DyLib));
    let library = artifact.filenames.iter().find(|file| file.extension() == Some("so"));
    library.filter(|_| is_linked).map(|file| file.as_std_path().to_owned())
}

/// The compiler that cargo calls in a folder.
struct Compiler {
    version: String,
    release: [u32; 2],
    host: String,
}

impl Compiler {
    fn find(folder: &Path) -> Result<Self> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output =
            Command::new(rustc).arg("-vV").current_dir(folder).output().context("can't start `rustc`")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        let release = field("release: ").context("`rustc -vV` does not say which release it is")?;
        let mut numbers = release.split(['.', '-']).map_while(|number| number.parse().ok());
        let release = [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)];
        let host = field("host: ").context("`rustc -vV` does not say for which host it is")?;
        Ok(Self { version: text.lines().next().unwrap_or_default().to_owned(), release, host })
    }
}

//! Builds the copy, and takes the attribute away where the compiler refuses it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};

use crate::run::cargo;
use crate::selection::Selection;
use crate::survey::insert::LeftOut;
use crate::survey::progress::Progress;
use crate::survey::stop;
use crate::survey::tree::Tree;

/// Until the tests are built. Each attempt leaves out at least one function, and compiles only what
/// needs it.
///
/// # Errors
/// They can't be built for another reason than the attribute; with what the compiler says.
pub fn build(tree: &mut Tree, selection: &Selection, progress: &mut Progress) -> Result<()> {
    loop {
        let Some(refusal) = attempt(tree.root(), selection, progress)? else { return Ok(()) };
        if stop::is_stopped() {
            bail!("it was stopped before the tests were built");
        }
        if !tree.leave_out(&refusal.lines)? {
            let said = if refusal.said.is_empty() { "cargo has said why" } else { &refusal.said };
            bail!(
                "the tests of the copy can't be built, and that is not because of a function that is surveyed:\n{said}"
            );
        }
        let left_out = tree.functions().filter(|(_, _, why, _)| *why == Some(LeftOut::Refused)).count();
        progress.step(&format!("building its tests, without {left_out} functions that the compiler refuses"));
    }
}

/// What the compiler does not accept.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    /// The lines of its errors, by their files.
    pub(super) lines: BTreeMap<PathBuf, BTreeSet<u32>>,
    /// Its first errors, as it shows them.
    pub(super) said: String,
}

impl Refusal {
    fn add(&mut self, root: &Path, error: &Diagnostic) {
        const SHOWN: usize = 4000;
        if self.said.len() < SHOWN {
            self.said.push_str(error.rendered.as_deref().unwrap_or(&error.message));
        }
        for span in error.spans.iter().filter(|span| span.is_primary) {
            let span = outermost(span);
            let line = u32::try_from(span.line_start).unwrap_or(u32::MAX);
            self.lines.entry(root.join(&span.file_name)).or_default().insert(line);
        }
    }
}

/// Where the code is that a macro has made the place from.
fn outermost(mut span: &DiagnosticSpan) -> &DiagnosticSpan {
    while let Some(expansion) = &span.expansion {
        span = &expansion.span;
    }
    span
}

/// Builds the tests of a workspace once.
pub(super) fn attempt(
    root: &Path,
    selection: &Selection,
    progress: &mut Progress,
) -> Result<Option<Refusal>> {
    let mut command = cargo();
    command.current_dir(root).args(["test", "--no-run", "--quiet", "--message-format=json"]);
    command.args(selection.flags(crate::run::Dialect::Cargo)).args(selection.targets());
    let mut child = command.stdout(Stdio::piped()).spawn().context("can't start `cargo`")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let mut refusal = Refusal::default();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        match message.context("can't read cargo's output")? {
            Message::CompilerMessage(message) if message.message.level == DiagnosticLevel::Error => {
                refusal.add(root, &message.message);
            }
            Message::CompilerArtifact(artifact) => progress.built(&artifact.target.name),
            _ => {}
        }
    }
    progress.clear();
    let status = child.wait().context("can't wait for cargo")?;
    Ok((!status.success()).then_some(refusal))
}

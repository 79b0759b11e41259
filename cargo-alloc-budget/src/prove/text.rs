//! A proof for people: what is not accepted in rustc's manner, and what the rest rests on.

use std::io::Write;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anyhow::Result;

use super::places::place;
use super::proof::{Event, Kind, Promise, Proof};
use crate::text::{count, number};

pub(crate) fn write(proof: &Proof, root: &Path, all: bool, out: &mut dyn Write) -> Result<()> {
    for promise in proof.promises.iter().filter(|promise| !promise.is_accepted) {
        writeln!(out, "{}\n", rendered(promise, root))?;
    }
    if all {
        for promise in &proof.promises {
            writeln!(
                out,
                "{:<16}  {}  {}:{}",
                word(promise.kind, promise.of),
                promise.path,
                promise.file,
                promise.line
            )?;
        }
        writeln!(out)?;
    }
    footer(proof, out)
}

/// The verdict in a word.
pub(crate) fn word(kind: Kind, of: Event) -> &'static str {
    match (kind, of) {
        (Kind::Proven, _) => "PROVEN",
        (Kind::ExceptPanic, _) => "EXCEPT-PANIC",
        (Kind::NeverReturns, _) => "NEVER-RETURNS",
        (Kind::ExceptFirstUse, _) => "EXCEPT-FIRST-USE",
        (Kind::ExceptGrowth, _) => "EXCEPT-GROWTH",
        (Kind::Reaches, Event::Allocation) => "ALLOCATES",
        (Kind::Reaches, Event::Deallocation) => "DEALLOCATES",
        (Kind::Unproven, _) => "UNPROVEN",
        (Kind::NoCode, _) => "NO CODE",
    }
}

pub(crate) fn title(promise: &Promise) -> String {
    let path = &promise.path;
    let verb = match promise.of {
        Event::Allocation => "allocate",
        Event::Deallocation => "deallocate",
    };
    match promise.kind {
        Kind::Reaches => format!("`{path}` can {verb}"),
        Kind::ExceptGrowth => format!("`{path}` can {verb} where a collection has no room left"),
        Kind::ExceptFirstUse => format!("`{path}` can {verb} at the first use of something"),
        Kind::ExceptPanic => format!("`{path}` can {verb} where it panics"),
        Kind::NoCode => format!("`{path}` has no code, so nothing is proven of it"),
        Kind::Unproven => format!("it is not proven that `{path}` can't {verb}"),
        Kind::Proven | Kind::NeverReturns => format!("`{path}` can't {verb}"),
    }
}

pub(crate) fn help(promise: &Promise) -> &'static str {
    match promise.kind {
        Kind::ExceptGrowth => {
            "add `warmup = 1` if its first calls make the room that later ones need, or `--allow growth`"
        }
        Kind::ExceptFirstUse => {
            "add `warmup = 1` or `prime = …` if it is used before, or `--allow first-use`"
        }
        Kind::ExceptPanic => "remove what can panic, or `--deny panic`",
        Kind::NoCode => {
            "call it in a program that is built, such as an example; a generic function needs a type"
        }
        Kind::Reaches => {
            "remove the allocation, or move it out of the function; `prove = skip` leaves the function out"
        }
        Kind::Unproven | Kind::Proven | Kind::NeverReturns => {
            "`prove(assume = \"path::Trait::method\")` takes a callee as clean; `prove = skip` leaves the function out"
        }
    }
}

/// The steps to the cause, and the cause, a line each.
pub(crate) fn chain(promise: &Promise, root: &Path) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for step in &promise.chain {
        let function = step.function.as_deref().unwrap_or("code without a name");
        let inlined = if step.is_inlined { "  (inlined)" } else { "" };
        lines.push(match place(step, root) {
            Some(place) => format!("{function}  {place}{inlined}"),
            None => format!("{function}{inlined}"),
        });
    }
    lines.extend(promise.cause.clone());
    if promise.more_causes > 0 {
        lines.push(format!("and {} more of this kind", number(promise.more_causes as u64)));
    }
    lines
}

fn rendered(promise: &Promise, root: &Path) -> String {
    let source = std::fs::read_to_string(root.join(&promise.file)).unwrap_or_default();
    let (title, help) = (title(promise), help(promise));
    let mut group = Group::with_title(Level::ERROR.primary_title(title));
    group = match line_range(&source, promise.line) {
        Some(range) => group.element(
            Snippet::source(source.as_str())
                .path(promise.file.as_str())
                .annotation(AnnotationKind::Primary.span(range).label(word(promise.kind, promise.of))),
        ),
        None => {
            group.element(annotate_snippets::Origin::path(promise.file.as_str()).line(promise.line as usize))
        }
    };
    let chain = chain(promise, root).join("\n");
    if !chain.is_empty() {
        group = group.element(Level::NOTE.message(chain));
    }
    Renderer::styled().render(&[group.element(Level::HELP.message(help))])
}

/// A line without the blanks around it.
fn line_range(source: &str, line: u32) -> Option<std::ops::Range<usize>> {
    let text = source.split_inclusive('\n').nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    let begin = text.as_ptr() as usize - source.as_ptr() as usize;
    let blank = text.len() - text.trim_start().len();
    Some(begin + blank..begin + text.trim_end().len()).filter(|range| !range.is_empty())
}

fn footer(proof: &Proof, out: &mut dyn Write) -> Result<()> {
    let of = |kinds: &[Kind]| proof.promises.iter().filter(|promise| kinds.contains(&promise.kind)).count();
    let parts = [
        (of(&[Kind::Proven, Kind::NeverReturns]), "proven"),
        (of(&[Kind::ExceptPanic]), "except panics"),
        (of(&[Kind::ExceptGrowth]), "except growth"),
        (of(&[Kind::ExceptFirstUse]), "except a first use"),
        (of(&[Kind::Reaches]), "broken"),
        (of(&[Kind::Unproven]), "unproven"),
        (of(&[Kind::NoCode]), "without code"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(many, _)| *many > 0)
        .map(|(many, what)| format!("{} {what}", number(*many as u64)))
        .collect();
    writeln!(out, "{}: {}", count(proof.promises.len() as u64, "promise"), parts.join(", "))?;
    for program in &proof.programs {
        let lines = if program.has_lines { "" } else { ", no lines" };
        writeln!(
            out,
            "  {}  {} of {} followed{lines}, SHA-256 {}",
            program.name,
            number(program.followed as u64),
            count(program.functions as u64, "function"),
            program.sha256
        )?;
    }
    match &proof.build {
        Some(build) => {
            let flags = build.flags.as_ref().map(|flags| format!(", RUSTFLAGS {flags}")).unwrap_or_default();
            let (compiler, profile, target) = (&build.compiler, &build.profile, &build.target);
            writeln!(out, "  built by {compiler}, profile {profile}, for {target}{flags}")?;
        }
        None => writeln!(
            out,
            "  built elsewhere: whether the file has every promise of its sources is not known"
        )?,
    }
    for promise in proof.promises.iter().filter(|promise| !promise.assumed.is_empty()) {
        writeln!(out, "  assumed by {}: {}", promise.path, promise.assumed.join(", "))?;
    }
    let (skipped, others) = (proof.unseen.skipped, proof.unseen.of_dependencies);
    if skipped + others > 0 {
        writeln!(
            out,
            "  not looked at: {} with `prove = skip`, {} of dependencies",
            number(skipped as u64),
            number(others as u64)
        )?;
    }
    Ok(writeln!(out, "  `cargo alloc-budget prove --assumptions` prints what every proof takes for granted")?)
}

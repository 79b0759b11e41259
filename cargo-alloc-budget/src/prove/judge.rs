//! From linked files to a proof: each promise with the worst of its verdicts, accepted or not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use alloc_budget_prove::{
    ASSUMPTIONS, Cause, Finding, Link, Options, Promise as Promised, Record, Verdict as Found, prove, records,
};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::build::Built;
use super::proof::{Build, Event, Kind, Program, Promise, Proof, Step, Unseen, VERSION, Verdict, What};
use crate::source::file::hash;
use crate::workspace::Workspace;

/// Verdicts that are accepted where the user says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Allowed {
    Unproven,
    NoCode,
    /// Growth of a collection that has no room left
    Growth,
    /// The first use of something
    FirstUse,
}

/// Verdicts that are accepted unless the user says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Denied {
    /// What is proven but for panics
    Panic,
}

/// What is accepted.
pub(crate) struct Policy<'a> {
    pub(crate) allow: &'a [Allowed],
    pub(crate) deny: &'a [Denied],
}

impl Policy<'_> {
    fn accepts(&self, kind: Kind, is_warm: bool) -> bool {
        let is_allowed = |allowed| self.allow.contains(&allowed);
        match kind {
            Kind::Proven | Kind::NeverReturns => true,
            Kind::ExceptPanic => !self.deny.contains(&Denied::Panic),
            Kind::ExceptGrowth => is_warm || is_allowed(Allowed::Growth),
            Kind::ExceptFirstUse => is_warm || is_allowed(Allowed::FirstUse),
            Kind::Unproven => is_allowed(Allowed::Unproven),
            Kind::NoCode => is_allowed(Allowed::NoCode),
            Kind::Reaches => false,
        }
    }
}

/// Of the programs that a build has made. What is judged is what members promise.
pub(crate) fn of_build(built: &Built, workspace: &Workspace, policy: &Policy<'_>) -> Result<Proof> {
    let members: Vec<&str> = workspace.members().iter().map(|member| member.name.as_str()).collect();
    let how = Build {
        compiler: built.compiler.clone(),
        profile: built.profile.clone(),
        target: built.target.clone(),
        flags: built.flags.clone(),
    };
    let is_own = |record: &Record| members.contains(&&*record.package);
    of_files(&built.files, Some(how), &is_own, policy)
}

/// Of a file that was built elsewhere. What is judged is what was promised by the packages that
/// were built, and not by their dependencies.
pub(crate) fn of_file(file: &Path, policy: &Policy<'_>) -> Result<Proof> {
    of_files(&[file.to_owned()], None, &|record| record.is_primary, policy)
}

fn of_files(
    files: &[PathBuf],
    build: Option<Build>,
    is_own: &dyn Fn(&Record) -> bool,
    policy: &Policy<'_>,
) -> Result<Proof> {
    let mut all = Promises { policy, unseen: BTreeMap::new(), worst: BTreeMap::new() };
    let mut programs = Vec::new();
    for file in files {
        programs
            .push(all.add(file, is_own).with_context(|| format!("{} can't be analysed", file.display()))?);
    }
    let unseen = Unseen {
        skipped: all.unseen.values().filter(|is_own| **is_own).count(),
        of_dependencies: all.unseen.values().filter(|is_own| !**is_own).count(),
    };
    let promises: Vec<Promise> = all.worst.into_values().collect();
    if promises.is_empty() {
        let (skipped, others) = (unseen.skipped, unseen.of_dependencies);
        bail!(
            "there is no promise to prove ({skipped} skipped, {others} of dependencies)\n\
             help: `max = 0`, `max_deallocs = 0` and `prove` promise something. Where the profile has debug \
             assertions, or a dependency on alloc-budget the feature `enforce`, budgets are enforced instead"
        );
    }
    Ok(Proof {
        version: VERSION,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        verdict: verdict(&promises),
        build,
        programs,
        promises,
        unseen,
        assumptions: ASSUMPTIONS.map(str::to_owned).to_vec(),
    })
}

/// Where every promise is accepted, one at least must be proven.
fn verdict(promises: &[Promise]) -> Verdict {
    let refused = || promises.iter().filter(|promise| !promise.is_accepted);
    let is_unknown = |kind| matches!(kind, Kind::Unproven | Kind::NoCode);
    if refused().any(|promise| !is_unknown(promise.kind)) {
        Verdict { code: 1, what: What::Broken }
    } else if refused().next().is_some() || promises.iter().all(|promise| is_unknown(promise.kind)) {
        Verdict { code: 2, what: What::Unproven }
    } else {
        Verdict { code: 0, what: What::Accepted }
    }
}

/// The promises of all files so far.
struct Promises<'a> {
    policy: &'a Policy<'a>,
    /// Those that nothing is said of, and whether they are the user's own.
    unseen: BTreeMap<Key, bool>,
    worst: BTreeMap<Key, Promise>,
}

/// By package, file, line, column, path and promise.
type Key = (String, String, u32, u32, String, Event);

impl Promises<'_> {
    fn add(&mut self, file: &Path, is_own: &dyn Fn(&Record) -> bool) -> Result<Program> {
        let bytes = std::fs::read(file)?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (wanted, others): (Vec<Record>, Vec<Record>) =
            records(&bytes)?.into_iter().partition(|record| is_own(record) && !record.is_skipped);
        for record in &others {
            self.unseen.insert(key(record, Event::Allocation), is_own(record));
        }
        let mut subjects = Vec::new();
        let mut owners = Vec::new();
        for record in &wanted {
            for subject in record.subjects() {
                subjects.push(subject);
                owners.push(record);
            }
        }
        let mut program = Program { name, sha256: hash(&bytes), functions: 0, followed: 0, has_lines: false };
        if subjects.is_empty() {
            return Ok(program);
        }
        let proof = prove(&bytes, &subjects, &Options::default())?;
        (program.functions, program.followed) = (proof.seen.functions, proof.seen.followed);
        program.has_lines = proof.seen.has_lines;
        for (record, finding) in owners.into_iter().zip(proof.findings) {
            self.take(self.judge(record, finding, &program.name));
        }
        Ok(program)
    }

    fn judge(&self, record: &Record, finding: Finding, program: &str) -> Promise {
        let kind = match (&record.obstacle, finding.verdict) {
            (Some(_), _) | (None, Found::Unproven) => Kind::Unproven,
            (None, Found::Proven) => Kind::Proven,
            (None, Found::ExceptPanic) => Kind::ExceptPanic,
            (None, Found::NeverReturns) => Kind::NeverReturns,
            (None, Found::ExceptFirstUse) => Kind::ExceptFirstUse,
            (None, Found::ExceptGrowth) => Kind::ExceptGrowth,
            (None, Found::Reaches) => Kind::Reaches,
            (None, Found::NoCode) => Kind::NoCode,
        };
        Promise {
            package: record.package.clone(),
            path: path(record),
            is_block: record.is_block,
            file: record.file.replace('\\', "/"),
            line: record.line,
            column: record.column,
            of: match finding.subject.promise {
                Promised::NoAllocation => Event::Allocation,
                Promised::NoDeallocation => Event::Deallocation,
            },
            kind,
            is_accepted: self.policy.accepts(kind, record.is_warm),
            program: (kind != Kind::NoCode).then(|| program.to_owned()),
            functions: record.code.len(),
            cause: record.obstacle.clone().or_else(|| finding.cause.as_ref().map(Cause::to_string)),
            more_causes: finding.more_causes,
            chain: finding.chain.iter().flat_map(steps).collect(),
            assumed: finding.assumed,
        }
    }

    /// The worst counts; but code in one program is enough.
    fn take(&mut self, promise: Promise) {
        let Promise { package, file, line, column, path, of, .. } = &promise;
        let key = (package.clone(), file.clone(), *line, *column, path.clone(), *of);
        match self.worst.get_mut(&key) {
            None => {
                self.worst.insert(key, promise);
            }
            Some(known) => {
                let functions = known.functions.max(promise.functions);
                if rank(&promise) > rank(known) {
                    *known = promise;
                }
                known.functions = functions;
            }
        }
    }
}

/// How bad it is. An allocation that is seen says more than one that may be.
fn rank(promise: &Promise) -> (bool, bool, bool, Kind) {
    let has_code = promise.kind != Kind::NoCode;
    (has_code, !promise.is_accepted, promise.kind == Kind::Reaches, promise.kind)
}

fn key(record: &Record, of: Event) -> Key {
    (record.package.clone(), record.file.clone(), record.line, record.column, path(record), of)
}

fn path(record: &Record) -> String {
    let name = if record.name.is_empty() { "{block}" } else { &record.name };
    format!("{}::{name}", record.module)
}

fn steps(link: &Link) -> Vec<Step> {
    if link.places.is_empty() {
        return vec![Step { function: link.function.clone(), file: None, line: None, is_inlined: false }];
    }
    let step = |(at, place): (usize, &alloc_budget_prove::Place)| Step {
        function: if at == 0 {
            link.function.clone().or(place.function.clone())
        } else {
            place.function.clone()
        },
        file: Some(place.file.replace('\\', "/")),
        line: (place.line > 0).then_some(place.line),
        is_inlined: at > 0,
    };
    link.places.iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(kind: Kind, is_accepted: bool) -> Promise {
        Promise {
            package: "codec".into(),
            path: "codec::mix".into(),
            is_block: false,
            file: "src/lib.rs".into(),
            line: 1,
            column: 1,
            of: Event::Allocation,
            kind,
            is_accepted,
            program: None,
            functions: 1,
            cause: None,
            more_causes: 0,
            chain: Vec::new(),
            assumed: Vec::new(),
        }
    }

    #[test]
    fn an_allocation_outweighs_what_is_unknown_and_no_code_is_outweighed() {
        let policy = Policy { allow: &[Allowed::Unproven, Allowed::NoCode], deny: &[] };
        for kinds in [[Kind::Unproven, Kind::Reaches], [Kind::Reaches, Kind::Unproven]] {
            let mut all = Promises { policy: &policy, unseen: BTreeMap::new(), worst: BTreeMap::new() };
            for kind in kinds {
                all.take(promise(kind, policy.accepts(kind, false)));
            }
            assert_eq!(all.worst.values().next().unwrap().kind, Kind::Reaches);
        }
        let mut all = Promises { policy: &policy, unseen: BTreeMap::new(), worst: BTreeMap::new() };
        for kind in [Kind::NoCode, Kind::Proven, Kind::NoCode] {
            all.take(promise(kind, true));
        }
        assert_eq!(all.worst.values().next().unwrap().kind, Kind::Proven);
    }

    #[test]
    fn growth_is_accepted_of_what_warms_up_and_a_panic_unless_it_is_denied() {
        let none = Policy { allow: &[], deny: &[] };
        assert!(none.accepts(Kind::ExceptGrowth, true) && !none.accepts(Kind::ExceptGrowth, false));
        assert!(none.accepts(Kind::ExceptFirstUse, true) && !none.accepts(Kind::ExceptFirstUse, false));
        assert!(none.accepts(Kind::ExceptPanic, false) && !none.accepts(Kind::NoCode, true));
        let strict = Policy { allow: &[], deny: &[Denied::Panic] };
        assert!(!strict.accepts(Kind::ExceptPanic, true) && strict.accepts(Kind::Proven, false));
    }

    #[test]
    fn nothing_proven_is_never_green() {
        assert_eq!(verdict(&[promise(Kind::Unproven, true), promise(Kind::NoCode, true)]).code, 2);
        assert_eq!(verdict(&[promise(Kind::Unproven, true), promise(Kind::Proven, true)]).code, 0);
        assert_eq!(verdict(&[promise(Kind::NoCode, false), promise(Kind::Proven, true)]).code, 2);
        assert_eq!(verdict(&[promise(Kind::NoCode, false), promise(Kind::Reaches, false)]).code, 1);
    }
}

//! From one function to everything that it can reach, the nearest first.

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::Range;
use std::rc::Rc;

use crate::externals::{self, Class};
use crate::image::{Address, External};
use crate::program::Program;
use crate::proof::{Allocator, Cause, Promise, Subject, Verdict};
use crate::roles::{self, Role};
use crate::state::Context;
use crate::walk::{self, Callee, Walk};

/// What was reached.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) cause: Option<Cause>,
    pub(crate) chain: Chain,
    pub(crate) more_causes: usize,
    pub(crate) assumed: Vec<String>,
}

impl Outcome {
    pub(crate) fn without_search(verdict: Verdict, cause: Option<Cause>) -> Self {
        Self { verdict, cause, chain: Vec::new(), more_causes: 0, assumed: Vec::new() }
    }

    pub(crate) fn not_understood(what: &str) -> Self {
        Self::without_search(Verdict::Unproven, Some(Cause::NotUnderstood(what.to_owned())))
    }
}

/// Everything that was followed so far, for all subjects of a run.
pub(crate) struct Reach<'run, 'data> {
    program: &'run Program<'data>,
    allocator: &'run Allocator,
    /// Code of functions that a proof must not run into without calling them.
    watched: Vec<(Range<Address>, Role)>,
    allocator_code: BTreeSet<Address>,
    walks: RefCell<HashMap<Step, Rc<Walk>>>,
}

/// A function, with what is known of its arguments.
type Step = (Address, Context);

/// How many ways of calling one function are kept apart.
const CONTEXTS: usize = 32;
/// How many functions one subject may reach.
const STEPS: usize = 100_000;

/// What a step finds.
enum Found {
    /// It goes on there.
    Edge(Step),
    Panic,
    FirstUse(String),
    Growth(String),
    Breach(Cause),
    Unknown(Cause),
    Assumed(String),
}

impl<'run, 'data> Reach<'run, 'data> {
    pub(crate) fn new(
        program: &'run Program<'data>,
        allocator: &'run Allocator,
        allocator_code: &[Address],
    ) -> Self {
        let watched = program.functions.all().iter().filter_map(|function| {
            let role = program.roles.at(function.range.start)?;
            Some((function.range.clone(), role))
        });
        Self {
            program,
            allocator,
            watched: watched.filter(|(_, role)| *role != Role::Panics).collect(),
            allocator_code: allocator_code.iter().copied().collect(),
            walks: RefCell::default(),
        }
    }

    /// How many functions were followed.
    pub(crate) fn followed(&self) -> usize {
        self.walks.borrow().keys().map(|(function, _)| *function).collect::<BTreeSet<_>>().len()
    }

    /// Follows everything that a function can run.
    pub(crate) fn search(&self, entry: Address, subject: &Subject) -> Outcome {
        let start = (entry, Context::default());
        let mut search = Search::new(start);
        if let Allocator::OutOfSight(why) = self.allocator {
            search.note(start, entry, Found::Unknown(Cause::NotUnderstood(why.clone())));
        }
        for found in self.call(entry, Context::default(), subject) {
            if !matches!(found, Found::Edge(_)) {
                search.note(start, entry, found);
            }
        }
        while let Some(step) = search.next() {
            if search.parents.len() > STEPS {
                let cause = Cause::NotUnderstood("more functions than are followed".to_owned());
                search.note(step, step.0, Found::Unknown(cause));
                break;
            }
            for (at, found) in self.step(step, subject) {
                search.note(step, at, found);
            }
        }
        let mut outcome = search.outcome();
        if outcome.verdict.is_proven() && !self.program.may_return(entry) {
            outcome.verdict = Verdict::NeverReturns;
        }
        outcome
    }

    fn walk(&self, step: Step) -> Rc<Walk> {
        if let Some(known) = self.walks.borrow().get(&step) {
            return Rc::clone(known);
        }
        let walk = Rc::new(walk::walk(self.program, step.0, &step.1));
        self.walks.borrow_mut().insert(step, Rc::clone(&walk));
        walk
    }

    fn step(&self, step: Step, subject: &Subject) -> Vec<(Address, Found)> {
        let walk = self.walk(step);
        let mut found: Vec<_> =
            walk.problems.iter().map(|(at, cause)| (*at, Found::Unknown(cause.clone()))).collect();
        for code in &walk.code {
            if let Some(at) = self.allocator_code.range(code.clone()).next() {
                found.push((*at, Found::Breach(Cause::InlinedAllocator)));
            }
            found.extend(
                self.runs_into(code, step.0, subject.promise)
                    .map(|cause| (code.start, Found::Unknown(cause))),
            );
        }
        for call in &walk.calls {
            let what = match call.callee {
                Callee::Local(to) => self.call(to, call.context, subject),
                Callee::External(id, argument) => {
                    let external = self.program.image.external_symbol(id);
                    of_external(external, argument, subject.promise).into_iter().collect()
                }
                Callee::System(number) => of_system(number, subject.promise).into_iter().collect(),
            };
            let what = what.into_iter().map(|found| match found {
                // What the function has made itself had no room before.
                Found::Growth(name) if call.is_on_own => Found::Breach(Cause::Calls(name)),
                other => other,
            });
            found.extend(what.map(|found| (call.at, found)));
        }
        found
    }

    /// Code that is in a function which must be called by its entry to be known for what it is.
    fn runs_into(&self, code: &Range<Address>, entry: Address, promise: Promise) -> Option<Cause> {
        let behind = self.watched.partition_point(|(range, _)| range.start < code.end);
        let before = &self.watched[behind.saturating_sub(4)..behind];
        let (range, _) = before.iter().rev().find(|(range, role)| {
            let is_own = range.start == entry;
            range.end > code.start && !is_own && breaks(*role, promise)
        })?;
        let name = self.name(range.start);
        Some(Cause::NotUnderstood(format!("control gets into the middle of `{name}`")))
    }

    fn name(&self, function: Address) -> String {
        let name = self.program.functions.at(function).and_then(|function| function.name());
        name.map_or_else(|| format!("code at {function:#x}"), str::to_owned)
    }

    /// What a call of a function of the file is.
    fn call(&self, to: Address, context: Context, subject: &Subject) -> Vec<Found> {
        if !self.program.image.is_code(to) {
            return vec![Found::Unknown(Cause::NotUnderstood("a call to what is no code".to_owned()))];
        }
        let name = || self.name(to);
        match self.program.roles.at(to) {
            Some(Role::Panics) => return vec![Found::Panic],
            Some(Role::Grows) => return vec![Found::Growth(name())],
            Some(Role::FirstUse) if subject.promise == Promise::NoAllocation => {
                return vec![Found::FirstUse(name())];
            }
            Some(Role::Chooses) => {
                return vec![Found::Unknown(Cause::Indirect(format!(
                    "`{}`, which the loader chooses",
                    name()
                )))];
            }
            Some(role) if breaks(role, subject.promise) => return vec![Found::Breach(Cause::Calls(name()))],
            _ => {}
        }
        let paths = self.program.functions.at(to).map_or(&[][..], |function| &function.paths);
        let is_assumed = |assumption: &&String| paths.iter().any(|path| is_at(path, assumption));
        if let Some(assumption) = subject.assume.iter().find(is_assumed) {
            return vec![Found::Assumed(assumption.clone())];
        }
        vec![Found::Edge((to, context))]
    }
}

/// Whether a function of that role breaks the promise.
fn breaks(role: Role, promise: Promise) -> bool {
    match role {
        Role::Allocates => promise == Promise::NoAllocation,
        Role::Frees => promise == Promise::NoDeallocation,
        Role::Reallocates => true,
        _ => false,
    }
}

fn of_external(external: &External, argument: Option<u64>, promise: Promise) -> Option<Found> {
    let name = match &external.version {
        Some(version) => format!("{}@{version}", external.name),
        None => external.name.clone(),
    };
    let breach = || Some(Found::Breach(Cause::Calls(external.name.clone())));
    match externals::class(external) {
        Some(Class::Clean | Class::Ends) => None,
        Some(Class::Allocates) if promise == Promise::NoAllocation => breach(),
        Some(Class::Frees) if promise == Promise::NoDeallocation => breach(),
        Some(Class::Reallocates) => breach(),
        Some(Class::Frees) => (!is_plain_free(external)).then_some(Found::Unknown(Cause::External(name))),
        Some(Class::Panics) => Some(Found::Panic),
        Some(Class::SystemCall) => of_system(argument, promise),
        Some(Class::Allocates) if is_plain_allocation(external) => None,
        Some(Class::Allocates | Class::Leaves) | None => Some(Found::Unknown(Cause::External(name))),
    }
}

/// Whether it is an allocator's own function, and does nothing but free.
fn is_plain_free(external: &External) -> bool {
    external.name.starts_with("_Zd")
        || matches!(
            external.name.as_str(),
            "free" | "cfree" | "free_sized" | "free_aligned_sized" | "__libc_free"
        )
        || externals::is_of_system(external)
}

/// Whether it is an allocator's own function, and frees nothing.
fn is_plain_allocation(external: &External) -> bool {
    external.name.starts_with("_Zn")
        || matches!(
            external.name.as_str(),
            "malloc" | "calloc" | "posix_memalign" | "aligned_alloc" | "memalign" | "valloc" | "pvalloc"
        )
}

fn of_system(number: Option<u64>, promise: Promise) -> Option<Found> {
    match number.and_then(externals::of_system) {
        Some(Class::Clean | Class::Ends) => None,
        Some(Class::Allocates) if promise == Promise::NoDeallocation => None,
        Some(Class::Allocates) => Some(Found::Breach(Cause::SystemCall(number))),
        _ => Some(Found::Unknown(Cause::SystemCall(number))),
    }
}

/// Whether a path is the one that an assumption names: as a whole, or with the type that has the
/// trait in front.
fn is_at(path: &str, assumption: &str) -> bool {
    if path == assumption || roles::bare(path) == assumption {
        return true;
    }
    // `<Type as path::Trait>::method`
    let Some((of_trait, method)) = path.rsplit_once(">::") else { return false };
    let Some((_, of_trait)) = of_trait.rsplit_once(" as ") else { return false };
    format!("{}::{method}", roles::bare(of_trait)) == assumption
}

/// Functions by where they begin, each with the instruction that leads on.
type Chain = Vec<(Address, Address)>;

/// One search, the nearest first.
struct Search {
    parents: HashMap<Step, Option<(Step, Address)>>,
    queue: VecDeque<Step>,
    contexts: HashMap<Address, usize>,
    /// The first of each kind, and how many others there are.
    causes: [Option<(Chain, Cause)>; 4],
    more: [usize; 4],
    panics: bool,
    assumed: BTreeSet<String>,
}

/// The kinds of causes, the worst first.
const KINDS: [Verdict; 4] =
    [Verdict::Reaches, Verdict::Unproven, Verdict::ExceptGrowth, Verdict::ExceptFirstUse];

impl Search {
    fn new(start: Step) -> Self {
        Self {
            parents: HashMap::from([(start, None)]),
            queue: VecDeque::from([start]),
            contexts: HashMap::new(),
            causes: [None, None, None, None],
            more: [0; 4],
            panics: false,
            assumed: BTreeSet::new(),
        }
    }

    fn next(&mut self) -> Option<Step> {
        self.queue.pop_front()
    }

    fn note(&mut self, from: Step, at: Address, found: Found) {
        let (kind, cause) = match found {
            Found::Edge(to) => return self.go(from, at, to),
            Found::Panic => {
                self.panics = true;
                return;
            }
            Found::Assumed(assumption) => {
                self.assumed.insert(assumption);
                return;
            }
            Found::Breach(cause) => (0, cause),
            Found::Unknown(cause) => (1, cause),
            Found::Growth(name) => (2, Cause::Calls(name)),
            Found::FirstUse(name) => (3, Cause::Calls(name)),
        };
        if self.causes[kind].is_some() {
            self.more[kind] += 1;
        } else {
            self.causes[kind] = Some((self.chain(from, at), cause));
        }
    }

    fn go(&mut self, from: Step, at: Address, (to, context): Step) {
        let contexts = self.contexts.entry(to).or_default();
        let is_crowded = *contexts >= CONTEXTS;
        let step = (to, if is_crowded { Context::default() } else { context });
        if let Entry::Vacant(parent) = self.parents.entry(step) {
            *contexts += 1;
            parent.insert(Some((from, at)));
            self.queue.push_back(step);
        }
    }

    fn chain(&self, mut step: Step, at: Address) -> Chain {
        let mut chain = vec![(step.0, at)];
        while let Some(Some((parent, at))) = self.parents.get(&step) {
            chain.push((parent.0, *at));
            step = *parent;
        }
        chain.reverse();
        chain
    }

    fn outcome(self) -> Outcome {
        let assumed = self.assumed.into_iter().collect();
        for ((verdict, cause), more_causes) in KINDS.into_iter().zip(self.causes).zip(self.more) {
            if let Some((chain, cause)) = cause {
                return Outcome { verdict, cause: Some(cause), chain, more_causes, assumed };
            }
        }
        let verdict = if self.panics { Verdict::ExceptPanic } else { Verdict::Proven };
        Outcome { verdict, cause: None, chain: Vec::new(), more_causes: 0, assumed }
    }
}

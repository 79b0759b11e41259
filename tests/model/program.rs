//! Random programs.

use alloc_budget::{Budget, Limit};
use proptest::collection::vec;
use proptest::prelude::*;

/// Places for blocks, for handles, and for guards of a thread.
pub(crate) const BLOCKS: usize = 8;
pub(crate) const HANDLES: usize = 3;
pub(crate) const GUARDS: usize = 3;
const FUTURES: usize = 3;

/// What each quantity may reach, in the order of `Limit::ALL`.
pub(crate) type Allowed = [Option<u64>; Limit::ALL.len()];

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Allocate {
        slot: usize,
        size: usize,
        zeroed: bool,
    },
    Reallocate {
        slot: usize,
        size: usize,
    },
    Free {
        slot: usize,
    },
    /// Asks for more than there is, in each way.
    Fail {
        slot: usize,
    },
    Measure(Vec<Op>),
    Check(Allowed, Vec<Op>),
    /// A function with all of the attribute's limits, or with one of them. Catches what panics
    /// inside.
    Annotated {
        only: Option<usize>,
        allowed: Allowed,
        body: Vec<Op>,
    },
    Exempt(Vec<Op>),
    Catch(Vec<Op>),
    Throw,
    /// Takes the handle of the innermost scope.
    Share {
        handle: usize,
    },
    Work {
        handle: usize,
        body: Vec<Op>,
    },
    Poll {
        future: usize,
    },
    DropFuture {
        future: usize,
    },
    /// A guard that is closed whenever, or never.
    Open {
        guard: usize,
        allowed: Allowed,
    },
    Close {
        guard: usize,
    },
    /// Closed by whatever is around it.
    Leak {
        allowed: Allowed,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum FutureKind {
    Measured,
    Checked(Allowed),
    Annotated(Allowed),
}

#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) threads: Vec<Vec<Op>>,
    /// What each future does in each of its polls.
    pub(crate) futures: Vec<(FutureKind, Vec<Vec<Op>>)>,
    /// Which thread goes on after each step.
    pub(crate) schedule: Vec<usize>,
}

pub(crate) fn budget(allowed: &Allowed) -> Budget {
    let [max, bytes, peak, retained, reallocs, deallocs, block, surviving] =
        allowed.map(|limit| limit.unwrap_or(u64::MAX));
    Budget::new()
        .max(max)
        .max_bytes(bytes)
        .max_peak_bytes(peak)
        .max_retained_bytes(retained)
        .max_reallocs(reallocs)
        .max_deallocs(deallocs)
        .max_block_bytes(block)
        .max_surviving_bytes(surviving)
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 1..200_usize, 1 => 1_000..100_000_usize]
}

/// Few and low, so that about half of them are passed.
fn allowed() -> impl Strategy<Value = Allowed> {
    let count = || prop_oneof![3 => Just(None), 2 => (0..4_u64).prop_map(Some)];
    let bytes = || prop_oneof![3 => Just(None), 2 => (0..400_u64).prop_map(Some)];
    (count(), bytes(), bytes(), bytes(), count(), count(), bytes(), bytes())
        .prop_map(|(a, b, c, d, e, f, g, h)| [a, b, c, d, e, f, g, h])
}

fn simple() -> impl Strategy<Value = Op> {
    let slot = || 0..BLOCKS;
    prop_oneof![
        8 => (slot(), size(), any::<bool>()).prop_map(|(slot, size, zeroed)| Op::Allocate { slot, size, zeroed }),
        4 => (slot(), size()).prop_map(|(slot, size)| Op::Reallocate { slot, size }),
        6 => slot().prop_map(|slot| Op::Free { slot }),
        1 => slot().prop_map(|slot| Op::Fail { slot }),
        1 => Just(Op::Throw),
        3 => (0..HANDLES).prop_map(|handle| Op::Share { handle }),
        4 => (0..FUTURES).prop_map(|future| Op::Poll { future }),
        1 => (0..FUTURES).prop_map(|future| Op::DropFuture { future }),
        1 => (0..GUARDS, allowed()).prop_map(|(guard, allowed)| Op::Open { guard, allowed }),
        1 => (0..GUARDS).prop_map(|guard| Op::Close { guard }),
        1 => allowed().prop_map(|allowed| Op::Leak { allowed }),
    ]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = simple().prop_recursive(6, 64, 8, |op| {
        let body = || vec(op.clone(), 0..8);
        prop_oneof![
            2 => body().prop_map(Op::Measure),
            3 => (allowed(), body()).prop_map(|(allowed, body)| Op::Check(allowed, body)),
            2 => (proptest::option::of(0..Limit::ALL.len()), allowed(), body())
                .prop_map(|(only, allowed, body)| Op::Annotated { only, allowed, body }),
            1 => body().prop_map(Op::Exempt),
            1 => body().prop_map(Op::Catch),
            2 => (0..HANDLES, body()).prop_map(|(handle, body)| Op::Work { handle, body }),
        ]
    });
    vec(op, 0..12)
}

fn future() -> impl Strategy<Value = (FutureKind, Vec<Vec<Op>>)> {
    let kind = prop_oneof![
        Just(FutureKind::Measured),
        allowed().prop_map(FutureKind::Checked),
        allowed().prop_map(FutureKind::Annotated),
    ];
    (kind, vec(ops(), 1..4))
}

pub(crate) fn program() -> impl Strategy<Value = Program> {
    (vec(ops(), 1..4), vec(future(), 0..=FUTURES), vec(0..12_usize, 0..64))
        .prop_map(|(threads, futures, schedule)| Program { threads, futures, schedule })
}

impl FutureKind {
    pub(crate) fn allowed(&self) -> Allowed {
        match self {
            Self::Measured => [None; Limit::ALL.len()],
            Self::Checked(allowed) | Self::Annotated(allowed) => *allowed,
        }
    }
}

//! One quantity of a budget over all its calls, in every process.

use std::cmp::Reverse;

use super::line;
use crate::report::budget::Quantity;

/// Who has done something: a test, in an instance of the function. Sorted by what is told first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Who {
    /// False sorts first: a test that has a name says more.
    pub(crate) is_nameless: bool,
    pub(crate) test: Option<String>,
    pub(crate) instance: String,
}

/// What has been seen of a quantity so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    lowest: Option<i64>,
    worst: Option<(i64, Reverse<Who>)>,
    limits: Option<[u64; 2]>,
    slack: Option<i64>,
}

impl Seen {
    pub(crate) fn add(&mut self, quantity: &line::Quantity, who: &Who) {
        if let Some(worst) = quantity.worst {
            self.worst = self.worst.take().max(Some((worst, Reverse(who.clone()))));
        }
        self.lowest = least(self.lowest, quantity.least);
        self.limits = union(self.limits, quantity.limits);
        self.slack = least(self.slack, quantity.slack);
    }

    /// With the test as the report names it.
    pub(crate) fn renamed(mut self, test: Option<String>) -> Self {
        if let Some((_, Reverse(who))) = &mut self.worst {
            who.test = test;
        }
        self
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.worst = self.worst.take().max(other.worst);
        self.lowest = least(self.lowest, other.lowest);
        self.limits = union(self.limits, other.limits);
        self.slack = least(self.slack, other.slack);
    }

    /// The instance is said where there are several.
    pub(crate) fn told(self, has_instances: bool) -> Quantity {
        let (worst, who) = self.worst.map(|(worst, Reverse(who))| (worst, who)).unzip();
        let (test, instance) = who.map(|who| (who.test, who.instance)).unzip();
        Quantity {
            least: self.lowest,
            worst,
            test: test.flatten(),
            instance: instance.filter(|_| has_instances),
            limits: self.limits,
            slack: self.slack,
            varies: None,
        }
    }
}

pub(super) fn union(one: Option<[u64; 2]>, other: Option<[u64; 2]>) -> Option<[u64; 2]> {
    match (one, other) {
        (Some(one), Some(other)) => Some([one[0].min(other[0]), one[1].max(other[1])]),
        (one, other) => one.or(other),
    }
}

pub(super) fn least(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}

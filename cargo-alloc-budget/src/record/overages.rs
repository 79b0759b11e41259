//! The overages of one budget: the same one in a hundred tests is told once.

use std::collections::BTreeMap;

use crate::report::budget::{CallSite, Caller, Limit, Overage};

/// What makes two overages the same: the limits, and the ways to the call sites.
type Key = (bool, Vec<Limit>, Vec<Way>);
type Way = (Option<String>, Option<u32>, String, Option<String>, Vec<Caller>);

/// Each overage once, with the highest numbers that were seen; the worst first.
pub(super) fn distinct(overages: impl IntoIterator<Item = Overage>) -> Vec<Overage> {
    let mut distinct: BTreeMap<Key, Overage> = BTreeMap::new();
    for overage in overages {
        let key = key(&overage);
        match distinct.get_mut(&key) {
            Some(known) if is_told_before(&overage, known) => *known = overage,
            Some(_) => {}
            None => drop(distinct.insert(key, overage)),
        }
    }
    let mut distinct: Vec<_> = distinct.into_iter().collect();
    distinct.sort_by(|(one_key, one), (other_key, other)| {
        (one.expected, -excess(one), one_key).cmp(&(other.expected, -excess(other), other_key))
    });
    distinct.into_iter().map(|(_, overage)| overage).collect()
}

fn key(overage: &Overage) -> Key {
    let way = |site: &CallSite| {
        let CallSite { file, line, function, callee, callers, .. } = site.clone();
        (file, line, function, callee, callers)
    };
    let mut ways: Vec<_> = overage.sites.iter().map(way).collect();
    ways.sort();
    (overage.expected, overage.exceeded.iter().map(|exceeded| exceeded.limit).collect(), ways)
}

fn is_told_before(overage: &Overage, known: &Overage) -> bool {
    let order = |overage: &Overage| {
        let numbers = overage.exceeded.iter().map(|exceeded| -exceeded.actual).collect::<Vec<_>>();
        let amounts: Vec<_> = overage.sites.iter().map(|site| (site.allocations, site.bytes)).collect();
        (-excess(overage), numbers, overage.test.is_none(), overage.test.clone(), amounts)
    };
    order(overage) < order(known)
}

/// How far past its first limit.
fn excess(overage: &Overage) -> i128 {
    overage.exceeded.first().map_or(0, |it| i128::from(it.actual) - i128::from(it.allowed))
}

#[cfg(test)]
mod tests {
    use super::distinct;
    use crate::report::budget::{CallSite, Exceeded, Limit, Overage};

    fn overage(test: &str, actual: i64, line: u32) -> Overage {
        let site = CallSite {
            file: Some("src/lib.rs".to_owned()),
            line: Some(line),
            function: "f".to_owned(),
            callee: None,
            allocations: 1,
            bytes: 1,
            callers: Vec::new(),
        };
        let exceeded = vec![Exceeded { limit: Limit::Max, actual, allowed: 1 }];
        Overage { test: Some(test.to_owned()), expected: false, exceeded, sites: vec![site] }
    }

    #[test]
    fn the_same_overage_is_told_once_in_any_order() {
        let mut all = vec![overage("b", 3, 1), overage("a", 2, 1), overage("c", 3, 1), overage("a", 9, 2)];
        let expected = [overage("a", 9, 2), overage("b", 3, 1)];
        for _ in 0..all.len() {
            all.rotate_left(1);
            assert_eq!(distinct(all.clone()), expected);
        }
    }

    #[test]
    fn one_that_a_test_expects_is_another() {
        let wanted = Overage { expected: true, ..overage("a", 3, 1) };
        assert_eq!(distinct([wanted.clone(), overage("a", 2, 1)]), [overage("a", 2, 1), wanted]);
    }
}

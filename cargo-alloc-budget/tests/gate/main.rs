//! What CI and editors use of the tool: the gate, shards, baselines, formats, messages.

#[path = "../support/mod.rs"]
mod support;

mod baselines;
mod check;
mod editor;
mod help;
mod reports;
mod workflow;

/// A budget that is tight, one that is generous, and one that no test reaches.
pub(crate) const LIBRARY: &str = "use alloc_budget::alloc_budget;

#[alloc_budget(max = 1)]
pub fn tight(n: usize) -> Vec<u8> {
    vec![1; n]
}

#[alloc_budget(max = 12)]
pub fn generous(n: usize) -> Vec<u8> {
    vec![1; n]
}

#[alloc_budget(max = 3)]
pub fn unreached() -> u8 {
    3
}

#[cfg(test)]
mod tests {
    #[test]
    fn calls() {
        assert_eq!(super::tight(3), [1; 3]);
    }

    #[test]
    fn calls_too() {
        assert_eq!(super::generous(3), [1; 3]);
    }
}
";

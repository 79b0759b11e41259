//! Files that are damaged, cut short or made up: an error or a verdict, and never a panic.
//!
//! `DAMAGED=10000` tries that many of each kind.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../support/mod.rs"]
mod support;

use alloc_budget_prove::{Options, Promise, Subject, functions, prove, records};

/// How many of each kind.
fn count() -> usize {
    std::env::var("DAMAGED").ok().and_then(|count| count.parse().ok()).unwrap_or(6)
}

/// Numbers that are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("it is below")
    }
}

/// Asks all that can be asked of a file. Whether there was an answer.
fn ask(bytes: &[u8], at: &[u64]) -> bool {
    let _ = functions(bytes);
    let _ = records(bytes);
    let subject = |address: &u64| Subject {
        name: "damaged".into(),
        address: Some(*address),
        promise: Promise::NoAllocation,
        assume: Vec::new(),
    };
    let subjects: Vec<Subject> = at.iter().map(subject).collect();
    prove(bytes, &subjects, &Options::default()).is_ok()
}

#[test]
fn a_damaged_file_is_an_error_or_has_verdicts() {
    let flags = ["-C", "panic=abort", "-C", "strip=debuginfo", "-C", "debuginfo=0"];
    let whole = support::rust("attack/assembly/program.rs", "damaged", &flags).bytes;
    let all = functions(&whole).expect("it is whole");
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut at = Vec::new();
    for _ in 0..4 {
        at.push(all[numbers.below(all.len())].1);
    }
    assert!(ask(&whole, &at));
    let mut answers = 0;
    let mut errors = 0;
    let mut tried = |bytes: &[u8]| if ask(bytes, &at) { answers += 1 } else { errors += 1 };
    for _ in 0..count() {
        tried(&whole[..numbers.below(whole.len())]);
        // The header and the segments; the sections, which are at the end; anything.
        for (begin, length) in [(0, 1024), (whole.len() - 4096, 4096), (0, whole.len())] {
            let mut damaged = whole.clone();
            for _ in 0..=numbers.below(4) {
                damaged[begin + numbers.below(length)] = u8::try_from(numbers.below(256)).expect("a byte");
            }
            tried(&damaged);
        }
    }
    assert!(answers > 0 && errors > 0, "{answers} answers, {errors} errors: damage that is none, or is all");
}

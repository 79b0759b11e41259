//! What callers of the library are told.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../support/mod.rs"]
mod support;

use alloc_budget_prove::{Cause, Options, Promise, Subject, Verdict, functions, prove};

fn subject(name: &str, address: Option<u64>) -> Subject {
    Subject { name: name.to_owned(), address, promise: Promise::NoAllocation, assume: Vec::new() }
}

fn address(bytes: &[u8], name: &str) -> u64 {
    let all = functions(bytes).expect("functions");
    all.into_iter().find(|(path, _)| path == name).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn a_chain_says_where_each_call_is() {
    let program = support::rust("api/program.rs", "api-chain", &[]);
    let outer = subject("outer", Some(address(&program.bytes, "program::outer")));
    let proof = prove(&program.bytes, &[outer], &Options::default()).expect("a proof");
    let [finding] = &proof.findings[..] else { panic!("{proof:?}") };
    assert_eq!(finding.verdict, Verdict::Reaches);
    let functions: Vec<_> = finding.chain.iter().filter_map(|link| link.function.as_deref()).collect();
    assert_eq!(functions, ["program::outer", "program::inner"]);
    let [outer, inner] = [&finding.chain[0].places, &finding.chain[1].places];
    assert!(outer[0].file.ends_with("api/program.rs"), "{outer:?}");
    assert_eq!(outer[0].line, 11);
    // The line of the function itself first, then what was inlined.
    assert_eq!(inner[0].line, 6);
    assert!(inner.len() > 1 && !inner[1].file.ends_with("api/program.rs"), "{inner:?}");
    assert!(
        matches!(&finding.cause, Some(Cause::Calls(name)) if name.contains("__rust_alloc")),
        "{finding:?}"
    );
}

#[test]
fn what_has_no_code_is_said() {
    let program = support::rust("api/program.rs", "api-none", &[]);
    let subjects = [subject("gone", None), subject("nowhere", Some(3))];
    let proof = prove(&program.bytes, &subjects, &Options::default()).expect("a proof");
    assert_eq!(proof.findings[0].verdict, Verdict::NoCode);
    assert_eq!(proof.findings[1].verdict, Verdict::Unproven);
    assert_eq!(proof.findings[1].subject.name, "nowhere");
}

#[test]
fn a_run_without_subjects_is_none() {
    let program = support::rust("api/program.rs", "api-empty", &[]);
    assert!(prove(&program.bytes, &[], &Options::default()).is_err());
}

#[test]
fn assumptions_are_named_where_they_are_used() {
    let program = support::rust("api/program.rs", "api-assumed", &[]);
    let begin = address(&program.bytes, "program::outer");
    let mut outer = subject("outer", Some(begin));
    outer.assume = vec!["program::inner".to_owned(), "program::other".to_owned()];
    let mut called = subject("called", Some(address(&program.bytes, "program::through_a_trait")));
    called.assume = vec!["program::Shape::area".to_owned()];
    let proof = prove(&program.bytes, &[outer, called], &Options::default()).expect("a proof");
    assert_eq!(proof.findings[0].verdict, Verdict::Proven);
    assert_eq!(proof.findings[0].assumed, ["program::inner"]);
    assert_eq!(proof.findings[1].verdict, Verdict::Proven, "{:?}", proof.findings[1]);
    assert_eq!(proof.findings[1].assumed, ["program::Shape::area"]);
}

#[test]
fn frees_are_another_promise() {
    let program = support::rust("api/program.rs", "api-free", &[]);
    let verdict = |name: &str, promise| {
        let mut subject = subject(name, Some(address(&program.bytes, name)));
        subject.promise = promise;
        let proof = prove(&program.bytes, &[subject], &Options::default()).expect("a proof");
        proof.findings[0].verdict
    };
    assert_eq!(verdict("program::frees", Promise::NoAllocation), Verdict::Proven);
    assert_eq!(verdict("program::frees", Promise::NoDeallocation), Verdict::Reaches);
    assert!(verdict("program::inner", Promise::NoDeallocation).is_proven());
    assert_eq!(verdict("program::grows", Promise::NoDeallocation), Verdict::ExceptGrowth);
}

#[test]
fn code_of_an_allocator_that_the_caller_knows_of_is_an_allocation() {
    let program = support::rust("api/program.rs", "api-marked", &[]);
    let begin = address(&program.bytes, "program::frees");
    let options = Options { allocator_code: vec![begin] };
    let proof = prove(&program.bytes, &[subject("frees", Some(begin))], &options).expect("a proof");
    assert_eq!(proof.findings[0].cause, Some(Cause::InlinedAllocator));
}

/// Whatever the file is, the answer comes, and is no panic.
#[test]
fn damaged_files_are_errors() {
    let program = support::rust("api/program.rs", "api-damaged", &["-C", "debuginfo=1"]);
    let bytes = &program.bytes;
    let begin = address(bytes, "program::outer");
    for length in (0..bytes.len()).step_by(bytes.len() / 40) {
        let _ = prove(&bytes[..length], &[subject("cut", Some(begin))], &Options::default());
    }
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).expect("31 bits") % below
    };
    for _ in 0..60 {
        let mut damaged = bytes.clone();
        for _ in 0..20 {
            // Most of what is read first is at the begin and at the end.
            let at = match next(3) {
                0 => next(0x1000),
                1 => bytes.len() - 1 - next(0x2000),
                _ => next(bytes.len()),
            };
            damaged[at] ^= 1 << next(8);
        }
        let _ = prove(&damaged, &[subject("damaged", Some(begin))], &Options::default());
    }
}

#[test]
fn what_is_no_program_is_an_error() {
    let subjects = [subject("any", Some(3))];
    for bytes in [&b""[..], b"\x7fELF", b"MZ", &[0; 64]] {
        assert!(prove(bytes, &subjects, &Options::default()).is_err());
    }
}

//! What must not disturb the counting, or be disturbed by it: memory that runs out, ends of
//! processes and threads, signals, scopes that are left open or closed in any order. The chapter on
//! reliability has the list.

use std::fs;
use std::path::Path;

#[cfg(unix)]
mod forks;
mod memory_runs_out;
mod scopes_in_disorder;
#[cfg(unix)]
mod signals;
mod the_end_of_the_process;
mod threads;

/// What the chapter on reliability promises, a test has to show.
#[test]
fn every_test_that_is_named_exists() {
    let folder = |binary: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(binary);
    let sources = |binary: &str| -> String {
        let files = fs::read_dir(folder(binary)).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
        files.map(|file| fs::read_to_string(file).unwrap()).collect()
    };
    let chapter = include_str!("../../alloc-budget/src/manual/reliability.md");
    let other_code = ["binary::test", "mem::forget", "process::abort", "process::exit"];
    let code = chapter.split('`').skip(1).step_by(2);
    let named: Vec<_> = code.filter(|code| code.contains("::") && !other_code.contains(code)).collect();
    assert!(named.len() > 30, "{named:?}");
    for test in named {
        let (binary, path) = test.split_once("::").unwrap();
        let (source, name) = (sources(binary), path.rsplit("::").next().unwrap());
        assert!(source.contains(&format!("fn {name}()")), "there is no test {test}");
        for module in path.split("::").filter(|module| *module != name) {
            let is_file = folder(binary).join(module).with_extension("rs").exists();
            assert!(is_file || source.contains(&format!("mod {module} {{")), "there is no module of {test}");
        }
    }
}

/// What the crate keeps for itself comes from the system, and goes back to it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn no_memory_is_lost() {
    use std::pin::pin;

    use alloc_budget::{Budget, Handle, alloc_budget, measure, measure_future};
    use support::{alone, poll, work};

    #[alloc_budget(measure)]
    fn annotated() {
        Handle::current().run(|| work(10));
    }
    alone("no_memory_is_lost", &[], || {
        let scopes = || {
            let followed = Budget::new().max_retained_bytes(100);
            followed.enforce(|| measure(|| Handle::current().run(|| work(10))));
            followed.enforce(annotated);
            followed.enforce(|| {
                let mut future = pin!(measure_future(async { Handle::current().run(|| work(10)) }));
                assert!(poll(future.as_mut()).is_ready());
            });
        };
        // SAFETY: it reads what the allocator knows of itself.
        let used = || unsafe { libc::mallinfo2() }.uordblks;
        scopes();
        let before = used();
        (0..1_000).for_each(|_| scopes());
        let lost = used().saturating_sub(before);
        assert!(lost < 10_000, "{lost} bytes");
    });
}

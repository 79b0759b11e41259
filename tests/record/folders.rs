//! Where nothing can be written, the program goes on.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::budgets::exact;
use crate::process::{Folder, alone, is_alone, run};

/// Runs the test with such a folder; `None` in there.
fn with_folder(test: &str, folder: &str) -> Option<Output> {
    if is_alone() {
        exact();
        return None;
    }
    let output = alone(test).env("ALLOC_BUDGET_RECORD", folder).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(output)
}

#[track_caller]
fn says(output: &Output, folder: &str, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    let line = format!("alloc-budget: ALLOC_BUDGET_RECORD={folder} is ignored: ");
    assert!(said.starts_with(&line) && said.contains(why) && said.lines().count() == 1, "{said}");
}

#[test]
fn a_relative_one_is_refused() {
    let Some(output) = with_folder("folders::a_relative_one_is_refused", "target") else { return };
    says(&output, "target", "it has to be an absolute folder");
    assert!(!Path::new("target").join("target").exists());
}

#[test]
fn one_that_is_not_there_is_refused() {
    let folder = Folder::new("not-there");
    let inside = Path::new(folder.path()).join("not there");
    let inside = inside.to_str().unwrap();
    let Some(output) = with_folder("folders::one_that_is_not_there_is_refused", inside) else { return };
    says(&output, inside, "");
    assert!(!Path::new(inside).exists());
}

#[test]
fn a_file_is_refused() {
    let folder = Folder::new("file");
    let file = Path::new(folder.path()).join("file");
    fs::write(&file, "of somebody").unwrap();
    let file = file.to_str().unwrap();
    let Some(output) = with_folder("folders::a_file_is_refused", file) else { return };
    says(&output, file, "");
    assert_eq!(fs::read_to_string(file).unwrap(), "of somebody");
}

/// `/proc` can't be written to by anybody.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_one_is_refused() {
    let Some(output) = with_folder("folders::a_read_only_one_is_refused", "/proc/self") else { return };
    says(&output, "/proc/self", "");
}

#[test]
fn an_empty_name_is_none() {
    let Some(output) = with_folder("folders::an_empty_name_is_none", "") else { return };
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// The program's own folders are its own business.
#[cfg(unix)]
#[test]
fn one_may_be_removed_meanwhile() {
    let name = "folders::one_may_be_removed_meanwhile";
    let remove = || {
        exact();
        fs::remove_dir_all(std::env::var_os("ALLOC_BUDGET_RECORD").unwrap()).unwrap();
        std::thread::spawn(exact).join().unwrap();
        exact();
        fs::create_dir(std::env::var_os("ALLOC_BUDGET_RECORD").unwrap()).unwrap();
    };
    let Some(run) = run(name, &[], remove) else { return };
    assert!(run.output.status.success() && run.records.is_empty(), "{:?}", run.output);
    assert_eq!(String::from_utf8_lossy(&run.output.stderr), "");
}

/// A disk that is full for a while, and one that stays full.
#[cfg(unix)]
mod full {
    use std::panic::catch_unwind;

    use super::*;
    use crate::budgets::{over, plain};

    /// Lets files grow to so many bytes.
    fn limit(bytes: libc::rlim_t) {
        let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: the limit outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) }, 0);
    }

    #[test]
    fn for_a_while() {
        let name = "folders::full::for_a_while";
        let each = || {
            exact();
            limit(1000);
            for _ in 0..3 {
                std::thread::spawn(|| plain(&[1])).join().unwrap();
                assert!(catch_unwind(|| over(1)).is_err());
            }
            limit(libc::RLIM_INFINITY);
        };
        let Some(run) = run(name, &[], each) else { return };
        let record = run.passed();
        // All of it could be written in the end.
        assert_eq!(record.lines.last().unwrap()["lost"], 0);
        assert_eq!(record.at("plain", None)["calls"], 3);
        assert_eq!(record.overages("over").len(), 3);
    }

    #[test]
    fn to_the_end() {
        let name = "folders::full::to_the_end";
        let each = || {
            exact();
            limit(1000);
            for size in 1..20 {
                std::thread::spawn(|| plain(&[1])).join().unwrap();
                assert!(catch_unwind(|| over(size)).is_err());
            }
        };
        let Some(run) = run(name, &[], each) else { return };
        let record = run.passed();
        // The header, and the end, which says what is missing: the sites and values of three
        // budgets, and sixteen overages.
        assert_eq!(record.lines.last().unwrap()["lost"], 3 + 3 + 16, "{:#?}", record.lines);
    }
}

//! What needs a program of its own: features, profiles, editions, allocators, environments. The programs are the
//! packages in `fixtures/`.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use regex::Regex;
use serde_json::Value;

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/Cargo.toml");
/// One for all: cargo's lock keeps tests that run side by side apart, as long as no two build the same program
/// differently.
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/fixtures");

/// A command without the settings around the test that would change what it builds or says.
fn command(program: impl AsRef<OsStr>) -> Command {
    let dropped = ["ALLOC_BUDGET", "CARGO_", "CLIPPY", "NEXTEST", "RUST_", "RUSTFLAGS", "RUSTDOCFLAGS"];
    // Where packages come from is the machine's business.
    let kept = ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR", "CARGO_SOURCE_"];
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let starts = |prefixes: &[&str]| prefixes.iter().any(|p| name.to_string_lossy().starts_with(p));
        if starts(&dropped) && !starts(&kept) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs cargo over the fixtures. Returns its messages, or what went wrong.
fn cargo(arguments: &str) -> Result<Vec<Value>, String> {
    let mut arguments = arguments.split_whitespace();
    let output = command(env!("CARGO"))
        .args(arguments.next())
        .args(["--manifest-path", MANIFEST, "--target-dir", TARGET, "--locked", "--message-format=json"])
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let messages: Vec<_> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed = || format!("{}\n{}", String::from_utf8_lossy(&output.stderr), diagnostics(&messages));
    if output.status.success() { Ok(messages) } else { Err(failed()) }
}

/// The compiler's warnings and errors, as it prints them.
fn diagnostics(messages: &[Value]) -> String {
    messages.iter().filter_map(|message| message["message"]["rendered"].as_str()).collect()
}

/// Builds without a warning, and returns the programs that came out.
fn build(arguments: &str) -> Vec<PathBuf> {
    let messages = cargo(arguments).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(diagnostics(&messages), "", "warnings");
    messages.iter().filter_map(|message| message["executable"].as_str()).map(PathBuf::from).collect()
}

/// Builds what is one program.
fn program(arguments: &str) -> PathBuf {
    let [program] = build(arguments).try_into().unwrap();
    program
}

struct Outcome {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Outcome {
    #[track_caller]
    fn ended(self, well: bool, how: &str) -> Self {
        assert!(well, "not {how}: {}\n{}\n{}", self.status, self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn succeeded(self) -> Self {
        let well = self.status.success();
        self.ended(well, "a success")
    }

    /// Panicked in `main`, or failed as a test.
    #[track_caller]
    fn panicked(self) -> Self {
        let well = self.status.code() == Some(101);
        self.ended(well, "a panic")
    }

    #[track_caller]
    fn aborted(self) -> Self {
        let well = !matches!(self.status.code(), Some(0 | 101));
        self.ended(well, "aborted")
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        let well = self.stderr.contains(text);
        self.ended(well, text)
    }
}

/// Runs a program in an environment of `NAME=value` words. One that hangs is killed, and fails the test.
fn run(program: &Path, arguments: &[&str], environment: &str) -> Outcome {
    const PATIENCE: Duration = Duration::from_secs(60);
    let variables = environment
        .split(' ')
        .filter(|variable| !variable.is_empty())
        .map(|variable| variable.split_once('=').unwrap());
    let mut child = command(program)
        .args(arguments)
        .envs(variables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pipes = [read(child.stdout.take().unwrap()), read(child.stderr.take().unwrap())];
    let [stdout, stderr] = pipes.map(|text| {
        text.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            child.kill().unwrap();
            panic!("{} {arguments:?} hangs", program.display());
        })
    });
    Outcome { status: child.wait().unwrap(), stdout, stderr }
}

/// Reads to the end in a thread of its own.
fn read(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        let _ = sender.send(text);
    });
    receiver
}

/// A library with an allocator and a copy of the runtime of its own, loaded while the program runs.
#[cfg(unix)]
#[test]
fn a_loaded_library_counts_for_itself() {
    let messages = cargo("build -p plugin --lib").unwrap_or_else(|error| panic!("{error}"));
    let is_library = |file: &&str| [".so", ".dylib"].iter().any(|end| file.ends_with(end));
    let libraries: Vec<_> = messages
        .iter()
        .filter(|message| message["target"]["name"] == "plugin")
        .filter_map(|message| {
            message["filenames"].as_array()?.iter().filter_map(Value::as_str).find(is_library)
        })
        .collect();
    let [library] = libraries[..] else { panic!("{libraries:?}") };
    let outcome = run(&program("build -p plugin --bin host"), &[library], "").succeeded();
    assert_eq!(outcome.stdout, "exact\n", "{}", outcome.stderr);
    assert_eq!(
        outcome.stderr.matches("allocation budget exceeded: `over_budget`").count(),
        5 * (10 + 10 + 10)
    );
}

mod without_an_allocator {
    use super::{program, run};

    const HELP: &str = "cannot be checked: nothing counts allocations in this program

help: let alloc-budget count in tests, with these lines in Cargo.toml

    [dev-dependencies]
    alloc-budget = { version = \"0.1\", features = [\"install\"] }
";

    #[test]
    fn tests_fail() {
        let tests = program("test --no-run -p uncounted");
        let outcome = run(&tests, &[], "").panicked();
        for text in [
            "2 failed",
            "panicked at uncounted/src/main.rs:6:1:",
            &format!("the allocation budget of `greeting` {HELP}"),
            "panicked at uncounted/src/main.rs:11:1:",
            &format!("the allocation budget of `shouted` {HELP}"),
        ] {
            assert!(outcome.stdout.contains(text), "no\n{text}\nin {}", outcome.stdout);
        }
        run(&tests, &[], "ALLOC_BUDGET=off").succeeded();
    }

    #[test]
    fn programs_say_so_once() {
        let program = program("build -p uncounted");
        let outcome = run(&program, &[], "").succeeded().says("cannot be checked").says("feature `install`");
        assert_eq!(outcome.stdout, "3960\n");
        assert!(outcome.stderr.starts_with("alloc-budget: uncounted/src/main.rs:"), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        let outcome = run(&program, &[], "ALLOC_BUDGET=off").succeeded();
        assert_eq!((&*outcome.stdout, &*outcome.stderr), ("3960\n", ""));
    }

    #[test]
    fn a_librarys_budgets_are_none_of_the_applications_business() {
        let outcome = run(&program("build -p application"), &[], "").succeeded();
        assert_eq!((&*outcome.stdout, &*outcome.stderr), ("Hello, you!\n", ""));
    }

    #[test]
    fn closures_are_refused() {
        let program = program("build -p uncounted");
        for (what, place) in [("check", "31:52"), ("enforce", "32:54"), ("measure", "33:33")] {
            run(&program, &[what], "")
                .panicked()
                .says(&format!("panicked at uncounted/src/main.rs:{place}:\n"))
                .says(HELP);
        }
        for what in ["check", "enforce"] {
            run(&program, &[what], "ALLOC_BUDGET=off").succeeded();
        }
        // There is no number that it could give.
        run(&program, &["measure"], "ALLOC_BUDGET=off").panicked().says(HELP);
    }
}

mod around_another_allocator {
    use super::{program, run};

    const REPORT: &str = "panicked at wrapped/src/lib.rs:65:1:
allocation budget exceeded: `over_budget`

  allocations   2 of 1      bytes   1 008

  1 000 B   ×1   wrapped/src/lib.rs:67:15   over_budget
                 vec::from_elem → u8::from_elem

help: raise the budget to `max = 2`, or find out more with `ALLOC_BUDGET_TRACE=full`
";

    #[test]
    fn mimalloc() {
        let program = program("build -p wrapped --features mimalloc --bin mimalloc");
        run(&program, &[], "").panicked().says(REPORT);
    }

    #[test]
    fn jemalloc() {
        let program = program("build -p wrapped --features jemalloc --bin jemalloc");
        run(&program, &[], "").panicked().says(REPORT);
    }
}

/// To find out how to count, and to say that nothing counts, is to allocate.
#[test]
fn an_allocator_may_have_budgets() {
    for features in ["", "--features counting"] {
        let program = program(&format!("build -p allocator {features}"));
        for environment in ["", "ALLOC_BUDGET=off", "ALLOC_BUDGET=what", "ALLOC_BUDGET_TRACE=full"] {
            assert_eq!(run(&program, &[], environment).succeeded().stdout, "done\n");
        }
    }
}

mod environment {
    use super::{program, run};

    #[test]
    fn goes_before_the_code() {
        let program = program("build -p environment");
        for code in ["panic", "warn", "abort"] {
            for environment in ["", "panic", "warn", "abort", "off"] {
                let outcome = run(&program, &[code], &format!("ALLOC_BUDGET={environment}"));
                let reports = outcome.stderr.matches("allocation budget exceeded").count();
                let (outcome, expected) = match if environment.is_empty() { code } else { environment } {
                    "panic" => (outcome.panicked(), (1, "")),
                    "abort" => (outcome.aborted(), (1, "")),
                    "warn" => (outcome.succeeded(), (3, "went on\n")),
                    _ => (outcome.succeeded(), (0, "went on\n")),
                };
                assert_eq!((reports, &*outcome.stdout), expected, "{code}, {environment}");
            }
        }
    }

    #[test]
    fn bad_values_are_reported_once() {
        let program = program("build -p environment");
        let outcome = run(&program, &["warn"], "ALLOC_BUDGET=loud ALLOC_BUDGET_TRACE=some").succeeded();
        for line in [
            "alloc-budget: ALLOC_BUDGET=loud is ignored: it can be panic, warn, abort, off\n",
            "alloc-budget: ALLOC_BUDGET_TRACE=some is ignored: it can be off, full\n",
        ] {
            assert_eq!(outcome.stderr.matches(line).count(), 1, "{}", outcome.stderr);
        }
        assert_eq!(outcome.stderr.matches("allocation budget exceeded").count(), 3);
        // The line stays one.
        let outcome = run(&program, &["warn"], "ALLOC_BUDGET=two\nlines").succeeded();
        assert!(outcome.stderr.contains("ALLOC_BUDGET=two\\nlines is ignored"), "{}", outcome.stderr);
    }

    #[test]
    fn traces() {
        let program = program("build -p environment");
        let report = |trace| {
            let stderr = run(&program, &["abort"], &format!("ALLOC_BUDGET_TRACE={trace}")).aborted().stderr;
            let (head, report) = stderr.split_once("\n\n").unwrap();
            assert_eq!(
                head,
                "alloc-budget: environment/src/main.rs:18:1: allocation budget exceeded: `aborts`"
            );
            report.to_owned()
        };
        assert_eq!(
            report("off"),
            "  allocations   3 of 1      bytes   3 210

help: raise the budget to `max = 3`, or see where without `ALLOC_BUDGET_TRACE=off`
"
        );
        assert_eq!(
            report(""),
            "  allocations   3 of 1      bytes   3 210

  3 000 B   ×1   environment/src/main.rs:25:15   allocate
                 vec::from_elem → u8::from_elem
    200 B   ×1   environment/src/main.rs:24:15   allocate
                 vec::from_elem → u8::from_elem

help: raise the budget to `max = 3`, or find out more with `ALLOC_BUDGET_TRACE=full`
"
        );
        assert_eq!(
            report("full"),
            "  allocations   3 of 1      bytes   3 210

  3 000 B   ×1   environment/src/main.rs:25:15   allocate
                 vec::from_elem → u8::from_elem
    200 B   ×1   environment/src/main.rs:24:15   allocate
                 vec::from_elem → u8::from_elem
     10 B   ×1   environment/src/main.rs:23:15   allocate
                 vec::from_elem → u8::from_elem

help: raise the budget to `max = 3`
"
        );
    }

    #[test]
    fn warnings_pass_the_test_harness() {
        let tests = program("test --no-run -p environment");
        let outcome = run(&tests, &[], "").succeeded().says("allocation budget exceeded: `warns`");
        assert!(!outcome.stdout.contains("captured"), "{}", outcome.stdout);
    }
}

#[test]
fn panic_abort() {
    let program = program("build --profile panic-abort -p environment");
    run(&program, &["panic"], "")
        .aborted()
        .says("panicked at environment/src/main.rs:8:1:\nallocation budget exceeded: `panics`\n")
        .says("3 000 B   ×1   environment/src/main.rs:25:15");
    run(&program, &["warn"], "").succeeded().says("allocation budget exceeded: `warns`\n");
}

mod release {
    use super::{Regex, TARGET, build, program, run};

    #[test]
    fn enforces_nothing() {
        let outcome = run(&program("build --release -p release --bin plain"), &[], "").succeeded();
        assert_eq!((&*outcome.stdout, &*outcome.stderr), ("went on\n", ""));
    }

    #[test]
    fn enforces_with_the_feature() {
        let program = program("build --release -p release --features enforce --bin enforced");
        run(&program, &[], "").panicked().says(
            "panicked at release/src/lib.rs:32:1:
allocation budget exceeded: `over_budget`

  allocations   1      bytes   1 000 of 8      peak bytes   1 000 of 1
",
        );
    }

    #[test]
    fn knows_the_line_of_an_async_fn() {
        let program = program("build --profile release-with-lines -p release --features enforce --bin waits");
        run(&program, &[], "").panicked().says(
            "panicked at release/src/bin/waits.rs:11:1:
allocation budget exceeded: `waits`

  allocations   1 of 0      bytes   1 000

  1 000 B   ×1   release/src/bin/waits.rs:13:15   async fn
                 with_capacity
",
        );
    }

    /// The annotated functions and the plain ones come out as the same instructions and the same data.
    #[test]
    fn leaves_no_trace_in_the_assembly() {
        let plain = assembly("plain", "");
        let functions = plain.iter().filter(|section| section.contains("@function")).count();
        assert!(functions >= 20, "{functions} functions");
        let budgets = assembly("budgets", "--features budgets");
        for (plain, budgets) in plain.iter().zip(&budgets) {
            assert_eq!(plain, budgets);
        }
        assert_eq!(plain.len(), budgets.len());
        assert_ne!(plain, assembly("enforce", "--features enforce"), "this test would see a difference");
    }

    /// The assembly of the package `shapes`: a section for each function and each constant, in some order.
    fn assembly(name: &str, features: &str) -> Vec<String> {
        let file = format!("{TARGET}/shapes-{name}.s");
        build(&format!("rustc --release -p shapes --lib {features} -- --emit asm={file} -C codegen-units=1"));
        let text = std::fs::read_to_string(file).unwrap();
        // What depends on the package's hash, and on the order of the sections.
        let text =
            Regex::new(r"17h[0-9a-f]{16}E|anon\.[0-9a-f]{32}|\.file.*").unwrap().replace_all(&text, "");
        let text = Regex::new(r"\.(L[A-Za-z_]+)\d+").unwrap().replace_all(&text, ".$1");
        let mut sections: Vec<_> = text.split("\t.section").map(str::to_owned).collect();
        sections.sort();
        sections
    }
}

mod no_std {
    use super::{build, program, run};

    #[test]
    fn builds_without_std() {
        for profile in ["panic-abort", "release"] {
            build(&format!("build --profile {profile} -p bare --lib"));
        }
        build("build --profile panic-abort -p firmware");
    }

    #[test]
    fn is_inert() {
        let outcome = run(&program("build -p bare"), &[], "ALLOC_BUDGET=panic").succeeded();
        assert_eq!((&*outcome.stdout, &*outcome.stderr), ("2000\n", ""));
    }

    #[test]
    fn is_checked_in_tests_with_std() {
        run(&program("test --no-run -p bare --lib"), &[], "").succeeded();
    }
}

mod editions {
    use super::{program, run};

    #[track_caller]
    fn tests_pass(package: &str, number: usize) {
        let outcome = run(&program(&format!("test --no-run -p {package}")), &[], "").succeeded();
        assert!(outcome.stdout.contains(&format!("{number} passed")), "{}", outcome.stdout);
    }

    #[test]
    fn edition_2015() {
        tests_pass("edition-2015", 5);
    }

    #[test]
    fn errors_in_edition_2015() {
        let error = super::cargo("build -p edition-2015 --features mistake").unwrap_err();
        assert!(error.contains("error: unknown argument `maximum`\n"), "{error}");
        assert!(error.contains("due to 1 previous error"), "{error}");
    }

    #[test]
    fn edition_2018() {
        tests_pass("edition-2018", 5);
    }

    #[test]
    fn edition_2021() {
        tests_pass("edition-2021", 5);
    }

    #[test]
    fn edition_2024() {
        tests_pass("edition-2024", 5);
    }

    #[test]
    fn renamed_dependency() {
        tests_pass("renamed", 3);
    }
}

mod docs {
    use super::{MANIFEST, TARGET, command};

    /// With `doc_cfg`, as docs.rs has it, a page says which `cfg` its item is under. Of a comment in stars the stars are gone.
    #[test]
    fn are_those_of_the_plain_function() {
        let output = command(env!("CARGO"))
            .args(["rustdoc", "--locked", "--manifest-path", MANIFEST, "--target-dir", TARGET, "-p", "lints"])
            .args(["--", "-Zcrate-attr=feature(doc_cfg)"])
            .env("RUSTC_BOOTSTRAP", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let page = |function: &str| {
            std::fs::read_to_string(format!("{TARGET}/doc/lints/clean/fn.{function}.html")).unwrap()
        };
        for (function, is_under_cfg) in [("measured", false), ("awaited", false), ("conditional", true)] {
            assert_eq!(page(function).contains("Available on"), is_under_cfg, "{function}");
        }
        assert!(page("measured").contains("<p>Only measured.</p>"));
    }
}

mod lints {
    use super::{BTreeSet, cargo};

    /// What clippy says of a file, with the place.
    fn lints(file: &str, arguments: &str) -> BTreeSet<String> {
        cargo(&format!("clippy {arguments}"))
            .unwrap()
            .iter()
            .filter_map(|message| {
                let lint = message["message"]["code"]["code"].as_str()?;
                let spans = message["message"]["spans"].as_array()?;
                let span = spans.iter().find(|span| span["is_primary"] == true)?;
                let in_file = span["file_name"].as_str()?.replace('\\', "/").ends_with(file);
                in_file.then(|| format!("{}:{} {lint}", span["line_start"], span["column_start"]))
            })
            .collect()
    }

    #[test]
    fn the_attribute_causes_none() {
        for profile in ["", "--release"] {
            assert_eq!(lints("lints/src/clean.rs", &format!("-p lints {profile}")), BTreeSet::new());
        }
    }

    #[test]
    fn the_attribute_hides_none() {
        for profile in ["", "--release"] {
            hides_none(&format!("-p lints {profile}"));
        }
    }

    /// Of a package that another one depends on, which alone is what the user builds. In a profile of its own: cargo
    /// repeats what it said of a package, whoever wants it.
    #[test]
    fn the_attribute_hides_none_of_a_dependency() {
        hides_none("-p application --profile panic-abort --features lints");
    }

    /// To clippy, a dependency that it says nothing of is not under `cfg(clippy)`.
    #[test]
    fn the_attribute_compiles_in_a_dependency_without_lints() {
        cargo("clippy -p application --no-deps --features lints,lints/budgets").unwrap();
    }

    fn hides_none(arguments: &str) {
        let plain = lints("lints/src/mistakes.rs", arguments);
        assert!(plain.len() > 100, "{plain:?}");
        let budgets = lints("lints/src/mistakes.rs", &format!("{arguments} --features lints/budgets"));
        assert_eq!(plain.symmetric_difference(&budgets).collect::<Vec<_>>(), Vec::<&String>::new());
    }
}

mod hostile {
    use super::{program, run};

    fn stays_exact(name: &str) {
        let program = program(&format!("build -p hostile --bin {name}"));
        for trace in ["", "off", "full"] {
            let outcome = run(&program, &[], &format!("RUST_BACKTRACE=1 ALLOC_BUDGET_TRACE={trace}"));
            assert_eq!(outcome.succeeded().stdout, "exact\n");
        }
    }

    #[test]
    fn a_panic_hook_that_allocates() {
        stays_exact("hook");
    }

    #[test]
    fn a_logger_that_allocates() {
        stays_exact("logger");
    }

    #[test]
    fn errors_with_backtraces() {
        stays_exact("anyhow");
    }

    #[test]
    fn what_std_depends_on_is_std() {
        let program = program("build -p hostile --bin anyhow");
        let stderr = run(&program, &[], "RUST_BACKTRACE=1").stderr;
        assert!(stderr.contains("allocation budget exceeded: `prints`"), "{stderr}");
        let inside = ["/rust/deps/", "addr2line::", "gimli::", "rustc_demangle::"];
        let lines = stderr.lines().filter(|line| inside.iter().any(|name| line.contains(name)));
        assert_eq!(lines.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn destructors_of_thread_locals() {
        stays_exact("thread_locals");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_end_of_a_thread() {
        stays_exact("thread_exit");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn before_and_after_main() {
        stays_exact("around_main");
    }
}

//! Processes that do not come to their end, or come to several.

use cargo_alloc_budget::report::verdict::What;

use crate::codec;
use crate::support::Run;

/// In a test of its own, so that others of the same program are not stopped with it.
fn stopped(how: &str) -> Run {
    let workspace = codec(&format!(
        "unsafe extern \"C\" {{ fn _exit(code: i32) -> !; fn kill(pid: i32, signal: i32) -> i32; fn getpid() -> i32; }}
        #[test] fn a_calls() {{ one(3); }}
        #[test] fn b_is_stopped() {{
            generous(&1u8, 4);
            // A checkpoint is written when a thread that has called a budget ends.
            std::thread::spawn(|| one(2)).join().unwrap();
            {how}
        }}"
    ));
    workspace.tool(&["test", "--", "--test-threads=1"])
}

#[track_caller]
fn is_told_as_stopped(run: &Run) {
    run.lacks("a process of codec was stopped before its end");
    let target = run.report().targets.iter().find(|target| target.kind == "lib").unwrap();
    assert_eq!((target.processes, target.unended), (1, 1));
    // What was written before is there.
    let one = run.budget("codec::one");
    assert!(one.is_lower_bound && one.calls.total >= 1, "{}", run.json);
}

#[cfg(unix)]
#[test]
fn an_aborted_process_is_incomplete() {
    let run = stopped("std::process::abort();");
    is_told_as_stopped(&run);
    run.lacks("ended before its tests did");
    assert_eq!(run.report().verdict.what, What::Failed);
}

#[cfg(unix)]
#[test]
fn a_killed_process_is_incomplete() {
    let run = stopped("unsafe { kill(getpid(), 9); } loop {}");
    is_told_as_stopped(&run);
    assert_eq!(run.report().verdict.what, What::Failed);
}

/// Cargo takes it for a success.
#[cfg(unix)]
#[test]
fn an_exit_that_skips_the_end_is_incomplete_though_cargo_is_green() {
    let run = stopped("unsafe { _exit(0) }");
    is_told_as_stopped(&run);
    run.lacks("ended before its tests did");
    assert_eq!(run.report().run.exit, Some(0));
}

#[test]
fn an_early_exit_is_an_end() {
    let run = stopped("std::process::exit(0);");
    run.lacks("ended before its tests did");
    assert_eq!(run.worst("codec::one"), 1);
    assert_eq!(run.worst("codec::generous"), 1);
    let target = run.report().targets.iter().find(|target| target.kind == "lib").unwrap();
    assert_eq!((target.processes, target.unended), (1, 0));
}

#[cfg(unix)]
#[test]
fn an_overage_that_aborts_is_recorded() {
    let run = codec("#[test] fn aborted() { aborts(3); }").tool(&["test"]).ended_with(3);
    let budget = run.budget("codec::aborts");
    assert_eq!((budget.calls.exceeded, run.worst("codec::aborts")), (1, 1));
    assert_eq!(budget.overages[0].test.as_deref(), Some("tests::aborted"));
    run.lacks("a process of codec was stopped");
}

#[cfg(unix)]
#[test]
fn a_forked_process_adds_what_it_did_itself() {
    let fork = |end: &str| {
        let workspace = codec(&format!(
            "unsafe extern \"C\" {{ fn fork() -> i32; fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32; fn _exit(code: i32) -> !; }}
            #[test] fn forks() {{
                for _ in 0..5 {{ one(3); }}
                let child = unsafe {{ fork() }};
                one(3);
                if child == 0 {{ generous(&1u8, 4); {end} }}
                unsafe {{ waitpid(child, std::ptr::null_mut(), 0); }}
            }}"
        ));
        workspace.tool(&["test"]).ended_with(0)
    };
    let run = fork("std::process::exit(0);");
    // Six calls of the parent, one of the child.
    assert_eq!((run.budget("codec::one").calls.total, run.worst("codec::generous")), (7, 1));
    assert_eq!(run.report().targets.iter().map(|target| target.processes).sum::<u64>(), 2);
    run.is_complete();

    let run = fork("unsafe { _exit(0) }");
    run.lacks("a process of codec was stopped before its end");
}

#[test]
fn hundreds_of_processes_in_parallel_lose_nothing() {
    let workspace = codec(
        "#[test] fn starts_many() {
            if std::env::var_os(\"CHILD\").is_some() { return; }
            let run = |n: u32| {
                let mut command = std::process::Command::new(std::env::current_exe().unwrap());
                command.args([\"--exact\", \"tests::child\", \"--include-ignored\"]).env(\"N\", n.to_string());
                command.stdout(std::process::Stdio::null()).spawn().unwrap()
            };
            let children: Vec<_> = (0..200).map(run).collect();
            for mut child in children { assert!(child.wait().unwrap().success()); }
        }
        #[test] #[ignore] fn child() {
            let n: usize = std::env::var(\"N\").unwrap().parse().unwrap();
            for _ in 0..=n { one(1); }
        }",
    );
    let run = workspace.tool(&["test"]).ended_with(0);
    run.is_complete();
    assert_eq!(run.budget("codec::one").calls.total, 200 * 201 / 2);
    assert_eq!(
        run.report().targets.iter().map(|target| (target.processes, target.unended)).max(),
        Some((200, 0))
    );
}

/// A program that a test starts is one of the workspace; any other that leaves a record is named,
/// too.
#[test]
fn programs_that_tests_start_are_told() {
    let workspace = codec("#[test] fn ones() { one(1); }");
    workspace.write(
        "src/bin/helper.rs",
        "#[global_allocator] static A: alloc_budget::CountingAllocator<std::alloc::System> = alloc_budget::CountingAllocator::system();\n\
         fn main() { drop(codec::generous(&1u8, 3)); }",
    );
    workspace.write(
        "tests/it.rs",
        "#[test] fn starts() {
            let helper = env!(\"CARGO_BIN_EXE_helper\");
            let copy = std::path::Path::new(env!(\"CARGO_TARGET_TMPDIR\")).join(\"copied\");
            std::fs::copy(helper, &copy).unwrap();
            for program in [helper.as_ref(), copy.as_os_str()] {
                assert!(std::process::Command::new(program).status().unwrap().success());
            }
        }",
    );
    let manifest = std::fs::read_to_string(workspace.path("Cargo.toml")).unwrap();
    // The program's allocator is its own: the feature would be a second one.
    let manifest = manifest.replace(", features = [\"install\"]", "");
    workspace.write("Cargo.toml", &manifest);
    let run = workspace.tool(&["test", "--test", "it"]).ended_with(0);
    assert_eq!(run.budget("codec::generous").calls.total, 2);
    let targets: Vec<_> =
        run.report().targets.iter().map(|target| (&*target.kind, &*target.name, target.processes)).collect();
    assert!(targets.contains(&("program", "helper", 1)), "{targets:?}");
    let others: Vec<_> = run.report().others.iter().map(|other| (&*other.name, other.processes)).collect();
    assert_eq!(others, [("copied", 1)]);
}

#[test]
fn two_runs_at_once_do_not_mix() {
    let workspace =
        codec("#[test] fn ones() { std::thread::sleep(std::time::Duration::from_millis(300)); one(1); }");
    workspace.tool(&["test"]).ended_with(0);
    let runs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| workspace.tool(&["test"]))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for run in runs {
        assert_eq!(run.ended_with(0).budget("codec::one").calls.total, 1);
    }
    // Earlier records are removed.
    assert_eq!(std::fs::read_dir(workspace.path("target/alloc-budget/records")).unwrap().count(), 1);
}

#[test]
fn a_build_script_records_nothing() {
    let workspace = codec("#[test] fn ones() { one(1); }");
    workspace.write(
        "build.rs",
        "fn main() { assert!(std::env::var_os(\"ALLOC_BUDGET_RECORD\").is_none()); println!(\"cargo::rerun-if-changed=build.rs\"); }",
    );
    let run = workspace.tool_with(&["test"], |command| {
        command.env("ALLOC_BUDGET_RECORD", "/nowhere");
    });
    run.ended_with(0).is_complete();
}

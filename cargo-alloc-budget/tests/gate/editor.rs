//! The last run's findings among the compiler's messages.

use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Applicability, Diagnostic};

use crate::LIBRARY;
use crate::support::{Run, Workspace};

const CHECK: [&str; 4] = ["editor", "--", "check", "--message-format=json"];

/// The messages that the tool has added: all lines are cargo's.
fn added(run: &Run) -> Vec<Diagnostic> {
    let messages = Message::parse_stream(run.stdout.as_bytes()).map(|message| message.unwrap());
    messages
        .filter_map(|message| match message {
            Message::TextLine(line) => panic!("no message: {line}"),
            Message::CompilerMessage(message) => Some(message.message),
            _ => None,
        })
        .filter(|message| message.code.as_ref().is_some_and(|code| code.code.starts_with("alloc_budget::")))
        .collect()
}

#[test]
fn findings_are_messages_with_a_fix() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", LIBRARY)]);
    let nothing = workspace.tool(&CHECK).ended_with(0);
    assert_eq!(added(&nothing).len(), 0);
    assert!(nothing.stderr.contains("alloc-budget has nothing to add"), "{}", nothing.stderr);

    workspace.tool(&["test"]).ended_with(0);
    let added_then = added(&workspace.tool(&CHECK).ended_with(0));
    let generous = added_then.iter().find(|it| it.message.contains("`codec::generous`")).unwrap();
    let fix = &generous.children.iter().find(|child| !child.spans.is_empty()).unwrap().spans[0];
    assert_eq!(fix.suggested_replacement.as_deref(), Some("1"));
    assert_eq!(fix.suggestion_applicability, Some(Applicability::MachineApplicable));
    assert_eq!((fix.line_start, fix.column_start, fix.column_end), (8, 22, 24));
    let bytes = fix.byte_start as usize..fix.byte_end as usize;
    assert_eq!(&LIBRARY[bytes], "12");
    assert!(added_then.iter().any(|it| it.message.contains("no test reaches")));

    // What is said of a file that has changed since would be at the wrong place.
    workspace.write("src/lib.rs", &format!("// changed\n{LIBRARY}"));
    assert_eq!(added(&workspace.tool(&CHECK).ended_with(0)).len(), 0);
}

#[test]
fn the_command_has_its_own_output_and_code() {
    let workspace = Workspace::of_codec(&[("src/lib.rs", "pub fn broken() -> u8 {}\n")]);
    let mut cargo = workspace.command("cargo");
    let plain = cargo.args(&CHECK[2..]).output().unwrap();
    let run = workspace.tool(&CHECK).ended_with(101);
    assert_eq!(plain.status.code(), Some(101));
    assert!(run.stdout.contains("\"level\":\"error\""), "{}", run.stdout);
    let lines = |text: &str| text.lines().filter(|line| line.contains("compiler-message")).count();
    assert_eq!(lines(&run.stdout), lines(&String::from_utf8(plain.stdout).unwrap()));
}

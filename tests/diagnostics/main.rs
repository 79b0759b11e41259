//! What rustc says of a function is the same, byte for byte, with the attribute and without: every
//! span, note and suggestion, also while the function is being typed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Functions with something wrong in each, apart by lines of dashes. Each is a crate of its own.
const BROKEN: &str = include_str!("broken.txt");
/// Functions of which a note may differ: they misuse an argument beside a macro that may await,
/// await what is no future, ignore what is awaited, or box an `async` block that is not what it
/// should be.
const BROKEN_AWAITS: &str = include_str!("broken_awaits.txt");
const ATTRIBUTE: &str = "#[alloc_budget::alloc_budget(max = 0)]";
/// The body stands in an arm, where rustc knows a little less: a help or a label may be missing.
const MEASURE: &str = "#[alloc_budget::alloc_budget(measure)]";
/// As long as the attributes, so that every byte has its place.
const COMMENT: &str = "// Not annotated: this line is as long";

const DIRECTORY: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/diagnostics");

fn tool(name: &str) -> Command {
    let beside_cargo =
        Path::new(env!("CARGO")).with_file_name(name).with_extension(std::env::consts::EXE_EXTENSION);
    let mut command = if beside_cargo.exists() { Command::new(beside_cargo) } else { Command::new(name) };
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG") || name.starts_with("RUST") && !name.starts_with("RUSTUP") {
            command.env_remove(name);
        }
    }
    command
}

/// The compiled runtime, and the folders of what it depends on.
struct Runtime {
    /// Its metadata: since 1.101, the library beside it has none.
    metadata: PathBuf,
    folders: BTreeSet<PathBuf>,
}

fn runtime() -> Runtime {
    let output = tool("cargo")
        .args(["build", "--locked", "-p", "library", "--message-format=json", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/Cargo.toml"))
        .args(["--target-dir", DIRECTORY])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let artifacts: Vec<(Value, PathBuf)> = messages
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .flat_map(|mut message| {
            let files: Vec<PathBuf> = serde_json::from_value(message["filenames"].take()).unwrap_or_default();
            files.into_iter().map(move |file| (message["target"]["name"].clone(), file))
        })
        .collect();
    let is_metadata = |(name, file): &&(Value, PathBuf)| {
        name == "alloc_budget" && file.extension().is_some_and(|extension| extension == "rmeta")
    };
    let (_, metadata) = artifacts.iter().find(is_metadata).unwrap();
    let folders = artifacts.iter().map(|(_, file)| file.parent().unwrap().to_owned()).collect();
    Runtime { metadata: metadata.clone(), folders }
}

/// What rustc says of a case with a line in the attribute's place, a line of JSON each.
fn said(name: &str, case: &str, line: &str, edition: &str, runtime: &Runtime) -> String {
    let text = case.replace("ATTRIBUTE", line);
    assert_ne!(text, case);
    let directory = Path::new(DIRECTORY).join(name);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("broken.rs"), text).unwrap();
    let output = tool("rustc")
        .args([
            "broken.rs",
            "--crate-type=lib",
            "--emit=metadata",
            "--error-format=json",
            "--edition",
            edition,
        ])
        .args(["-W", "unused", "--extern"])
        .arg(format!("alloc_budget={}", runtime.metadata.display()))
        .args(runtime.folders.iter().map(|folder| format!("-Ldependency={}", folder.display())))
        .current_dir(directory)
        .output()
        .unwrap();
    String::from_utf8(output.stderr).unwrap().replace(line, COMMENT)
}

#[test]
fn of_awaits_have_their_places() {
    let runtime = runtime();
    for (number, case) in BROKEN_AWAITS.split("\n----\n").enumerate() {
        let name = format!("await_{number}");
        let [plain, annotated] = [COMMENT, ATTRIBUTE].map(|line| said(&name, case, line, "2024", &runtime));
        assert_ne!(places(&plain), Vec::<String>::new());
        assert_eq!(places(&plain), places(&annotated), "{case}");
    }
}

/// The error's codes, each with the places that it points at first.
fn places(messages: &str) -> Vec<String> {
    let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut places = Vec::new();
    for message in messages {
        for span in message["spans"].as_array().unwrap().iter().filter(|span| span["is_primary"] == true) {
            places
                .push(format!("{} {}:{}", message["code"]["code"], span["line_start"], span["column_start"]));
        }
    }
    places
}

#[test]
fn are_those_of_the_plain_function() {
    let runtime = runtime();
    let cases: Vec<_> = BROKEN.split("\n----\n").enumerate().collect();
    assert!(cases.len() > 100);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let different: Vec<String> = std::thread::scope(|scope| {
        let (cases, runtime) = (&cases, &runtime);
        let compare = move |worker: usize| {
            let own = cases.iter().skip(worker).step_by(workers);
            own.flat_map(|(number, case)| {
                ["2018", "2024"].map(|edition| compared(*number, case, edition, runtime))
            })
            .flatten()
            .collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || compare(worker))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

/// What is different with an attribute.
fn compared(number: usize, case: &str, edition: &str, runtime: &Runtime) -> Option<String> {
    let [plain, annotated, measured] =
        [COMMENT, ATTRIBUTE, MEASURE].map(|line| said(&number.to_string(), case, line, edition, runtime));
    assert!(plain.contains("\"spans\":[{"), "nothing is wrong with {case}\n{plain}");
    let (attribute, different) = if plain != annotated {
        (ATTRIBUTE, annotated)
    } else if places(&plain) != places(&measured) {
        (MEASURE, measured)
    } else {
        return None;
    };
    Some(format!("{attribute}, edition {edition}\n{case}\n{}\n{}", rendered(&plain), rendered(&different)))
}

fn rendered(messages: &str) -> String {
    let rendered = |line| serde_json::from_str::<Value>(line).ok()?["rendered"].as_str().map(str::to_owned);
    messages.lines().filter_map(rendered).collect()
}

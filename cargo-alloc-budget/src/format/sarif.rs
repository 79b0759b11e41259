//! SARIF 2.1.0, as code scanning reads it: a rule for each limit, and one for each other trouble.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use super::{Context, words};
use crate::ratchet::{self, Finding, Level, Trouble};
use crate::report::Report;
use crate::report::budget::{CallSite, Limit};
use crate::source::file::hash;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const PAGE: &str = "https://docs.rs/crate/cargo-alloc-budget";
/// Paths are relative to the workspace's root, which is the repository's.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    automation_details: Automation,
    column_kind: &'static str,
    results: Vec<Found>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: String,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

/// Runs of different lanes are different analyses of the same code.
#[derive(Serialize)]
struct Automation {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Message,
    help: Message,
    help_uri: &'static str,
}

/// A `result`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    logical_locations: Option<[Logical; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
    kind: &'static str,
}

pub(crate) fn write(report: &Report, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    let findings = ratchet::judge(&[report], context.config, context.is_ratchet).list;
    let lane = &report.lane;
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "cargo-alloc-budget",
                    version: report.tool.clone(),
                    information_uri: PAGE,
                    rules: rules(),
                },
            },
            automation_details: Automation { id: format!("alloc-budget/{}/{}/", lane.target, lane.profile) },
            column_kind: "unicodeCodePoints",
            results: findings.iter().map(result).collect(),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    Ok(writeln!(out)?)
}

/// A rule for each limit, then those of what is wrong with a budget as a whole.
fn rules() -> Vec<Rule> {
    let rule = |id: String, what: String, help: &str| Rule {
        id,
        short_description: Message { text: what },
        help: Message { text: help.into() },
        help_uri: PAGE,
    };
    let limits = Limit::ALL.map(|limit| {
        let what = format!("A call has passed the budget's `{limit}`, or none needs all of it");
        rule(limit.to_string(), what, "`cargo alloc-budget bless` raises a limit, `tighten` lowers it")
    });
    let others = WHOLE.map(|(trouble, what, help)| rule(trouble.name().into(), what.into(), help));
    limits.into_iter().chain(others).collect()
}

const WHOLE: [(Trouble, &str, &str); 3] = [
    (Trouble::Unchecked, "Nothing counts what a function allocates", "`cargo alloc-budget doctor` says why"),
    (
        Trouble::Unreached,
        "No test reaches a budget",
        "Write a test that calls the function, or remove the budget",
    ),
    (Trouble::Unjudged, "No call of a function is judged", "Write a test that calls it more often"),
];

fn result(found: &Finding<'_>) -> Found {
    let budget = found.budget;
    let (rule_id, rule_index) = match found.limit {
        Some(limit) => (limit.to_string(), Limit::ALL.iter().position(|of| *of == limit)),
        None => {
            let at = WHOLE.iter().position(|(trouble, ..)| *trouble == found.trouble);
            (found.trouble.name().into(), at.map(|at| Limit::ALL.len() + at))
        }
    };
    let sites = words::worst_overage(budget)
        .filter(|_| found.trouble == Trouble::Exceeded)
        .map(|overage| overage.sites.as_slice())
        .unwrap_or_default();
    let what =
        [budget.package.as_deref().unwrap_or(""), &words::name(budget), &rule_id, found.trouble.name()];
    Found {
        rule_id: rule_id.clone(),
        rule_index: rule_index.unwrap_or(0),
        level: match found.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        },
        message: Message { text: format!("{}: {}. Help: {}.", found.title(), found.what(), found.help()) },
        locations: [Location {
            id: None,
            physical_location: physical(&budget.file, Some(budget.line)),
            logical_locations: Some([Logical {
                fully_qualified_name: budget.path.clone(),
                kind: "function",
            }]),
            message: None,
        }],
        related_locations: sites.iter().filter_map(related).enumerate().map(numbered).collect(),
        partial_fingerprints: BTreeMap::from([("allocBudget/v1", hash(what.join("\0").as_bytes()))]),
    }
}

fn related(site: &CallSite) -> Option<Location> {
    Some(Location {
        id: None,
        physical_location: physical(site.file.as_deref()?, site.line),
        logical_locations: None,
        message: Some(Message { text: words::site(site) }),
    })
}

fn numbered((at, location): (usize, Location)) -> Location {
    Location { id: Some(at + 1), ..location }
}

fn physical(file: &str, line: Option<u32>) -> Physical {
    let region = line.filter(|line| *line > 0).map(|start_line| Region { start_line });
    Physical { artifact_location: artifact(file), region }
}

fn artifact(file: &str) -> Artifact {
    let file = file.replace('\\', "/");
    let has_drive = file.as_bytes().get(1) == Some(&b':');
    if file.starts_with('/') {
        Artifact { uri: format!("file://{}", encode(&file)), uri_base_id: None }
    } else if has_drive {
        Artifact { uri: format!("file:///{}", encode(&file)), uri_base_id: None }
    } else {
        Artifact { uri: encode(&file), uri_base_id: Some(ROOT) }
    }
}

/// The path of a URI. A colon stays out of it: a relative one would begin with a scheme.
fn encode(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::new(), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            _ = write!(uri, "%{byte:02X}");
        }
        uri
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::Config;
    use crate::report::example;

    fn log(report: &Report) -> Value {
        let config = Config::default();
        let mut out = Vec::new();
        write(report, &Context::new(&config), &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    /// The schema is the one that OASIS has published, as the crate serde-sarif 0.8.0 carries it. One of its patterns has a
    /// bracket that not all dialects take as it is.
    fn faults(log: &Value) -> Vec<String> {
        let schema = include_str!("../../tests/data/sarif-2.1.0.json").replace("{2}]?$", "{2}\\\\]?$");
        let schema: Value = serde_json::from_str(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    #[test]
    fn it_is_valid_by_the_official_schema() {
        let mut report = example::report();
        report.budgets[2].file = "C:\\elsewhere\\a b.rs".into();
        report.budgets[3].file = "/elsewhere/漢.rs".into();
        let mut log = log(&report);
        assert_eq!(faults(&log), Vec::<String>::new());
        log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
        assert_eq!(faults(&log).len(), 1, "the schema is in force");
    }

    #[test]
    fn what_code_scanning_reads() {
        let log = log(&example::report());
        let run = &log["runs"][0];
        assert_eq!(run["automationDetails"]["id"], "alloc-budget/x86_64-unknown-linux-gnu/dev/");
        let result = &run["results"][0];
        assert_eq!(result["ruleId"], "max");
        assert_eq!(result["level"], "error");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "codec/src/codec.rs");
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        assert_eq!(place["region"]["startLine"], 40);
        assert_eq!(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 44);
        for result in run["results"].as_array().unwrap() {
            let rule = &run["tool"]["driver"]["rules"]
                [usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
        }
    }

    /// Else each change above it would close an alert and open another.
    #[test]
    fn a_fingerprint_stays_when_the_code_moves() {
        let fingerprint =
            |report: &Report| log(report)["runs"][0]["results"][0]["partialFingerprints"].clone();
        let before = example::report();
        let mut after = before.clone();
        after.budgets[1].line += 7;
        after.budgets[1].quantities.get_mut(&Limit::Max).unwrap().worst = Some(9);
        assert_eq!(fingerprint(&before), fingerprint(&after));
        after.budgets[1].path.push_str("_too");
        assert_ne!(fingerprint(&before), fingerprint(&after));
    }

    #[test]
    fn paths_are_uris() {
        let uri = |file: &str| artifact(file).uri;
        assert_eq!(uri("src/a b%.rs"), "src/a%20b%25.rs");
        assert_eq!(uri("src\\漢.rs"), "src/%E6%BC%A2.rs");
        assert_eq!(uri("/src/a.rs"), "file:///src/a.rs");
        assert_eq!(uri("C:\\src\\a.rs"), "file:///C%3A/src/a.rs");
    }
}

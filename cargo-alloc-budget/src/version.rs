//! Which version of the tool this is, and what it reads.

use serde_json::json;

use crate::{record, report};

/// What `--version` prints; with `json`, what a script can ask.
pub fn text(json: bool) -> String {
    let version = env!("CARGO_PKG_VERSION");
    if !json {
        return format!("cargo-alloc-budget {version}");
    }
    json!({
        "version": version,
        "reads": { "record": record::line::VERSION, "report": report::VERSION },
        "writes": { "report": report::VERSION },
    })
    .to_string()
}

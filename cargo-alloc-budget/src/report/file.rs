//! A report as a file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Report, VERSION};

/// What every version of a report has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Report {
    /// # Errors
    /// The file can't be read, is no report, or one of a later version.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is no report", path.display()))
    }

    /// Fields that this version doesn't know are ignored.
    ///
    /// # Errors
    /// It is no report, or one of a later version.
    pub fn parse(text: &str) -> Result<Self> {
        let Version { version } = serde_json::from_str(text)
            .context("it has no `version`; `cargo alloc-budget test` writes reports")?;
        if version > VERSION {
            bail!(
                "it has version {version}, and this tool reads up to {VERSION}: \
                 update the tool with `cargo install cargo-alloc-budget`"
            );
        }
        Ok(serde_json::from_str(text)?)
    }

    /// Its JSON, the same bytes for the same report.
    ///
    /// # Errors
    /// None that is known of.
    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Writes it, and makes the folders in which it is to be.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        }
        fs::write(path, self.to_json()?).with_context(|| format!("can't write {}", path.display()))
    }
}

/// `ALLOC_BUDGET_SCHEMA=overwrite` writes it anew: read it before you commit it.
#[cfg(test)]
pub(crate) fn check_schema(mut schema: schemars::Schema, name: &str) {
    let published = format!("https://docs.rs/crate/cargo-alloc-budget/latest/source/{name}");
    schema.insert("$id".into(), published.into());
    let schema = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("ALLOC_BUDGET_SCHEMA").is_some_and(|value| value == "overwrite") {
        fs::write(&path, &schema).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    assert!(published == schema, "{name} is not that of the types; ALLOC_BUDGET_SCHEMA=overwrite");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn what_is_written_is_what_is_read() {
        let report = example::report();
        assert_eq!(Report::parse(&report.to_json().unwrap()).unwrap(), report);
    }

    #[test]
    fn a_later_version_is_refused() {
        let later = example::report().to_json().unwrap().replacen("\"version\": 1", "\"version\": 2", 1);
        let error = format!("{:#}", Report::parse(&later).unwrap_err());
        assert!(error.contains("version 2") && error.contains("update the tool"), "{error}");
    }

    #[test]
    fn fields_of_a_later_tool_are_ignored() {
        let text = example::report().to_json().unwrap();
        let later = text.replacen("\"version\": 1", "\"weather\": \"fine\", \"version\": 1", 1);
        assert_eq!(Report::parse(&later).unwrap(), example::report());
    }

    #[test]
    fn something_else_is_no_report() {
        let error = format!("{:#}", Report::parse("{}").unwrap_err());
        assert!(error.contains("`cargo alloc-budget test` writes reports"), "{error}");
    }

    #[test]
    fn the_published_schema_is_that_of_the_types() {
        check_schema(schemars::schema_for!(Report), "report.schema.json");
    }

    #[test]
    fn a_report_is_valid_by_the_published_schema() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../report.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut report = serde_json::to_value(example::report()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        report["budgets"][0]["line"] = "forty".into();
        assert!(!validator.is_valid(&report));
    }
}

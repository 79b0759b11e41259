//! A folder of records: what all processes of a run wrote.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::file::Record;

/// What all processes of a run wrote.
#[derive(Debug, Clone, Default)]
pub struct Records {
    pub records: Vec<Record>,
    /// Files that don't say whose they are.
    pub nameless: u64,
}

/// # Errors
/// A file that can't be read, or is of a newer runtime.
pub fn read(folder: &Path) -> Result<Records> {
    let mut records = Records::default();
    let entries = fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("can't read {}", folder.display()))?.path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let bytes = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        match Record::parse(&bytes)? {
            Some(record) => records.records.push(record),
            None => records.nameless += 1,
        }
    }
    Ok(records)
}

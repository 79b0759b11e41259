//! The report itself.

use std::io::Write;

use anyhow::Result;

use crate::report::Report;

pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<()> {
    Ok(out.write_all(report.to_json()?.as_bytes())?)
}

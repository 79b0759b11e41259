//! What functions allocate by themselves, as a picture: each as wide as its share, below its
//! module.

use std::io::Write;

use anyhow::{Result, bail};
use inferno::flamegraph::{self, Options};

use crate::survey::found::Survey;

/// Writes a flame graph, as SVG.
///
/// # Errors
/// No function has allocated, or `out` can't be written to.
pub fn write(survey: &Survey, out: &mut dyn Write) -> Result<()> {
    let lines: Vec<String> = survey
        .candidates()
        .filter_map(|function| {
            let own = function.own_allocations.filter(|own| *own > 0)?;
            Some(format!("{} {own}", function.path.replace(';', ":").replace("::", ";")))
        })
        .collect();
    if lines.is_empty() {
        bail!("no function has allocated: there is nothing to draw");
    }
    let mut options = Options::default();
    options.title = "Allocations of all calls, by themselves and by module".into();
    options.count_name = "allocations".into();
    options.deterministic = true;
    Ok(flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), out)?)
}

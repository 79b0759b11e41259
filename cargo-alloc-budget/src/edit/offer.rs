//! The edits of a plan, one by one for a person to decide about.

use std::io::{BufRead, Write};

use anyhow::Result;

use crate::edit::plan::Edit;
use crate::edit::write::diff;

/// Those that the person takes: `y`es, `n`o, `a`ll that are left, `q`uit.
///
/// # Errors
/// The terminal can't be read or written.
pub fn offer(edits: &[Edit], answers: &mut dyn BufRead, out: &mut dyn Write) -> Result<Vec<Edit>> {
    let mut taken = Vec::new();
    for (at, edit) in edits.iter().enumerate() {
        write!(out, "{}", diff(std::slice::from_ref(edit))?)?;
        loop {
            write!(out, "`{}`: {} → {}? [y/n/a/q] ", edit.budget, edit.before, edit.after)?;
            out.flush()?;
            let mut answer = String::new();
            let is_end = answers.read_line(&mut answer)? == 0;
            match answer.trim() {
                "y" | "yes" => taken.push(edit.clone()),
                "n" | "no" => {}
                "a" | "all" => {
                    taken.extend_from_slice(&edits[at..]);
                    return Ok(taken);
                }
                "q" | "quit" => return Ok(taken),
                _ if is_end => return Ok(taken),
                _ => continue,
            }
            break;
        }
    }
    Ok(taken)
}

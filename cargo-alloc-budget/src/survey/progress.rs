//! What a survey says of itself while it is at work: a line for each step, and on a terminal one
//! that changes while it builds.

use std::io::{IsTerminal, Write};
use std::time::Instant;

use crate::format::width;

/// What a survey says of itself while it is at work.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    is_terminal: bool,
    /// Crates that the step has built.
    built: usize,
}

impl Progress {
    /// On standard error.
    pub fn begin() -> Self {
        Self { began: Instant::now(), is_terminal: std::io::stderr().is_terminal(), built: 0 }
    }

    /// Begins a step.
    pub fn step(&mut self, what: &str) {
        self.built = 0;
        self.clear();
        anstream::eprintln!("    Survey: {what}");
    }

    /// A crate was built.
    pub fn built(&mut self, name: &str) {
        self.built += 1;
        if self.is_terminal {
            let line = line(self.built, name, self.began.elapsed().as_secs(), width());
            self.clear();
            anstream::eprint!("{line}");
            _ = std::io::stderr().flush();
        }
    }

    /// Takes the line away that changes.
    pub fn clear(&self) {
        if self.is_terminal {
            anstream::eprint!("\r\u{1b}[2K");
        }
    }
}

/// No longer than the terminal is wide: else it could not be taken away.
fn line(built: usize, name: &str, seconds: u64, width: Option<usize>) -> String {
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let line = format!("    Building: {built} crates, {minutes}:{seconds:02}: {name}");
    line.chars().take(width.map_or(usize::MAX, |width| width.saturating_sub(1))).collect()
}

#[test]
fn the_line_fits() {
    assert_eq!(line(34, "smoltcp", 61, None), "    Building: 34 crates, 1:01: smoltcp");
    assert_eq!(line(34, "smoltcp", 61, Some(20)), "    Building: 34 cr");
}

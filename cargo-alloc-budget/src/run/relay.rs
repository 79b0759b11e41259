//! A command whose output is shown byte for byte, and is read on the way.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::terminal::Terminal;

/// Whoever reads the lines.
pub(crate) trait Lines: Send + 'static {
    /// A line without its end. False if it is not to be seen.
    fn line(&mut self, line: &[u8]) -> bool;
}

/// Where a command's output is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// As it would be without us: what goes to stdout does, and what goes to stderr.
    Inherited,
    /// All of it on stderr, since stdout is for a result.
    Stderr,
}

impl Output {
    fn is_terminal(self) -> bool {
        match self {
            Self::Inherited => io::stdout().is_terminal(),
            Self::Stderr => io::stderr().is_terminal(),
        }
    }

    /// Where a command's stdout goes.
    fn of_stdout(self) -> Box<dyn Write> {
        match self {
            Self::Inherited => Box::new(io::stdout()),
            Self::Stderr => Box::new(io::stderr()),
        }
    }

    /// Whether a command's stdout and stderr go to the same terminal, pipe or file.
    fn is_one(self) -> bool {
        self == Self::Stderr || are_one_file()
    }
}

/// How much of a line is read: what is longer is none that we look for.
const LONGEST: usize = 1 << 16;

/// How long to wait for more, once the command has ended: what it started may hold the pipe open.
const PATIENCE: Duration = Duration::from_millis(300);

/// How the command ended, and its reader; `None` where the output could not be read, since it went
/// to a terminal. With `hides`, lines are shown only if the reader says so.
///
/// # Errors
/// The command can't be started.
pub(crate) fn run<L: Lines>(
    mut command: Command,
    lines: L,
    hides: bool,
    output: Output,
) -> Result<(ExitStatus, Option<L>)> {
    let reader: Box<dyn Read + Send> = if !hides && output.is_terminal() {
        let Some(terminal) = Terminal::open() else {
            if output == Output::Stderr {
                command.stdout(io::stderr());
            }
            let name = command.get_program().to_string_lossy().into_owned();
            return Ok((command.status().with_context(|| format!("can't start `{name}`"))?, None));
        };
        command.stdout(terminal.output().context("can't share a terminal")?);
        // Both in one, where they are one outside: else their lines would change places.
        if io::stderr().is_terminal() {
            command.stderr(terminal.output().context("can't share a terminal")?);
        }
        Box::new(terminal.reader)
    } else {
        let (reader, writer) = io::pipe().context("can't make a pipe")?;
        if !hides && output.is_one() {
            command.stderr(writer.try_clone().context("can't share a pipe")?);
        }
        command.stdout(Stdio::from(writer));
        Box::new(reader)
    };
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("can't start `{name}`"))?;
    // Holds the other end of the pipe.
    drop(command);
    let lines = Arc::new(Mutex::new(Some(lines)));
    let (said, moved) = mpsc::channel();
    let shared = Arc::clone(&lines);
    thread::spawn(move || relay(reader, &shared, hides, output, &said));
    let status = child.wait().with_context(|| format!("can't wait for `{name}`"))?;
    wait_for_the_rest(&moved);
    let lines = lines.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok((status, lines))
}

/// Until the pipe ends, or nothing more comes.
fn wait_for_the_rest(moved: &Receiver<()>) {
    loop {
        match moved.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn relay<L: Lines>(
    mut from: impl Read,
    lines: &Mutex<Option<L>>,
    hides: bool,
    output: Output,
    moved: &mpsc::Sender<()>,
) {
    let mut out = output.of_stdout();
    let mut line = Vec::new();
    let mut buffer = [0; 1 << 13];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        // Where nobody reads us any more, nobody reads the command either.
        if !hides && out.write_all(&buffer[..count]).and_then(|()| out.flush()).is_err() {
            break;
        }
        for part in buffer[..count].split_inclusive(|byte| *byte == b'\n') {
            if line.len() < LONGEST {
                line.extend_from_slice(part);
            }
            if part.ends_with(b"\n") {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                // Taken away: the command has ended, and what it started goes on.
                let is_seen =
                    lines.as_mut().is_none_or(|it| it.line(line.strip_suffix(b"\n").unwrap_or(&line)));
                if hides && is_seen {
                    let _ = out.write_all(&line).and_then(|()| out.flush());
                }
                line.clear();
            }
        }
        let _ = moved.send(());
    }
}

/// Whether our stdout and stderr are the same terminal, pipe or file.
#[cfg(unix)]
fn are_one_file() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;

    let metadata = |stream: std::os::fd::BorrowedFd<'_>| File::from(stream.try_clone_to_owned()?).metadata();
    let (out, err) = (metadata(io::stdout().as_fd()), metadata(io::stderr().as_fd()));
    out.ok().zip(err.ok()).is_some_and(|(out, err)| (out.dev(), out.ino()) == (err.dev(), err.ino()))
}

#[cfg(not(unix))]
fn are_one_file() -> bool {
    false
}

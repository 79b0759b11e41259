//! A terminal of our own in front of the user's: what runs in it has its colours and its width, and
//! is read on the way.

use std::fs::File;
use std::io;
use std::process::Stdio;

/// Both ends: what is written by the command, and where we read it.
pub(crate) struct Terminal {
    pub(crate) reader: File,
    command: File,
}

#[cfg(unix)]
impl Terminal {
    /// As wide as the user's. `None` where there are none to be had.
    pub(crate) fn open() -> Option<Self> {
        use rustix::fs::{Mode, OFlags};
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        use rustix::termios::{
            OptionalActions, OutputModes, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize,
        };

        let reader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).ok()?;
        rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::CLOEXEC).ok()?;
        grantpt(&reader).ok()?;
        unlockpt(&reader).ok()?;
        let name = ptsname(&reader, Vec::new()).ok()?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let command = rustix::fs::open(name, flags, Mode::empty()).ok()?;
        // The ends of lines are made by the user's terminal.
        let mut modes = tcgetattr(&command).ok()?;
        modes.output_modes.remove(OutputModes::OPOST);
        tcsetattr(&command, OptionalActions::Now, &modes).ok()?;
        if let Ok(size) = tcgetwinsize(io::stdout()).or_else(|_| tcgetwinsize(io::stderr())) {
            tcsetwinsize(&command, size).ok()?;
        }
        Some(Self { reader: reader.into(), command: command.into() })
    }
}

#[cfg(not(unix))]
impl Terminal {
    pub(crate) fn open() -> Option<Self> {
        None
    }
}

impl Terminal {
    /// For a command's output.
    pub(crate) fn output(&self) -> io::Result<Stdio> {
        Ok(self.command.try_clone()?.into())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read;
    use std::process::Command;

    use super::Terminal;

    #[test]
    fn a_command_sees_a_terminal_and_its_bytes_stay() {
        let terminal = Terminal::open().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "test -t 1 && printf 'one\\ntwo\\n'"]).stdout(terminal.output().unwrap());
        assert!(command.status().unwrap().success());
        drop(command);
        let Terminal { mut reader, command } = terminal;
        drop(command);
        let mut read = Vec::new();
        // Where nobody is left to write, some systems say that as an error.
        let _ = reader.read_to_end(&mut read);
        assert_eq!(String::from_utf8(read).unwrap(), "one\ntwo\n");
    }
}

//! The record's file: appended to, a checkpoint at a time.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::count::process;

/// A file of this process alone.
pub(super) struct Output {
    file: File,
    /// So much of it is whole lines.
    len: u64,
}

impl Output {
    /// Makes a new file in a folder.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        const ATTEMPTS: usize = 16;
        let mut result = Err(io::Error::from(ErrorKind::AlreadyExists));
        for _ in 0..ATTEMPTS {
            let path = folder.join(format!("{}-{:016x}.jsonl", process::id(), nonce()));
            result = OpenOptions::new().append(true).create_new(true).open(path);
            if !matches!(&result, Err(error) if error.kind() == ErrorKind::AlreadyExists) {
                break;
            }
        }
        result.map(|file| Self { file, len: 0 })
    }

    /// Appends lines: all of them, or none.
    pub(super) fn append(&mut self, lines: &str) -> io::Result<()> {
        if self.len + lines.len() as u64 > limit::of_a_file() {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let result = self.file.write_all(lines.as_bytes());
        match result {
            Ok(()) => self.len += lines.len() as u64,
            // A part of them would take the next lines' beginning for its end.
            Err(_) => self.file.set_len(self.len)?,
        }
        result
    }
}

/// How large the process's files may grow. To write more would end the process by a signal.
mod limit {
    #[cfg(all(unix, target_pointer_width = "64"))]
    pub(super) fn of_a_file() -> u64 {
        use std::ffi::c_int;

        #[repr(C)]
        struct Limit {
            now: u64,
            at_most: u64,
        }

        // As all systems of the kind have it.
        const FILE_SIZE: c_int = 1;

        // Of the C library, which std depends on.
        unsafe extern "C" {
            fn getrlimit(resource: c_int, limit: *mut Limit) -> c_int;
        }

        let mut limit = Limit { now: u64::MAX, at_most: u64::MAX };
        // SAFETY: the place for the limit outlives the call, and is laid out as the library's: two
        // numbers of 64 bits.
        let is_known = unsafe { getrlimit(FILE_SIZE, &raw mut limit) } == 0;
        if is_known { limit.now.min(limit.at_most) } else { u64::MAX }
    }

    #[cfg(not(all(unix, target_pointer_width = "64")))]
    pub(super) fn of_a_file() -> u64 {
        u64::MAX
    }
}

/// Tells this file from another one of a process with the same number: an earlier one, one in a
/// container, or another runtime in this one.
fn nonce() -> u64 {
    let here = 0_u8;
    let address = (&raw const here).addr() as u64;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let time = since.as_secs() << 32 ^ u64::from(since.subsec_nanos());
    (address.rotate_left(32) ^ time).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ address
}

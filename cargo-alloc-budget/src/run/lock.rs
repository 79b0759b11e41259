//! One run at a time in a workspace: records of two must not mix.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The workspace's records are this run's, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    records: PathBuf,
}

impl Lock {
    /// Waits for other runs. What they recorded is removed.
    ///
    /// # Errors
    /// The folder can't be written.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        let path = folder.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.with_context(|| format!("can't write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                anstream::eprintln!("waiting for another run of `cargo alloc-budget` in this workspace");
                file.lock().with_context(|| format!("can't lock {}", path.display()))?;
            }
            // A file system without locks: a rare one, and two runs at once are rare.
            Err(TryLockError::Error(_)) => {}
        }
        let records = folder.join("records");
        if records.exists() {
            fs::remove_dir_all(&records).with_context(|| format!("can't remove {}", records.display()))?;
        }
        Ok(Self { _file: file, records })
    }

    /// A new folder. Its name is no other run's: what an earlier run started may still be there.
    ///
    /// # Errors
    /// The folder can't be made.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        fs::create_dir_all(&self.records)
            .with_context(|| format!("can't make {}", self.records.display()))?;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&self.records);
        Ok(folder.with_context(|| format!("can't make a folder in {}", self.records.display()))?.keep())
    }
}

//! The workspace, as cargo knows it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::selection::Selection;

/// The workspace, as cargo knows it.
#[derive(Debug)]
pub struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    /// # Errors
    /// Cargo's own, where there is no `Cargo.toml`, or it can't be read.
    pub fn find(selection: &Selection) -> Result<Self> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(path) = &selection.manifest_path {
            command.manifest_path(path);
        }
        if let Some(folder) = &selection.target_dir {
            command.env("CARGO_TARGET_DIR", std::path::absolute(folder).unwrap_or_else(|_| folder.clone()));
        }
        let flags = [
            ("--locked", selection.locked),
            ("--frozen", selection.frozen),
            ("--offline", selection.offline),
        ];
        let flags = flags.iter().filter(|(_, is_on)| *is_on).map(|(flag, _)| (*flag).to_owned());
        let values = selection.config.iter().flat_map(|value| ["--config".to_owned(), value.clone()]);
        command.other_options(flags.chain(values).collect::<Vec<_>>());
        let metadata = command.exec().context("cargo can't read the workspace")?;
        Ok(Self { metadata })
    }

    pub fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Where the tool keeps what it makes: the last report, records, baselines.
    pub fn own_folder(&self) -> PathBuf {
        self.metadata.target_directory.as_std_path().join("alloc-budget")
    }

    pub fn target_folder(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    /// Where cargo puts what it needs for building, if that is not the target folder.
    pub fn build_folder(&self) -> Option<&Path> {
        let folder = self.metadata.build_directory.as_ref()?.as_std_path();
        (folder != self.target_folder()).then_some(folder)
    }

    /// The report of the last run.
    pub fn last_report(&self) -> PathBuf {
        self.own_folder().join("report.json")
    }

    /// The members that the selection names.
    pub fn selected(&self, selection: &Selection) -> Vec<&Package> {
        let is_in = |list: &[String], package: &Package| {
            list.iter().any(|spec| spec.split('@').next() == Some(package.name.as_str()))
        };
        if !selection.package.is_empty() {
            self.members().into_iter().filter(|package| is_in(&selection.package, package)).collect()
        } else if selection.workspace {
            self.members().into_iter().filter(|package| !is_in(&selection.exclude, package)).collect()
        } else {
            self.metadata.workspace_default_packages()
        }
    }

    pub fn members(&self) -> Vec<&Package> {
        self.metadata.workspace_packages()
    }
}

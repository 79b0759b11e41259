//! The files that may be edited, as they were when they were compiled.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::report::budget::Budget;
use crate::source::file::File;
use crate::workspace::Workspace;

/// The files of a workspace, read when they are asked for.
pub(super) struct Sources {
    root: PathBuf,
    /// What is built there is no source: `OUT_DIR` is in it.
    target: Option<PathBuf>,
    files: BTreeMap<String, Result<Editable, String>>,
}

/// A file that may be edited.
pub(super) struct Editable {
    /// Without symbolic links.
    pub(super) path: PathBuf,
    pub(super) file: File,
    /// What it is, for all edits of it.
    pub(super) text: Rc<str>,
    hash: String,
}

impl Sources {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let canonical = |path: &Path| path.canonicalize().ok();
        Self {
            root: canonical(workspace.root()).unwrap_or_else(|| workspace.root().to_owned()),
            target: workspace.own_folder().parent().and_then(canonical),
            files: BTreeMap::new(),
        }
    }

    /// The file of a budget.
    ///
    /// # Errors
    /// It can't be edited, or is not the one that was compiled; in words.
    pub(super) fn of_budget(&mut self, budget: &Budget) -> Result<&Editable, String> {
        let Some(source) = &budget.source else {
            // Where it was compiled, nothing was found; the file is read only to say why.
            return self.file(&budget.file);
        };
        let editable = self.file(&budget.file)?;
        if source.hash.is_empty() {
            return Err("the file has changed while it was built and tested: run this again".to_owned());
        }
        if source.hash != editable.hash {
            return Err("the file is no longer the one that was compiled: run this again".to_owned());
        }
        Ok(editable)
    }

    fn file(&mut self, name: &str) -> Result<&Editable, String> {
        let Self { root, target, files } = self;
        let read = || read(name, root, target.as_deref());
        files.entry(name.to_owned()).or_insert_with(read).as_ref().map_err(Clone::clone)
    }
}

fn read(name: &str, root: &Path, target: Option<&Path>) -> Result<Editable, String> {
    let path = root.join(name);
    let path = path.canonicalize().map_err(|_| format!("there is no file `{name}`"))?;
    if target.is_some_and(|target| path.starts_with(target)) {
        return Err("the file is made by the build".to_owned());
    }
    if !path.starts_with(root) {
        return Err("the file is outside of the workspace".to_owned());
    }
    let is_read_only = std::fs::metadata(&path).is_ok_and(|metadata| metadata.permissions().readonly());
    if is_read_only {
        return Err("the file is read-only".to_owned());
    }
    let file = File::read(&path).map_err(|error| format!("{error:#}"))?;
    let (hash, text) = (file.hash(), file.text.as_str().into());
    Ok(Editable { path, file, text, hash })
}

//! Where a step of a chain is, as a reader wants it.

use std::path::Path;

use super::proof::Step;

/// The workspace's own files from its root on, and those of others from their package on.
pub(crate) fn place(step: &Step, root: &Path) -> Option<String> {
    let file = step.file.as_deref()?;
    let root = crate::paths::with_slashes(root) + "/";
    let shown = if let Some(own) = file.strip_prefix(&root) {
        own
    } else if let Some((_, of_std)) = file.split_once("/library/") {
        of_std
    } else if let Some((_, of_registry)) = file.split_once("/registry/src/") {
        of_registry.split_once('/').map_or(of_registry, |(_, package)| package)
    } else {
        file
    };
    crate::text::place(Some(shown), step.line)
}

#[test]
fn files_are_shown_from_their_package_on() {
    let step =
        |file: &str| Step { function: None, file: Some(file.into()), line: Some(7), is_inlined: false };
    for (file, shown) in [
        ("/w/player/src/mix.rs", "src/mix.rs:7"),
        ("/rustc/abc/library/alloc/src/raw_vec.rs", "alloc/src/raw_vec.rs:7"),
        ("/home/me/.cargo/registry/src/index-1/bytes-1.0.0/src/lib.rs", "bytes-1.0.0/src/lib.rs:7"),
        ("/elsewhere/lib.rs", "/elsewhere/lib.rs:7"),
    ] {
        assert_eq!(place(&step(file), Path::new("/w/player")).as_deref(), Some(shown));
    }
}

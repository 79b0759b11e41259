//! The functions that a change touches: those of a pull request.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::git::git;

/// What has changed in the tree since a revision, with what is not committed.
#[derive(Debug, Default)]
pub struct Since {
    /// The lines that are new, by file; after a removal, the two lines around it.
    files: BTreeMap<PathBuf, Vec<Lines>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Lines {
    New(RangeInclusive<u32>),
    /// Behind this line, some are gone.
    Gone(u32),
}

impl Since {
    /// Since `revision` and the tree's own have parted.
    ///
    /// # Errors
    /// Git does not know the revision, or the tree.
    pub fn of(root: &Path, revision: &str) -> Result<Self> {
        let unknown = || format!("git can't compare {} with `{revision}`", root.display());
        let base = git(root, &["merge-base", "--end-of-options", revision, "HEAD"]).with_context(unknown)?;
        let diff = git(
            root,
            &[
                "-c",
                "core.quotePath=false",
                "diff",
                "--relative",
                "--unified=0",
                "--no-prefix",
                "--no-ext-diff",
                "--no-color",
                &base,
                "--",
            ],
        );
        let mut since = Self::parse(root, &diff.with_context(unknown)?);
        let new = git(root, &["ls-files", "--others", "--exclude-standard", "-z"]).with_context(unknown)?;
        for file in new.split('\0').filter(|file| !file.is_empty()) {
            since.files.insert(root.join(file), vec![Lines::New(1..=u32::MAX)]);
        }
        Ok(since)
    }

    fn parse(root: &Path, diff: &str) -> Self {
        let mut since = Self::default();
        let mut file = None;
        // So many lines of a hunk are still to come.
        let mut rest = 0;
        for line in diff.lines() {
            if rest > 0 && line.starts_with(['+', '-']) {
                rest -= 1;
            } else if let Some(name) = line.strip_prefix("+++ ") {
                // Behind a name with spaces stands a tab.
                file = Some(root.join(name.trim_end_matches('\t')));
            } else if let (Some(hunk), Some(file)) = (line.strip_prefix("@@ "), &file) {
                let Some((removed, [start, count])) = sides(hunk) else { continue };
                rest = removed + count;
                let lines =
                    if count == 0 { Lines::Gone(start) } else { Lines::New(start..=start + count - 1) };
                since.files.entry(file.clone()).or_default().push(lines);
            }
        }
        since
    }

    /// Whether any of these lines of a file has changed.
    pub fn touches(&self, file: &Path, lines: &RangeInclusive<u32>) -> bool {
        self.files.get(file).is_some_and(|changed| {
            changed.iter().any(|changed| match changed {
                Lines::New(new) => new.start() <= lines.end() && lines.start() <= new.end(),
                Lines::Gone(before) => lines.contains(before) && before < lines.end(),
            })
        })
    }
}

/// How many lines `-1,2 +3,4 @@` has removed, and which are new.
fn sides(hunk: &str) -> Option<(u32, [u32; 2])> {
    let range = |text: &str| -> Option<[u32; 2]> {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some([start.parse().ok()?, count.parse().ok()?])
    };
    let mut sides = hunk.split(' ');
    let [_, removed] = range(sides.next()?.strip_prefix('-')?)?;
    Some((removed, range(sides.next()?.strip_prefix('+')?)?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Since;

    #[test]
    fn lines_are_those_of_the_tree_as_it_is() {
        let diff = "\
diff --git src/a b.rs src/a b.rs
index 1..2 100644
--- src/a b.rs\t
+++ src/a b.rs\t
@@ -2,0 +3,2 @@ fn f() {
+one
++++ two
@@ -9 +11 @@
-old
+new
@@ -20,2 +21,0 @@
--- gone
-gone
diff --git gone.rs gone.rs
--- gone.rs
+++ /dev/null
@@ -1,2 +0,0 @@
-a
-b
";
        let since = Since::parse(Path::new("/w"), diff);
        let touches = |lines| since.touches(Path::new("/w/src/a b.rs"), &lines);
        assert!(touches(1..=3) && touches(4..=9) && !touches(5..=10) && touches(11..=11));
        assert!(!touches(12..=21) && touches(12..=22) && !touches(22..=30));
        assert!(!since.touches(Path::new("/w/gone.rs"), &(1..=2)));
        assert!(!since.touches(Path::new("/w/two"), &(1..=2)));
    }
}

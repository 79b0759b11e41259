//! The lane of a run: what its numbers depend on beside the source.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::cli::Selection;
use crate::record::program::Program;
use crate::report::lane::{Lane, Runner};

/// What `rustc -vV` says in a workspace.
#[derive(Debug, Clone)]
pub(crate) struct Compiler {
    version: String,
    host: String,
}

impl Compiler {
    /// # Errors
    /// There is no compiler, or it says something else than compilers do.
    pub(crate) fn ask(root: &Path) -> Result<Self> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(&rustc).arg("-vV").current_dir(root).output();
        let output = output.with_context(|| format!("can't start `{}`", rustc.display()))?;
        ensure!(output.status.success(), "`rustc -vV` fails: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        let said = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        let version = short(said("release").context("`rustc -vV` says no release")?);
        let host = said("host").context("`rustc -vV` says no host")?.to_owned();
        Ok(Self { version, host })
    }
}

/// `1.95` for `1.95.0`, `1.97-nightly` for `1.97.0-nightly`.
fn short(release: &str) -> String {
    let (numbers, channel) = release.split_once('-').unwrap_or((release, ""));
    let numbers: Vec<_> = numbers.split('.').take(2).collect();
    // `beta.3` is a beta.
    let channel = channel.split('.').next().filter(|channel| !channel.is_empty());
    [Some(numbers.join(".")), channel.map(str::to_owned)].into_iter().flatten().collect::<Vec<_>>().join("-")
}

pub(crate) fn lane(
    selection: &Selection,
    compiler: &Compiler,
    runner: Runner,
    programs: &[Program],
    target_folder: &Path,
) -> Lane {
    Lane {
        target: selection.target.clone().unwrap_or_else(|| {
            let built_for = programs.iter().find_map(|program| triple(&program.exe, target_folder));
            built_for.unwrap_or_else(|| compiler.host.clone())
        }),
        profile: profile(selection),
        rustc: compiler.version.clone(),
        features: features(selection),
        runner,
    }
}

/// Of cargo's configuration, we see the folder: `target/TRIPLE/debug/deps/program`.
fn triple(exe: &Path, target_folder: &Path) -> Option<String> {
    let first = exe.strip_prefix(target_folder).ok()?.components().next()?.as_os_str().to_str()?;
    (first.matches('-').count() >= 2).then(|| first.to_owned())
}

/// Cargo tests with `test`, which is `dev` unless the workspace says otherwise.
fn profile(selection: &Selection) -> String {
    match selection.profile.as_deref() {
        Some("test") => "dev",
        Some("bench") => "release",
        Some(profile) => profile,
        None if selection.release => "release",
        None => "dev",
    }
    .to_owned()
}

fn features(selection: &Selection) -> Vec<String> {
    if selection.all_features {
        return vec!["all".to_owned()];
    }
    let named = selection.features.iter().flat_map(|names| names.split([',', ' ']));
    let mut features: Vec<_> = named.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if !selection.no_default_features {
        features.push("default".to_owned());
    }
    features.sort();
    features.dedup();
    if features.is_empty() { vec!["none".to_owned()] } else { features }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{features, profile, short, triple};
    use crate::cli::Selection;

    #[test]
    fn a_compiler_is_told_by_its_minor_version_and_channel() {
        for (release, expected) in
            [("1.95.0", "1.95"), ("1.97.0-nightly", "1.97-nightly"), ("1.96.0-beta.3", "1.96-beta")]
        {
            assert_eq!(short(release), expected);
        }
    }

    #[test]
    fn a_target_of_the_configuration_is_seen_by_the_folder() {
        let seen = |exe| triple(Path::new(exe), Path::new("/w/target"));
        assert_eq!(
            seen("/w/target/x86_64-unknown-linux-musl/debug/deps/a").unwrap(),
            "x86_64-unknown-linux-musl"
        );
        assert_eq!(seen("/w/target/debug/deps/a"), None);
        assert_eq!(seen("/elsewhere/a-b-c"), None);
    }

    #[test]
    fn features_are_sorted_in_whatever_way_they_are_asked_for() {
        let selection = |features: &[&str]| Selection {
            features: features.iter().map(|&it| it.to_owned()).collect(),
            ..Selection::default()
        };
        assert_eq!(features(&selection(&["b,a", "a c"])), ["a", "b", "c", "default"]);
        assert_eq!(features(&selection(&[])), ["default"]);
        assert_eq!(features(&Selection { no_default_features: true, ..selection(&[]) }), ["none"]);
        assert_eq!(features(&Selection { all_features: true, ..selection(&["a"]) }), ["all"]);
    }

    #[test]
    fn profiles_that_are_one_have_one_name() {
        let named =
            |name: &str| profile(&Selection { profile: Some(name.to_owned()), ..Selection::default() });
        assert_eq!(
            [named("dev"), named("test"), named("bench"), named("ci")],
            ["dev", "dev", "release", "ci"]
        );
        assert_eq!(profile(&Selection { release: true, ..Selection::default() }), "release");
    }
}

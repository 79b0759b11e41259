//! The selection as flags of cargo and of nextest.

use std::ffi::OsString;

use crate::cli::{Running, Selection};

/// Whose flags they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Cargo,
    Nextest,
}

impl Selection {
    /// Whether targets are named: then the rest is not tested.
    pub(crate) fn names_targets(&self) -> bool {
        let is_any = self.lib || self.bins || self.tests || self.examples || self.all_targets || self.doc;
        is_any || !(self.bin.is_empty() && self.test.is_empty() && self.example.is_empty())
    }

    /// Whether the documentation's examples are tested.
    pub(crate) fn has_docs(&self) -> bool {
        self.doc || !self.names_targets()
    }

    /// Packages, features and the build, without the targets.
    pub(crate) fn flags(&self, dialect: Dialect) -> Vec<OsString> {
        let is_cargo = dialect == Dialect::Cargo;
        let mut flags = Flags::default();
        flags.each("--package", &self.package);
        flags.flag("--workspace", self.workspace);
        flags.each("--exclude", &self.exclude);
        flags.each("--features", &self.features);
        flags.flag("--all-features", self.all_features);
        flags.flag("--no-default-features", self.no_default_features);
        flags.flag("--release", self.release);
        flags.each(if is_cargo { "--profile" } else { "--cargo-profile" }, &self.profile);
        flags.each("--target", &self.target);
        flags.each("--target-dir", &self.target_dir);
        flags.each("--manifest-path", &self.manifest_path);
        flags.flag("--locked", self.locked);
        flags.flag("--frozen", self.frozen);
        flags.flag("--offline", self.offline);
        flags.each(if is_cargo { "--jobs" } else { "--build-jobs" }, &self.jobs);
        flags.flag("--ignore-rust-version", self.ignore_rust_version);
        flags.each("--config", &self.config);
        flags.0
    }

    /// The targets, without `--doc`.
    pub(crate) fn targets(&self) -> Vec<OsString> {
        let mut flags = Flags::default();
        flags.flag("--lib", self.lib);
        flags.flag("--bins", self.bins);
        flags.each("--bin", &self.bin);
        flags.flag("--tests", self.tests);
        flags.each("--test", &self.test);
        flags.flag("--examples", self.examples);
        flags.each("--example", &self.example);
        flags.flag("--all-targets", self.all_targets);
        flags.0
    }
}

impl Running {
    /// The filter, and what is behind `--`.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = self.filter.iter().map(Into::into).collect();
        if !self.args.is_empty() {
            arguments.push("--".into());
            arguments.extend(self.args.iter().cloned());
        }
        arguments
    }
}

#[derive(Default)]
struct Flags(Vec<OsString>);

impl Flags {
    fn flag(&mut self, name: &str, is_on: bool) {
        self.0.extend(is_on.then(|| name.into()));
    }

    fn each<T>(&mut self, name: &str, values: impl IntoIterator<Item = T>)
    where
        T: Into<OsString>,
    {
        for value in values {
            self.0.extend([name.into(), value.into()]);
        }
    }
}

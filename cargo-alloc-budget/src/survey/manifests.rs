//! The copy's `Cargo.toml` files: they find what lies outside the copy, and the runtime.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use crate::paths::normal;
use crate::workspace::Workspace;

const RUNTIME: &str = "alloc-budget";

/// Where the copy has the runtime from.
#[derive(Debug, Clone)]
pub enum Runtime {
    /// The published one of the tool's own version.
    Published,
    /// A checkout.
    Path(PathBuf),
}

/// How a package of the user's own depends on the runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// By the workspace's `[workspace.dependencies]`.
    pub inherits: bool,
    /// Without std, but for its tests.
    pub is_no_std: bool,
}

/// A package's own word for the runtime, in code: `alloc_budget`.
pub type Name = String;

/// What a manifest of the copy says.
#[derive(Debug)]
pub struct Manifest {
    text: DocumentMut,
}

impl Manifest {
    /// # Errors
    /// It is no TOML.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self { text: text.parse().context("it is no TOML")? })
    }

    /// Without a workspace of its own, cargo would take the root for a member of the one around the
    /// copy.
    pub fn is_root(&mut self) {
        if !self.text.contains_key("workspace") {
            self.text.insert("workspace", Item::Table(Table::new()));
        }
    }

    /// In an unoptimised runtime, functions that are called some million times would take minutes.
    pub fn optimise_runtime(&mut self) {
        let of_package = &mut self.text["profile"]["dev"]["package"][RUNTIME];
        if of_package.get("opt-level").is_none() {
            of_package["opt-level"] = value(3);
        }
    }

    /// Dependencies by path are found from the copy: those outside of the copied tree by their
    /// place in the user's own.
    ///
    /// `folder` is where the manifest is in the user's tree, `root` what is copied of it.
    pub fn find_outside(&mut self, folder: &Path, root: &Path) {
        for (_, dependency) in dependencies(self.text.as_table_mut()) {
            let Some(path) = dependency.get("path").and_then(Item::as_str) else { continue };
            let place = normal(&folder.join(path));
            if !place.starts_with(root) {
                dependency.insert("path", value(place.to_string_lossy().into_owned()));
            }
        }
    }

    /// Makes the package depend on the runtime, and says by which name. Where it does so already,
    /// by that.
    ///
    /// # Errors
    /// Only a feature of the package brings it.
    pub fn add_runtime(&mut self, runtime: &Runtime) -> Result<Name> {
        let name = if let Some(name) = self.known_runtime()? {
            name
        } else {
            self.text["dependencies"].or_insert(Item::Table(Table::new()))[RUNTIME] = runtime.dependency();
            RUNTIME.to_owned()
        };
        Ok(name.replace('-', "_"))
    }

    /// Whether members of the workspace can inherit the runtime from it.
    pub fn shares_runtime(&self) -> bool {
        let shared = self.text.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        shared.is_some_and(|shared| shared.get(RUNTIME).is_some())
    }

    /// What a package of the user's own needs for budgets that its tests check. Leaves alone what
    /// depends on the runtime already; says whether it did not.
    ///
    /// # Errors
    /// Only a feature of the package brings it.
    pub fn add_budgets(&mut self, runtime: &Runtime, wanted: Wanted) -> Result<bool> {
        if self.known_runtime()?.is_some() {
            return Ok(false);
        }
        for (key, is_dev) in [("dependencies", false), ("dev-dependencies", true)] {
            let table = self.text.entry(key).or_insert(Item::Table(Table::new()));
            let table = table.as_table_like_mut().with_context(|| format!("`{key}` is no table"))?;
            if table.get(RUNTIME).is_none() {
                table.insert(RUNTIME, runtime.own_dependency(wanted, is_dev));
            }
        }
        Ok(true)
    }

    fn known_runtime(&mut self) -> Result<Option<String>> {
        let Some(table) = self.text.get_mut("dependencies").and_then(Item::as_table_like_mut) else {
            return Ok(None);
        };
        for (key, item) in table.iter() {
            let package = item.get("package").and_then(Item::as_str).unwrap_or(key);
            if package == RUNTIME {
                let is_optional = item.get("optional").and_then(Item::as_bool).unwrap_or_default();
                anyhow::ensure!(!is_optional, "only a feature of the package brings {RUNTIME}");
                return Ok(Some(key.to_owned()));
            }
        }
        Ok(None)
    }
}

impl std::fmt::Display for Manifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

impl Runtime {
    /// The one that a member has, or else the published one.
    pub fn of(workspace: &Workspace) -> Self {
        let members = workspace.members();
        let known = members
            .iter()
            .flat_map(|member| &member.dependencies)
            .find(|dependency| dependency.name == RUNTIME);
        let path = known.and_then(|dependency| dependency.path.as_ref());
        path.map_or(Self::Published, |path| Self::Path(path.as_std_path().to_owned()))
    }

    /// As a person would write it.
    fn own_dependency(&self, wanted: Wanted, is_dev: bool) -> Item {
        let mut table = InlineTable::new();
        match self {
            _ if wanted.inherits => table.insert("workspace", true.into()),
            Self::Published => table.insert("version", own_version().into()),
            Self::Path(path) => table.insert("path", path.to_string_lossy().into_owned().into()),
        };
        if is_dev {
            table.insert("features", Value::Array(["install"].into_iter().collect()));
        } else if wanted.is_no_std {
            table.insert("default-features", false.into());
        } else if matches!(self, Self::Published) && !wanted.inherits {
            return value(own_version());
        }
        value(table)
    }

    fn dependency(&self) -> Item {
        let mut table = InlineTable::new();
        match self {
            Self::Published => table.insert("version", concat!("=", env!("CARGO_PKG_VERSION")).into()),
            Self::Path(path) => table.insert("path", path.to_string_lossy().into_owned().into()),
        };
        // An allocator is put into each test program apart: some have one of their own.
        table.insert("features", Value::Array(["std", "backtrace"].into_iter().collect()));
        value(table)
    }
}

/// `0.1`
fn own_version() -> String {
    format!("{}.{}", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"))
}

/// Every dependency that is a table, of whatever kind and target.
fn dependencies(manifest: &mut Table) -> Vec<(String, &mut dyn TableLike)> {
    let mut found = Vec::new();
    for (key, item) in manifest.iter_mut() {
        match key.get() {
            "dependencies" | "dev-dependencies" | "build-dependencies" | "dev_dependencies"
            | "build_dependencies" | "replace" => {
                found.extend(tables_of(item));
            }
            "workspace" => found.extend(tables_in(item, &["dependencies"])),
            "target" => {
                let targets = item
                    .as_table_like_mut()
                    .into_iter()
                    .flat_map(|table| table.iter_mut().map(|(_, item)| item));
                for target in targets.collect::<Vec<_>>() {
                    found.extend(tables_in(
                        target,
                        &["dependencies", "dev-dependencies", "build-dependencies"],
                    ));
                }
            }
            "patch" => {
                let sources = item
                    .as_table_like_mut()
                    .into_iter()
                    .flat_map(|table| table.iter_mut().map(|(_, item)| item));
                for source in sources.collect::<Vec<_>>() {
                    found.extend(tables_of(source));
                }
            }
            _ => {}
        }
    }
    found
}

fn tables_in<'a>(item: &'a mut Item, keys: &[&str]) -> Vec<(String, &'a mut dyn TableLike)> {
    let Some(table) = item.as_table_like_mut() else { return Vec::new() };
    table
        .iter_mut()
        .filter(|(key, _)| keys.contains(&key.get()))
        .flat_map(|(_, item)| tables_of(item))
        .collect()
}

fn tables_of(item: &mut Item) -> Vec<(String, &mut dyn TableLike)> {
    let Some(table) = item.as_table_like_mut() else { return Vec::new() };
    table
        .iter_mut()
        .filter_map(|(key, item)| Some((key.get().to_owned(), item.as_table_like_mut()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Manifest, Runtime, Wanted};

    fn changed(text: &str, change: impl FnOnce(&mut Manifest)) -> String {
        let mut manifest = Manifest::parse(text).unwrap();
        change(&mut manifest);
        manifest.to_string()
    }

    #[test]
    fn paths_out_of_the_copy_are_absolute() {
        let text = "\
[dependencies]
near = { path = \"../near\" }
far = { path = \"../../far\", version = \"1\" } # why
[dependencies.table]
path = \"../../table\"
[target.'cfg(unix)'.dev-dependencies]
unix = { path = \"../../unix\" }
[workspace.dependencies]
shared = { path = \"../../shared\" }
plain = \"1\"
[patch.crates-io]
patched = { path = \"./../../patched\" }
";
        let now =
            changed(text, |manifest| manifest.find_outside(Path::new("/w/root/one"), Path::new("/w/root")));
        let expected = text.replace("\"../../", "\"/w/").replace("\"./../../", "\"/w/");
        assert_eq!(now, expected);
    }

    #[test]
    fn a_lone_package_is_its_own_workspace() {
        let lone = "[package]\nname = \"x\"\n";
        assert!(changed(lone, Manifest::is_root).contains("[workspace]"));
        let workspace = "[workspace]\nmembers = [\"a\"]\n";
        assert_eq!(changed(workspace, Manifest::is_root), workspace);
    }

    #[test]
    fn a_package_gets_two_lines_and_keeps_the_others() {
        let add = |text: &str, wanted: Wanted| {
            changed(text, |manifest| assert!(manifest.add_budgets(&Runtime::Published, wanted).is_ok()))
        };
        let text =
            "[package] # why\nname = \"x\"\n\n[dependencies]\na = \"1\"   # because\n\n[features]\nf = []\n";
        let version = super::own_version();
        let dev = format!("alloc-budget = {{ version = \"{version}\", features = [\"install\"] }}");
        assert_eq!(
            add(text, Wanted::default()),
            text.replace("because\n", &format!("because\nalloc-budget = \"{version}\"\n"))
                + &format!("\n[dev-dependencies]\n{dev}\n")
        );
        let no_std = add(text, Wanted { is_no_std: true, inherits: false });
        let line = format!("alloc-budget = {{ version = \"{version}\", default-features = false }}\n");
        assert!(no_std.contains(&line), "{no_std}");
        let inherits = add(text, Wanted { inherits: true, is_no_std: false });
        assert!(inherits.contains("alloc-budget = { workspace = true }\n"), "{inherits}");
        assert!(
            inherits.contains("alloc-budget = { workspace = true, features = [\"install\"] }\n"),
            "{inherits}"
        );
        assert_eq!(add(&inherits, Wanted::default()), inherits);
    }

    #[test]
    fn the_runtime_is_optimised() {
        let own = "[profile.dev]\ndebug = 1\n";
        let manifest: toml_edit::DocumentMut = changed(own, Manifest::optimise_runtime).parse().unwrap();
        let dev = &manifest["profile"]["dev"];
        assert_eq!(dev["debug"].as_integer(), Some(1));
        assert_eq!(dev["package"]["alloc-budget"]["opt-level"].as_integer(), Some(3));
        let chosen = "[profile.dev.package.alloc-budget]\nopt-level = 1\n";
        assert_eq!(changed(chosen, Manifest::optimise_runtime), chosen);
    }

    #[test]
    fn the_runtime_is_a_dependency() {
        let runtime = Runtime::Path("/rt".into());
        let add = |text: &str| {
            let mut name = String::new();
            let text = changed(text, |manifest| name = manifest.add_runtime(&runtime).unwrap());
            (name, text)
        };
        let (name, text) = add("[package]\nname = \"x\"\n");
        assert_eq!(name, "alloc_budget");
        assert!(
            text.contains("alloc-budget = { path = \"/rt\", features = [\"std\", \"backtrace\"] }"),
            "{text}"
        );
        let known = "[dependencies]\nbudgets = { package = \"alloc-budget\", version = \"0.1\" }\n";
        assert_eq!(add(known), ("budgets".to_owned(), known.to_owned()));
        let optional = "[dependencies]\nalloc-budget = { version = \"0.1\", optional = true }\n";
        assert!(Manifest::parse(optional).unwrap().add_runtime(&runtime).is_err());
    }
}

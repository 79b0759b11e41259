//! The programs that cargo has built, and which of them a process was.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::line::Header;
use crate::paths::written;

/// A program that cargo has built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub exe: PathBuf,
    pub package: String,
    /// As the report's targets have it.
    pub kind: String,
    pub name: String,
    /// Whether it is a test program, or one that tests may start.
    pub is_test: bool,
}

impl Program {
    pub fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }

    /// As nextest calls it: `codec`, `codec::it`, `codec::bin/tool`.
    pub fn id(&self) -> String {
        let Self { package, kind, name, .. } = self;
        match kind.as_str() {
            "lib" => package.clone(),
            "test" => format!("{package}::{name}"),
            _ => format!("{package}::{kind}/{name}"),
        }
    }
}

/// What a process was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin<'a> {
    Program(&'a Program),
    /// The documentation's examples of a package.
    Doctest(String),
    /// Part of the build: its calls are not the tests'.
    Build(String),
    /// By the name of its file, without the hash that cargo adds.
    Other(String),
}

/// The programs, found by what processes say of themselves.
#[derive(Debug)]
pub struct Programs<'a> {
    by_path: HashMap<PathBuf, &'a Program>,
    /// By the name of the file, where only one has it: for programs that run elsewhere than where
    /// they were built.
    by_name: HashMap<String, Option<&'a Program>>,
    libraries: Vec<(&'a str, String)>,
}

impl<'a> Programs<'a> {
    pub fn new(programs: &'a [Program]) -> Self {
        let mut by_name = HashMap::new();
        for program in programs.iter().filter(|program| has_hash(&file_name(&program.exe))) {
            by_name.entry(file_name(&program.exe)).and_modify(|known| *known = None).or_insert(Some(program));
        }
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Self {
            by_path: programs.iter().map(|program| (canonical(&program.exe), program)).collect(),
            by_name,
            libraries: programs
                .iter()
                .filter(|program| program.kind == "lib")
                .map(|program| (program.package.as_str(), program.crate_name()))
                .collect(),
        }
    }

    pub fn origin(&self, header: &Header) -> Origin<'a> {
        // What Linux adds where the file was replaced since.
        let exe = header.exe.strip_suffix(" (deleted)").unwrap_or(&header.exe);
        let path = Path::new(exe);
        let known = path.canonicalize().ok().and_then(|path| self.by_path.get(&path));
        let name = file_name(path);
        if let Some(program) = known.or_else(|| self.by_path.get(path)) {
            return Origin::Program(program);
        }
        if written(exe).split('/').any(|part| part.starts_with("rustdoctest")) {
            return Origin::Doctest(header.package.clone().unwrap_or_default());
        }
        if let Some(Some(program)) = self.by_name.get(&name) {
            return Origin::Program(program);
        }
        let plain = without_hash(&name);
        let is_build = matches!(plain, "rustc" | "rustdoc" | "clippy-driver")
            || plain.starts_with("build-script-")
            || plain.starts_with("build_script_");
        if is_build { Origin::Build(plain.to_owned()) } else { Origin::Other(plain.to_owned()) }
    }

    /// Whether the tests of a program are those of a crate's own source.
    pub fn is_own(&self, program: &Program, package: Option<&str>, krate: &str) -> bool {
        let of_library = |(package, name): &(&str, String)| *package == program.package && name == krate;
        package == Some(program.package.as_str())
            && program.is_test
            && program.crate_name() == krate
            && (program.kind == "lib" || !self.libraries.iter().any(of_library))
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn has_hash(name: &str) -> bool {
    without_hash(name).len() < name.trim_end_matches(".exe").len()
}

/// `codec` for `codec-0123456789abcdef`.
fn without_hash(name: &str) -> &str {
    let name = name.strip_suffix(".exe").unwrap_or(name);
    match name.rsplit_once('-') {
        Some((plain, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => plain,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Program, Programs};
    use crate::record::line::Header;
    use crate::record::samples::HEADER;

    fn program(exe: &str, kind: &str, name: &str) -> Program {
        Program {
            exe: exe.into(),
            package: "codec".to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            is_test: kind != "program",
        }
    }

    fn header(exe: &str) -> Header {
        let header = HEADER.replace("/w/target/debug/deps/codec-79", exe);
        serde_json::from_str(&header).unwrap()
    }

    #[test]
    fn a_program_is_called_as_nextest_does() {
        let ids = ["lib", "test", "bin", "example"].map(|kind| program("", kind, "x").id());
        assert_eq!(ids, ["codec", "codec::x", "codec::bin/x", "codec::example/x"]);
    }

    #[test]
    fn a_process_is_known_by_its_file() {
        let programs = [
            program("/w/target/debug/deps/codec-0123456789abcdef", "lib", "codec"),
            program("/w/target/debug/codec", "program", "codec"),
        ];
        let known = Programs::new(&programs);
        for (exe, expected) in [
            ("/w/target/debug/deps/codec-0123456789abcdef", Origin::Program(&programs[0])),
            ("/w/target/debug/deps/codec-0123456789abcdef (deleted)", Origin::Program(&programs[0])),
            // Copied to another machine.
            ("/elsewhere/codec-0123456789abcdef", Origin::Program(&programs[0])),
            ("/w/target/debug/codec", Origin::Program(&programs[1])),
            ("/elsewhere/codec", Origin::Other("codec".to_owned())),
            ("/w/target/tests/helper-0123456789abcdef.exe", Origin::Other("helper".to_owned())),
            ("/tmp/rustdoctestxYz/rust_out", Origin::Doctest("codec".to_owned())),
            (
                "/w/target/debug/build/codec-01/build-script-build",
                Origin::Build("build-script-build".to_owned()),
            ),
            ("/rust/bin/rustc", Origin::Build("rustc".to_owned())),
        ] {
            assert_eq!(known.origin(&header(exe)), expected, "{exe}");
        }
    }

    #[test]
    fn a_library_comes_before_a_program_of_its_name() {
        let programs =
            [program("/a", "lib", "codec"), program("/b", "bin", "codec"), program("/c", "bin", "tool")];
        let known = Programs::new(&programs);
        let own = |at: usize, krate| known.is_own(&programs[at], Some("codec"), krate);
        assert!(own(0, "codec") && !own(1, "codec") && own(2, "tool") && !own(2, "codec"));
        assert!(!known.is_own(&programs[0], Some("other"), "codec"));
    }
}

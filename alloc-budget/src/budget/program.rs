//! What kind of program this is: one of cargo's tests and benches, or one that people use.

use std::env;
use std::path::Path;
use std::sync::OnceLock;

/// Whether this is a program that cargo makes to be run for its result: a test, a bench, or the
/// examples of the documentation.
pub(crate) fn is_test() -> bool {
    static IS_TEST: OnceLock<bool> = OnceLock::new();
    *IS_TEST.get_or_init(|| executable().is_some_and(|path| is_a_tests(Path::new(&path))))
}

/// Whether cargo, or nextest, runs it for that package.
pub(crate) fn is_of(package: &str) -> bool {
    !package.is_empty() && env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == package)
}

fn executable() -> Option<std::ffi::OsString> {
    // Miri's programs may not look around.
    let own = if cfg!(miri) { None } else { env::current_exe().ok() };
    own.map(Into::into).or_else(|| env::args_os().next())
}

/// Cargo gives programs that are to be installed a name of their own, beside one with a hash.
/// Tests and benches have the latter only. It is in `deps`, or lately in a folder of this hash. An
/// example of the documentation is `rust_out`, in a folder that rustdoc makes for it.
fn is_a_tests(path: &Path) -> bool {
    let name = |path: &Path| path.file_stem().map(|name| name.to_string_lossy().into_owned());
    let Some(stem) = name(path) else { return false };
    let folder = path.parent().and_then(name).unwrap_or_default();
    if stem == "rust_out" {
        return folder.starts_with("rustdoctest");
    }
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some((_, hash)) = stem.rsplit_once('-').filter(|(_, hash)| is_hash(hash)) else { return false };
    let is_below_hash = || path.ancestors().nth(2).and_then(name).is_some_and(|name| name == hash);
    // In another folder, someone may have called a program of theirs so.
    folder == "deps" || folder == "out" && is_below_hash() || env::var_os("CARGO_PKG_NAME").is_some()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{is_a_tests, is_test};

    #[test]
    fn knows_its_own() {
        assert!(is_test());
    }

    #[test]
    fn is_known_by_its_path() {
        for path in [
            "target/debug/deps/it-4e815a5fb40dd343",
            "/x/target/x86_64-pc-windows-msvc/release/deps/my-bench-4e815a5fb40dd343.exe",
            "/tmp/rustdoctestXUoGMi/rust_out",
            "target/release/build/app/4e815a5fb40dd343/out/it-4e815a5fb40dd343",
        ] {
            assert!(is_a_tests(Path::new(path)), "{path}");
        }
        for path in ["target/debug/mini", "/usr/bin/rust_out", "/usr/bin/tool-1", "", "/"] {
            assert!(!is_a_tests(Path::new(path)), "{path}");
        }
    }
}

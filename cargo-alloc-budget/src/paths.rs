//! Paths as reports and sources write them: no file is looked at.

use std::path::{Component, Path, PathBuf, Prefix};

/// Without `.` and `..`, as it is written: the file need not exist, and links stay.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

/// With `/` on every system.
pub(crate) fn with_slashes(path: &Path) -> String {
    let mut text = String::new();
    for part in path.components() {
        match part {
            Component::Prefix(prefix) => text.push_str(&drive(prefix.kind())),
            Component::RootDir => text.push('/'),
            part => {
                if !(text.is_empty() || text.ends_with('/')) {
                    text.push('/');
                }
                text.push_str(&part.as_os_str().to_string_lossy());
            }
        }
    }
    text
}

/// What stands in front of a path of Windows. What is canonical there is verbatim, and nothing else
/// writes paths so.
fn drive(prefix: Prefix<'_>) -> String {
    match prefix {
        Prefix::Disk(letter) | Prefix::VerbatimDisk(letter) => {
            format!("{}:", char::from(letter.to_ascii_uppercase()))
        }
        Prefix::UNC(server, share) | Prefix::VerbatimUNC(server, share) => {
            format!("//{}/{}", server.display(), share.display())
        }
        Prefix::Verbatim(name) | Prefix::DeviceNS(name) => format!("//?/{}", name.display()),
    }
}

/// A path that a compiler or a process has written, of whatever system, with `/`.
pub(crate) fn written(path: &str) -> String {
    let path = path.replace('\\', "/");
    let plain = path.strip_prefix("//?/").unwrap_or(&path);
    if let Some(share) = plain.strip_prefix("UNC/").filter(|_| plain.len() < path.len()) {
        return format!("//{share}");
    }
    match plain.as_bytes() {
        [letter, b':', b'/', ..] => {
            [&char::from(letter.to_ascii_uppercase()).to_string(), &plain[1..]].concat()
        }
        _ => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{normal, with_slashes, written};

    #[test]
    fn what_windows_writes_has_slashes() {
        for (path, expected) in [
            ("src\\codec\\mod.rs", "src/codec/mod.rs"),
            ("src/codec\\mod.rs", "src/codec/mod.rs"),
            ("C:\\w\\src\\lib.rs", "C:/w/src/lib.rs"),
            ("c:\\w\\src/lib.rs", "C:/w/src/lib.rs"),
            (r"\\?\C:\w\src\lib.rs", "C:/w/src/lib.rs"),
            (r"\\?\UNC\server\share\lib.rs", "//server/share/lib.rs"),
            (r"\\server\share\lib.rs", "//server/share/lib.rs"),
            ("UNC\\lib.rs", "UNC/lib.rs"),
            ("/w/src/lib.rs", "/w/src/lib.rs"),
            ("a:b.rs", "a:b.rs"),
        ] {
            assert_eq!(written(path), expected);
        }
    }

    #[test]
    fn a_path_is_told_with_slashes() {
        for path in ["", "src/lib.rs", "/", "/w/src/lib.rs", "../src/lib.rs"] {
            assert_eq!(with_slashes(Path::new(path)), path);
        }
    }

    #[test]
    fn dots_are_left_out_as_far_as_there_are_folders() {
        for (path, expected) in
            [("./a/../b/./c", "b/c"), ("a/../../b", "../b"), ("/a/../../b", "/../b"), ("a/b/../../c", "c")]
        {
            assert_eq!(with_slashes(&normal(Path::new(path))), expected);
        }
    }

    #[cfg(windows)]
    #[test]
    fn drives_and_shares_are_told_with_slashes() {
        for (path, expected) in [
            (r"c:\w\src\lib.rs", "C:/w/src/lib.rs"),
            (r"\\?\C:\w\src\lib.rs", "C:/w/src/lib.rs"),
            (r"\\server\share\lib.rs", "//server/share/lib.rs"),
            (r"\\?\UNC\server\share\lib.rs", "//server/share/lib.rs"),
            (r"C:\w\..\lib.rs", "C:/lib.rs"),
        ] {
            assert_eq!(with_slashes(&normal(Path::new(path))), expected);
        }
    }
}

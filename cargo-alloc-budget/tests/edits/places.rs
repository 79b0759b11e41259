//! Sources that are not where, or what, their places say at first sight.

use std::path::Path;

use crate::package::Package;

const SPENDS: &str =
    "#[alloc_budget::alloc_budget(max = 0)] fn spends() { drop(std::hint::black_box(Box::new(1_u8))); }";

/// The place of a function is that of its own file, which may be an expression.
#[test]
fn a_file_that_is_included_is_edited() {
    let package = Package::new(
        "included",
        &[
            ("src/lib.rs", "#[test] fn calls() { let spends = include!(\"inside/spends.rs\"); spends(); }"),
            ("src/inside/spends.rs", &format!("{{\n    {SPENDS}\n    spends\n}}\n")),
        ],
    );
    let said = package.tool(&["bless"]);
    said.ends_with(0);
    assert!(package.read("src/inside/spends.rs").contains("max = 1)"), "{}", said.err);
    package.test().ends_with(0);
}

/// `trim-paths` and `--remap-path-prefix` write another folder into the program.
#[cfg(unix)]
#[test]
fn a_remapped_file_is_edited() {
    use std::os::unix::fs::PermissionsExt;

    let package = Package::new(
        "remapped",
        &[(
            "src/lib.rs",
            &format!(
                "#[test] fn calls() {{ assert_eq!(file!(), \"/remapped/src/lib.rs\"); spends() }}\n{SPENDS}"
            ),
        )],
    );
    let folder = package.path("").canonicalize().unwrap();
    let rustc = "#!/bin/sh\nexec \"$@\" --remap-path-prefix src=/remapped/src\n";
    package.write("rustc.sh", rustc);
    let wrapper = folder.join("rustc.sh");
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let environment: [(&str, &Path); 1] = [("RUSTC_WORKSPACE_WRAPPER", &wrapper)];
    let said = package.tool_with(&["bless"], &environment);
    said.ends_with(0);
    assert!(said.out.contains("src/lib.rs:2: `remapped::spends`: max = 0 → max = 1"), "{}", said.out);
    assert!(package.read("src/lib.rs").contains("max = 1)"), "{}", said.err);
}

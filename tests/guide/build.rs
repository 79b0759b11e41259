//! Makes a test of every example in the guide. As doctests they run without optimisation only;
//! these run in every profile, and in nextest. Tells the tests which compiler has built them.

use std::fmt::Write;
use std::process::Command;
use std::{env, fs, path::Path};

mod page;

const GUIDE: &str = "../alloc-budget/src/manual/guide.md";

fn main() {
    println!("cargo::rerun-if-changed={GUIDE}");
    println!("cargo::rerun-if-changed=guide");
    let guide = fs::read_to_string(GUIDE).expect("the guide");
    let mut tests = String::new();
    for section in page::sections(&guide) {
        for (at, block) in section.blocks.iter().enumerate() {
            let Some(code) = block.code() else { continue };
            let name = section.anchor().replace('-', "_");
            let attribute = if block.info.is_empty() { "" } else { "#[should_panic]" };
            writeln!(tests, "#[test]\n{attribute}\nfn {name}_{at}() {{\n{code}}}\n").expect("a string");
        }
    }
    let target = Path::new(&env::var_os("OUT_DIR").expect("set by cargo")).join("guide.rs");
    fs::write(target, tests).expect("written to the build's own folder");

    let rustc = env::var_os("RUSTC").expect("set by cargo");
    let version = Command::new(rustc).arg("--version").output().expect("a compiler").stdout;
    println!("cargo::rustc-env=COMPILER={}", String::from_utf8_lossy(&version).trim_end());
}

//! `cargo alloc-budget`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_alloc_budget::main(std::env::args_os())
}

//! `cargo alloc-budget`: keeps the budgets of a workspace current.
//!
//! This library is the tool's own, and its names may change with each version. What lasts is
//! documented: the command line, the report's JSON and its schema, the exit codes.

// Said where it is not plain from the name.
#![allow(missing_docs)]

pub mod cli;
pub mod command;
pub mod config;
pub mod diff;
pub mod edit;
pub mod format;
pub mod merge;
mod paths;
pub mod prove;
pub mod ratchet;
pub mod record;
pub mod report;
pub mod run;
pub mod selection;
pub mod source;
pub mod spot;
pub mod survey;
pub mod text;
pub mod version;
pub mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

/// Runs the tool with the arguments of its process. Cargo's own way of calling it, with
/// `alloc-budget` as the first argument, is the same as without.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args: Vec<OsString> = args.into_iter().collect();
    if args.get(1).is_some_and(|arg| arg == "alloc-budget") {
        args.remove(1);
    }
    match cli::Cli::parse_from(args).run() {
        Ok(code) => code,
        Err(error) if error.is::<run::NotBuilt>() => {
            // Cargo has said why.
            error.downcast_ref::<run::NotBuilt>().map_or(1, |error| error.code).into()
        }
        Err(error) => {
            text::complain(&error);
            ExitCode::from(1)
        }
    }
}

//! Too much? Limits, the verdict on a measurement, and what is said and done about it.

pub(crate) mod action;
mod at_end;
#[cfg(all(feature = "install", not(feature = "enforce"), not(debug_assertions), any(unix, windows)))]
mod at_start;
pub(crate) mod bench;
pub(crate) mod dormant;
pub(crate) mod environment;
pub(crate) mod installed;
pub(crate) mod ledger;
pub(crate) mod measure;
pub(crate) mod overage;
pub(crate) mod program;
pub(crate) mod raise;
mod report;
pub(crate) mod settings;
pub(crate) mod subject;
pub(crate) mod unfinished;

// See `raise.rs`.
#[path = "enforce.rs"]
pub(crate) mod __rust_end_short_backtrace_enforce;
pub(crate) use __rust_end_short_backtrace_enforce as enforce;

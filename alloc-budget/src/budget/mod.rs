//! Too much? Limits, the verdict on a measurement, and what is said and done about it.

pub(crate) mod bench;
pub(crate) mod installed;
pub(crate) mod measure;
pub(crate) mod overage;
pub(crate) mod raise;
mod report;
pub(crate) mod settings;

// See `raise.rs`.
#[path = "enforce.rs"]
pub(crate) mod __rust_end_short_backtrace_enforce;
pub(crate) use __rust_end_short_backtrace_enforce as enforce;

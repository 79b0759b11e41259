//! Too much? Limits, the verdict on a measurement, and what is said and done about it.

pub(crate) mod bench;
pub(crate) mod enforce;
pub(crate) mod installed;
pub(crate) mod measure;
pub(crate) mod overage;
pub(crate) mod raise;
mod report;
pub(crate) mod settings;

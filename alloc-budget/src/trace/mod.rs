//! Where from: stacks are captured inside the allocator, and resolved to source lines outside of
//! it.

mod blocks;
pub(crate) mod boundary;
pub(crate) mod call_site;
pub(crate) mod captures;
mod first_use;
mod frame;
pub(crate) mod layouts;
pub(crate) mod names;
pub(crate) mod paths;
mod resolve;
pub(crate) mod sites;
mod spelling;
pub(crate) mod stack;
pub(crate) mod store;
mod symbols;
#[cfg(test)]
mod tests;

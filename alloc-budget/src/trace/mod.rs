//! Where from: stacks are captured inside the allocator, and resolved to source lines outside of
//! it.

mod blocks;
pub(crate) mod call_site;
pub(crate) mod captures;
pub(crate) mod names;
mod resolve;
pub(crate) mod stack;
pub(crate) mod store;
pub(crate) mod symbols;
#[cfg(test)]
mod tests;

//! Allocation budgets for functions.
#![cfg_attr(not(feature = "std"), no_std)]

pub use alloc_budget_macros::alloc_budget;

#[allow(missing_docs)]
mod limits;

#[cfg(feature = "std")]
mod allocator;
#[cfg(feature = "std")]
mod array;
#[cfg(feature = "std")]
mod budget;
#[cfg(feature = "std")]
mod call_sites;
#[cfg(feature = "std")]
mod exempt;
#[cfg(feature = "std")]
mod installed;
#[cfg(feature = "std")]
mod names;
#[cfg(feature = "std")]
mod overage;
#[cfg(feature = "std")]
mod record;
#[cfg(feature = "std")]
mod scope;
#[cfg(feature = "std")]
mod settings;
#[cfg(feature = "std")]
#[allow(missing_docs)]
mod site;
#[cfg(feature = "std")]
mod symbols;
#[cfg(feature = "std")]
mod tally;

#[doc(hidden)]
#[allow(missing_docs)]
#[cfg(feature = "std")]
#[path = "macro_support.rs"]
pub mod __macro_support;
#[doc(hidden)]
#[allow(missing_docs)]
#[cfg(not(feature = "std"))]
#[path = "inert.rs"]
pub mod __macro_support;

#[cfg(feature = "std")]
pub use crate::{
    allocator::CountingAllocator,
    budget::{Budget, Limit, Measurement, measure},
    call_sites::CallSite,
    exempt::exempt,
    installed::is_installed,
    overage::{Exceeded, OnOverage, Overage},
    record::{Record, records},
};

#[cfg(feature = "install")]
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

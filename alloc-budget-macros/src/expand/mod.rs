//! Tokens out: a budget as the statement in front of a body, or as the future around one.

mod arm;
mod budget;
mod function;
mod guard;
mod promise;
mod site;

pub(crate) use arm::arm;
pub(crate) use budget::Budget;
pub(crate) use function::budgeted;
pub(crate) use promise::Promise;

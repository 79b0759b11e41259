//! A function with a budget compiles wherever it compiles without, and does the same. One test for
//! each shape that an attribute gets wrong when it rebuilds, wraps or names something.
//!
//! More of them, one program a subject, are in `ui/pass`, those of each edition in
//! `fixtures/editions`, and what lints say in `fixtures/lints`.

// Better shapes would be others.
#![allow(clippy::boxed_local, clippy::needless_pass_by_value, clippy::unnecessary_wraps)]

mod bodies;
mod generated;
mod names;
mod places;
mod signatures;

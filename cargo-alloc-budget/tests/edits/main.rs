//! `bless` and `tighten` on packages that are built and run: what they change is the numbers that
//! the tests need, and what they can't change, they say.

mod gallery;
mod made;
mod package;
mod places;
mod random;
mod refusals;
mod rounds;
mod unreached;

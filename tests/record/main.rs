//! `ALLOC_BUDGET_RECORD`: what a process writes of its budgets, whatever becomes of it. Each test
//! runs its subject in a process of its own, and reads the files.

mod budgets;
mod ends;
mod folders;
mod forks;
mod lines;
mod many;
mod overages;
mod process;
mod states;
mod traced;

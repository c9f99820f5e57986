#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test ends where it cannot go on")]

//! The command as its users run it: processes, exit codes, standard output and error.

mod check;
mod demo_and_init;
mod faults;
mod flow;
mod groups;
mod journal;
mod load;
mod metrics;
mod reference;
mod run;
mod schemas;
mod serve;
mod support;
mod topics;

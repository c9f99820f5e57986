//! These tests cover the parts of the state, and the whole state as a machine.
//!
//! - `machine`: the same inputs lead to the same outputs; a clone is an independent cluster; time in one jump or in many.
//! - `configs`: the tables of configs, and the settings that are read from properties.
//! - `log`: searches in a log, compaction and retention, against models.
//! - `re2`: patterns in the syntax of RE2/J.
//! - `coordinator_records`: what coordinators write stays small, and of a clone is its own.
//! - `consumer_groups`: groups of the consumer protocol under random members.

mod configs;
mod consumer_groups;
mod coordinator_records;
mod log;
mod machine;
mod re2;

//! What is fuzzed: the broker's targets and the schema registry's.

mod targets;

pub mod registry;

pub use self::targets::*;

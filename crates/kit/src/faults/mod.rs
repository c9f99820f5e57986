//! Fault rules as data: read from JSON, YAML and TOML, for files and other languages, and reported in words. A test in Rust
//! arms them by [`Faults`](crate::Faults).

mod action;
#[cfg(feature = "fault-files")]
mod file;
mod fit;
mod form;
mod idle;
mod preset;
#[cfg(test)]
mod tests;
mod when;

pub use kafka_trial_broker::{
    Corruption, FaultAction, FaultRule, FaultStatus, Hint, Level, NearMiss, OncePer, Parts, When, dry_run,
};

#[cfg(feature = "fault-files")]
pub use self::file::{FaultFile, FaultFileError};
pub(crate) use self::form::about;
pub use self::form::rule_from_json;
pub use self::idle::never_acted;
pub use self::preset::{PRESETS, Preset};

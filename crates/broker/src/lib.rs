//! This crate is the embedded Kafka cluster: Kafka's protocol in front of [`kafka_trial_core`], and a thin network
//! layer.
//!
//! ```text
//! client ──TCP──> net ──> driver ──> api ──> core's State
//!                            │        ├────> journal
//!                            └────────┴────> traffic
//! ```
//! Each module may use those to its right and none to its left; a check of the test command enforces that.
//!
//! - `net`: sockets, frames and the real time. `driver`: feeds the state with requests and time, and wakes waiting
//!   requests.
//! - `api`: one file per Kafka API; all answers leave through `api/dispatch.rs`.
//! - [`journal`]: requests with their outcomes, events, and the reasons for closed connections.
//! - `traffic`: connections, waiting requests and fetch sessions, which a fork does not copy.
//! - [`Cluster`] (`cluster`): the owner's controls and views. [`Cluster::start`] binds the listeners, puts the driver
//!   on its own thread and returns. Dropping it ends the thread and closes every socket before `drop` returns. It has
//!   one owner, no shared state and no statics.
//! - [`Simulation`]: the same cluster without sockets and clock, for searches by seed.
//! - `release`: the older releases of Kafka that a cluster can imitate.

mod api;
mod cluster;
mod config;
mod driver;
mod faults;
pub mod journal;
mod net;
mod release;
mod simulation;
#[cfg(test)]
mod tests;
mod traffic;

pub use kafka_trial_core::{Due, DueKind, Event, Happened, IgnoredProperty, LeftBehind, SettingError, Time};

pub use self::api::{ServedApi, served_apis};
pub use self::cluster::{
    Cluster, ControlError, Fork, ForkError, ForkOptions, GroupSummary, InspectError, OffsetSummary, PartitionSummary,
    StartError, StoredRecord, TopicSummary,
};
pub use self::config::{Advertised, ClusterConfig, TopicSpec};
pub use self::faults::{
    Corruption, FaultAction, FaultError, FaultRule, FaultStatus, FiredFault, Hint, Level, Misses, NearMiss, OncePer,
    Parts, When, dry_run, is_like,
};
pub use self::release::{Release, UnknownRelease};
pub use self::simulation::{Answer, Simulation};

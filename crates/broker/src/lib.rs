//! The embedded Kafka cluster: Kafka's protocol in front of [`kafka_trial_core`], and a thin network shell.
//!
//! ```text
//! client ──TCP──> net ──> driver ──> api ──> core's State
//!                            │        ├────> journal
//!                            └────────┴────> traffic
//! ```
//! Each room knows those to its right, and none to its left; a check of the test command guards it.
//!
//! - `net`: sockets, frames, and the real time. `driver`: feeds the state with requests and time, and wakes what waits.
//! - `api`: one file per Kafka API; `api/dispatch.rs` is the one exit of all answers.
//! - [`journal`]: what clients asked and were answered, what happened, why connections were closed.
//! - `traffic`: connections, requests that wait, fetch sessions: what a fork leaves behind.
//! - [`Cluster`] (`cluster`): what its owner may do with it and see of it. [`Cluster::start`] binds the listeners, puts the
//!   driver on a thread of its own and returns; dropping it ends the thread and closes every socket before `drop` returns.
//!   One owner, nothing shared, no statics.
//! - [`Simulation`]: the same cluster without sockets and clock, for searches by seed.
//! - `release`: the older releases of Kafka that a cluster can pass for.

mod api;
mod cluster;
mod config;
mod driver;
pub mod journal;
mod net;
mod release;
mod simulation;
#[cfg(test)]
mod tests;
mod traffic;

pub use kafka_trial_core::{Event, Happened, IgnoredProperty, SettingError, Time};

pub use self::api::{ServedApi, served_apis};
pub use self::cluster::{
    Cluster, ControlError, GroupSummary, InspectError, OffsetSummary, PartitionSummary, StartError, StoredRecord,
    TopicSummary,
};
pub use self::config::{Advertised, ClusterConfig, TopicSpec};
pub use self::release::{Release, UnknownRelease};
pub use self::simulation::{Answer, Simulation};

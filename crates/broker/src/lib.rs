//! The embedded Kafka cluster: Kafka's protocol in front of [`kafka_trial_core`], and a thin network shell.
//!
//! ```text
//! client ──TCP──> net (frames) ──> driver ──> api (one file per Kafka API) ──> core's State (topics, groups, time)
//!                                    └─ traffic: connections, requests that wait, fetch sessions, the journal
//! ```
//! [`Cluster::start`] binds its listeners, puts the driver on a thread of its own and returns; dropping the
//! [`Cluster`] ends the thread and closes every socket before `drop` returns. One owner, nothing shared, no statics.
//!
//! - `driver`: feeds the state with requests and time. `api::dispatch`: the one exit of all answers.
//! - [`journal`]: what clients asked and were answered, what happened, why connections were closed.
//! - `control`, `inspect`, `summary`: what the owner of a cluster may do with it and see of it.
//! - [`Simulation`]: the same cluster without sockets and clock, for searches by seed. `release`: the older releases of Kafka that a cluster can pass for.

mod api;
mod cluster;
mod config;
mod control;
mod driver;
mod inspect;
pub mod journal;
mod net;
mod release;
mod simulation;
mod summary;
#[cfg(test)]
mod tests;
mod traffic;

pub use kafka_trial_core::{Event, Happened, IgnoredProperty, SettingError, Time};

pub use self::api::{ServedApi, served_apis};
pub use self::cluster::{Cluster, StartError};
pub use self::config::{Advertised, ClusterConfig, TopicSpec};
pub use self::control::ControlError;
pub use self::inspect::{InspectError, StoredRecord};
pub use self::release::{Release, UnknownRelease};
pub use self::simulation::{Answer, Simulation};
pub use self::summary::{GroupSummary, OffsetSummary, PartitionSummary, TopicSummary};

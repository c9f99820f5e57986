//! The embedded Kafka cluster: a deterministic core and a thin network shell.
//!
//! ```text
//! client ──TCP──> net (frames, waiting) ──> api (one file per Kafka API) ──> core (topics, logs, groups, time)
//! ```
//! [`Cluster::start`] binds its listeners, puts the core on a thread of its own and returns; dropping the
//! [`Cluster`] ends the thread and closes every socket before `drop` returns. One owner, nothing shared, no statics.

mod api;
mod cluster;
mod config;
mod control;
mod core;
mod inspect;
pub mod journal;
mod net;
mod release;
mod summary;

pub use self::api::{ServedApi, served_apis};
pub use self::cluster::{Cluster, StartError};
pub use self::config::{Advertised, ClusterConfig, TopicSpec};
pub use self::control::ControlError;
pub use self::core::{IgnoredProperty, SettingError, Time};
pub use self::inspect::{InspectError, StoredRecord};
pub use self::release::{Release, UnknownRelease};
pub use self::summary::{GroupSummary, OffsetSummary, PartitionSummary, TopicSummary};

//! What a Kafka test imports.
//!
//! - [`config`]: [`KafkaTestConfig`](config::KafkaTestConfig), the addresses, topics and client settings of a test run.
//! - [`utilities`]: connectivity, topics, publishing, consuming and tracking by correlation id, on any cluster.
//! - [`responder`]: a service in this process that answers requests.
//! - [`check`]: says why a cluster cannot be used, and what to do about it.
//! - [`client`]: the direct client beneath them.
//! - [`scaffold`]: the modules that a Python project imports by its own path.
//! - [`Cluster`]: an embedded Kafka cluster in this process.

pub mod check;
pub mod client;
pub mod config;
pub mod responder;
pub mod scaffold;
pub mod utilities;

pub use kafka_trial_broker::{
    Cluster, ClusterConfig, InspectError, SettingError, StartError, StoredRecord, Time, TopicSpec,
};

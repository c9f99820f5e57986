//! What a Kafka test imports.
//!
//! - [`config`]: [`KafkaTestConfig`](config::KafkaTestConfig), the addresses, topics and client settings of a test run.
//! - [`Cluster`]: an embedded Kafka cluster in this process.

pub mod config;

pub use kafka_trial_broker::{
    Cluster, ClusterConfig, InspectError, SettingError, StartError, StoredRecord, Time, TopicSpec,
};

//! A partition is named by its topic's name or id, as in Kafka's classes of the same names.

use std::fmt;
use std::sync::Arc;

use kafka_trial_wire::Uuid;

/// A partition, by its topic's name (`TopicPartition`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's index.
    pub partition: i32,
}

impl TopicPartition {
    /// Returns a partition of the topic with this name.
    pub fn new(topic: impl Into<Arc<str>>, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// A partition, by its topic's id (`TopicIdPartition`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicIdPartition {
    /// The topic's id.
    pub topic: Uuid,
    /// The partition's index.
    pub partition: i32,
}

impl TopicIdPartition {
    /// Returns a partition of the topic with this id.
    pub fn new(topic: Uuid, partition: i32) -> Self {
        Self { topic, partition }
    }
}

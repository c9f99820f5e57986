//! A position in a log.

use std::fmt;

use crate::client::{ReceivedRecord, TopicPartition};

/// Where one record lies: `orders-0@42` is offset 42 of partition 0 of `orders`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The topic.
    pub topic: String,
    /// The partition's number.
    pub partition: i32,
    /// The offset in it.
    pub offset: i64,
}

impl Place {
    /// Where a record lies.
    pub(crate) fn of(record: &ReceivedRecord) -> Self {
        Self { topic: record.topic.clone(), partition: record.partition, offset: record.offset }
    }

    /// The partition alone.
    pub fn topic_partition(&self) -> TopicPartition {
        TopicPartition { topic: self.topic.clone(), partition: self.partition }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}@{}", self.topic, self.partition, self.offset)
    }
}

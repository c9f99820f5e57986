//! Events report what happens in a cluster: the driver wakes fetches by them, and a flow, a console or a file can
//! follow them.

use std::fmt;
use std::sync::Arc;

use kafka_trial_wire::{ErrorCode, Uuid};

use crate::Time;

/// An event with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The time of the event, on the cluster's clock.
    pub at: Time,
    /// The event.
    pub event: Event,
}

/// A change in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A topic was created.
    TopicCreated {
        /// The topic's name.
        topic: Arc<str>,
        /// Its id.
        id: Uuid,
        /// How many partitions the topic has.
        partitions: i32,
    },
    /// A topic was deleted, with its records and the offsets that groups had committed for it.
    TopicDeleted {
        /// The topic's name.
        topic: Arc<str>,
        /// The topic's former id.
        id: Uuid,
    },
    /// Partitions were added to a topic.
    PartitionsAdded {
        /// The topic.
        topic: Arc<str>,
        /// How many partitions the topic has now.
        partitions: i32,
    },
    /// A batch was appended.
    Appended {
        /// The topic.
        topic: Arc<str>,
        /// The topic's id.
        id: Uuid,
        /// The partition.
        partition: i32,
        /// The offset of the batch's first record.
        first: i64,
        /// The offset of the batch's last record.
        last: i64,
    },
    /// The beginning of a log was deleted: by DeleteRecords or by retention.
    Truncated {
        /// The topic.
        topic: Arc<str>,
        /// The topic's id.
        id: Uuid,
        /// The partition.
        partition: i32,
        /// The first offset that can be read now.
        start: i64,
    },
    /// A partition's log was compacted.
    Compacted {
        /// The topic.
        topic: Arc<str>,
        /// The partition.
        partition: i32,
    },
    /// A partition has a different leader, or the same one in a new epoch.
    LeaderMoved {
        /// The topic.
        topic: Arc<str>,
        /// The topic's id.
        id: Uuid,
        /// The partition.
        partition: i32,
        /// The new leader; -1 for none.
        leader: i32,
        /// The leader epoch.
        epoch: i32,
    },
    /// A broker stopped.
    BrokerStopped {
        /// Its id.
        broker: i32,
    },
    /// A broker started.
    BrokerStarted {
        /// Its id.
        broker: i32,
    },
    /// A group has a new generation (classic protocol) or epoch (consumer protocol).
    GroupRebalanced {
        /// The group.
        group: Arc<str>,
        /// The generation or epoch.
        generation: i32,
        /// How many members the group has.
        members: usize,
    },
    /// A member left because its session ended or because it did not join a rebalance in time.
    MemberExpired {
        /// The group.
        group: Arc<str>,
        /// The member's id.
        member: String,
    },
    /// A group committed an offset.
    OffsetCommitted {
        /// The group.
        group: Arc<str>,
        /// The topic.
        topic: Arc<str>,
        /// The partition.
        partition: i32,
        /// The offset of the record that the group reads next.
        offset: i64,
    },
    /// A group was deleted.
    GroupDeleted {
        /// The group.
        group: Arc<str>,
    },
    /// A transaction began with its first partition.
    TransactionBegan {
        /// The transactional id.
        id: Arc<str>,
        /// The producer's id.
        producer_id: i64,
    },
    /// All markers of a transaction are written.
    TransactionEnded {
        /// The transactional id.
        id: Arc<str>,
        /// The producer's id.
        producer_id: i64,
        /// Whether the transaction was committed; otherwise it was aborted.
        committed: bool,
    },
    /// The producer of an open transaction is fenced, and the transaction will be aborted.
    ProducerFenced {
        /// The transactional id.
        id: Arc<str>,
        /// The reason: [`ErrorCode::TRANSACTION_ABORTABLE`] after the transaction's time-out, otherwise
        /// [`ErrorCode::PRODUCER_FENCED`] because of a new producer with the same transactional id.
        reason: ErrorCode,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TopicCreated { topic, partitions, .. } => {
                write!(f, "topic {topic} created with {partitions} partition(s)")
            }
            Self::TopicDeleted { topic, .. } => write!(f, "topic {topic} deleted"),
            Self::PartitionsAdded { topic, partitions } => write!(f, "topic {topic} has {partitions} partitions now"),
            Self::Appended { topic, partition, first, last, .. } if first == last => {
                write!(f, "{topic}-{partition}@{first} appended")
            }
            Self::Appended { topic, partition, first, last, .. } => {
                write!(f, "{topic}-{partition}@{first} to {last} appended")
            }
            Self::Truncated { topic, partition, start, .. } => {
                write!(f, "{topic}-{partition} begins at offset {start} now")
            }
            Self::Compacted { topic, partition } => write!(f, "{topic}-{partition} compacted"),
            Self::LeaderMoved { topic, partition, leader: -1, epoch, .. } => {
                write!(f, "{topic}-{partition} has no leader in epoch {epoch}")
            }
            Self::LeaderMoved { topic, partition, leader, epoch, .. } => {
                write!(f, "broker {leader} leads {topic}-{partition} in epoch {epoch}")
            }
            Self::BrokerStopped { broker } => write!(f, "broker {broker} stopped"),
            Self::BrokerStarted { broker } => write!(f, "broker {broker} started"),
            Self::GroupRebalanced { group, generation, members } => {
                write!(f, "group {group} has generation {generation} and {members} member(s)")
            }
            Self::MemberExpired { group, member } => write!(f, "member {member} of group {group} expired"),
            Self::OffsetCommitted { group, topic, partition, offset } => {
                write!(f, "group {group} committed offset {offset} of {topic}-{partition}")
            }
            Self::GroupDeleted { group } => write!(f, "group {group} deleted"),
            Self::TransactionBegan { id, .. } => write!(f, "transaction of {id} began"),
            Self::TransactionEnded { id, committed: true, .. } => write!(f, "transaction of {id} committed"),
            Self::TransactionEnded { id, .. } => write!(f, "transaction of {id} aborted"),
            Self::ProducerFenced { id, .. } => write!(f, "producer of {id} fenced"),
        }
    }
}

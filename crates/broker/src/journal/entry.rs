//! An entry of the journal holds a request and its outcome.

use std::sync::Arc;
use std::time::Duration;

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{CloseReason, names};
use kafka_trial_core::Time;

/// A request with its outcome. In JSON, APIs and errors have Kafka's names, and times are in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The entry's number, from 0 on, in the order in which the requests ended. A waiting request has the number that
    /// it would get now.
    pub sequence: u64,
    /// The broker that received the request.
    pub broker: i32,
    /// The request's connection, numbered from 0 in the order in which the cluster accepted them.
    pub connection: u64,
    /// `client.id` of the client; empty if it sent none.
    pub client_id: Arc<str>,
    /// The API of the request.
    #[serde(with = "names::api")]
    pub api: ApiKey,
    /// The version of the request.
    pub version: i16,
    /// The client's number for the request.
    pub correlation_id: i32,
    /// When the request was read, on the cluster's only clock, which is monotonic and counts from the Unix epoch.
    /// [`StoredRecord::appended`](crate::StoredRecord) of the request's records has the same value.
    pub received: Time,
    /// When the answer was handed to the connection, or was known never to come; `None` while the request waits.
    pub ended: Option<Time>,
    /// How the request ended.
    pub ending: Ending,
    /// The reason why the broker closed the connection without an answer; set with [`Ending::Closed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_reason: Option<Box<CloseReason>>,
    /// The first error in the answer; [`ErrorCode::NONE`] if there is none.
    #[serde(with = "names::error", default = "names::no_error", skip_serializing_if = "names::is_no_error")]
    pub error: ErrorCode,
    /// The parts of the request and the answer that the journal keeps.
    #[serde(default, skip_serializing_if = "Detail::is_other")]
    pub detail: Detail,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The request has not ended: a fetch waits for records, or a join for the other members.
    Waiting,
    /// The broker answered the request.
    Answered,
    /// The client wanted no answer: Produce with `acks=0`.
    Silent,
    /// The broker closed the connection: the request cannot be read or is not served.
    Closed,
    /// The client closed the connection before the answer was ready.
    Disconnected,
}

/// The parts of a request and its answer that the journal keeps, by API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Detail {
    /// Produce.
    Produce(Produce),
    /// Fetch.
    Fetch(Fetch),
    /// OffsetCommit and TxnOffsetCommit.
    Commit(Commit),
    /// JoinGroup, SyncGroup, Heartbeat, LeaveGroup (an element per member) and ConsumerGroupHeartbeat.
    Members(Vec<Membership>),
    /// InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn and EndTxn.
    Transaction(Transaction),
    /// The topics of Metadata, ListOffsets, CreateTopics, DeleteTopics and similar APIs.
    Topics(Vec<Arc<str>>),
    /// The groups of FindCoordinator, OffsetFetch, DescribeGroups and DeleteGroups.
    Groups(Vec<Arc<str>>),
    /// The journal keeps no details of this API.
    #[default]
    Other,
}

/// One value for each partition. Most requests have one, which needs no separate memory: such allocations would lie
/// between the batches of the logs and make both slower to reach.
pub type Partitions<T> = SmallVec<[T; 1]>;

/// A Produce request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Produce {
    /// The acknowledgements that the producer wants: -1 for all in-sync replicas, 0 for none.
    pub acks: i16,
    /// The transactional id of the producer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transactional_id: Option<Arc<str>>,
    /// The partitions, in the order of the request.
    pub partitions: Partitions<Produced>,
}

/// A batch that was produced to a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Produced {
    /// The topic; empty if no topic has the id in the request.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offsets of the batch's records in the log; `None` if it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offsets: Option<Offsets>,
    /// The size of the batch in the request, in bytes.
    pub bytes: usize,
    /// The idempotent producer, and the sequence of the batch's first record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<ProducerState>,
    /// Whether the batch was in the log already, and was not appended again (KIP-98).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_duplicate: bool,
    /// The error of the partition.
    #[serde(with = "names::error", default = "names::no_error", skip_serializing_if = "names::is_no_error")]
    pub error: ErrorCode,
}

/// An idempotent producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProducerState {
    /// The producer's id.
    pub id: i64,
    /// The producer's epoch.
    pub epoch: i16,
    /// The sequence of the first record; -1 without records.
    pub sequence: i32,
}

/// The offsets of consecutive records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offsets {
    /// The offset of the first record.
    pub first: i64,
    /// The offset of the last record.
    pub last: i64,
}

impl Offsets {
    /// Returns whether an offset is in the range.
    pub fn contains(self, offset: i64) -> bool {
        (self.first..=self.last).contains(&offset)
    }
}

/// A Fetch request. It names no group: the fetching member is known by its client id, if only one member has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// Whether records of open and aborted transactions are left out (`isolation.level=read_committed`).
    pub read_committed: bool,
    /// All partitions of the fetch or its session (KIP-227), in the order in which they are read.
    pub partitions: Partitions<Fetched>,
}

/// A partition of a fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The topic; empty if no topic has the id in the request.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset from which the client reads.
    pub from: i64,
    /// The offsets in the answer; `None` if it holds no whole batch. Control records count too, and so do records of
    /// aborted transactions, which the client drops itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offsets: Option<Offsets>,
    /// How many bytes of records the answer holds.
    pub bytes: usize,
    /// The error of the partition.
    #[serde(with = "names::error", default = "names::no_error", skip_serializing_if = "names::is_no_error")]
    pub error: ErrorCode,
}

/// An OffsetCommit or TxnOffsetCommit request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The committing member; without a member id and with generation -1 if the client is not a member.
    pub membership: Membership,
    /// The producer of the transaction; the offsets count when it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<ProducerState>,
    /// The partitions, in the order of the request.
    pub partitions: Partitions<Committed>,
}

/// A committed offset of a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// The topic; empty if no topic has the id in the request.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset of the record that the group reads next.
    pub offset: i64,
    /// The error of the partition.
    #[serde(with = "names::error", default = "names::no_error", skip_serializing_if = "names::is_no_error")]
    pub error: ErrorCode,
}

/// A member of a group, as the request and the answer name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The group.
    pub group: Arc<str>,
    /// The member id; empty if the member has none yet.
    pub member: Arc<str>,
    /// `group.instance.id` of a static member (KIP-345).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Arc<str>>,
    /// The generation, or the member epoch with the consumer protocol (KIP-848); -1 if there is none.
    pub generation: i32,
}

/// A producer's request for its id, or about its transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The transactional id of the producer; `None` if it is only idempotent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transactional_id: Option<Arc<str>>,
    /// The producer's id and epoch; after InitProducerId and EndTxn, the new ones.
    pub producer: ProducerState,
    /// Whether EndTxn commits; `None` for other APIs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<bool>,
    /// The group whose offsets AddOffsetsToTxn announces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Arc<str>>,
}

impl Entry {
    /// What a fault rule looks at when a broker has accepted a connection, and nothing was asked yet.
    pub(crate) fn of_connection(broker: i32, connection: u64, received: Time) -> Self {
        Self {
            sequence: 0,
            broker,
            connection,
            client_id: "".into(),
            api: ApiKey::ApiVersions,
            version: 0,
            correlation_id: 0,
            received,
            ended: None,
            ending: Ending::Waiting,
            close_reason: None,
            error: ErrorCode::NONE,
            detail: Detail::Other,
        }
    }

    /// Returns how long the request took from its arrival to its end, including the time that it waited; `None` while
    /// it waits.
    pub fn duration(&self) -> Option<Duration> {
        self.ended.map(|ended| Duration::from_micros(self.received.micros_until(ended)))
    }

    /// Returns whether the request failed: its answer has an error, or an expected answer is missing.
    pub fn is_error(&self) -> bool {
        self.error != ErrorCode::NONE || self.ending == Ending::Closed
    }

    /// Returns the member that sent the request; the first one if LeaveGroup names several.
    pub fn membership(&self) -> Option<&Membership> {
        match &self.detail {
            Detail::Commit(commit) => Some(&commit.membership),
            Detail::Members(members) => members.first(),
            _ => None,
        }
    }

    /// Returns the groups that the request names.
    pub fn groups(&self) -> Vec<&str> {
        match &self.detail {
            Detail::Groups(groups) => groups.iter().map(|group| &**group).collect(),
            Detail::Transaction(step) => step.group.as_deref().into_iter().collect(),
            _ => self.membership().map(|membership| &*membership.group).into_iter().collect(),
        }
    }

    /// The partitions that it names, each with its topic.
    pub fn partitions(&self) -> Vec<(&str, i32)> {
        match &self.detail {
            Detail::Produce(produce) => produce.partitions.iter().map(|of| (&*of.topic, of.partition)).collect(),
            Detail::Fetch(fetch) => fetch.partitions.iter().map(|of| (&*of.topic, of.partition)).collect(),
            Detail::Commit(commit) => commit.partitions.iter().map(|of| (&*of.topic, of.partition)).collect(),
            _ => Vec::new(),
        }
    }

    /// The transactional id that it names.
    pub fn transactional_id(&self) -> Option<&str> {
        match &self.detail {
            Detail::Produce(produce) => produce.transactional_id.as_deref(),
            Detail::Transaction(step) => step.transactional_id.as_deref(),
            _ => None,
        }
    }

    /// Returns the topics that the request names, once for each partition.
    pub fn topics(&self) -> Vec<&str> {
        match &self.detail {
            Detail::Produce(produce) => produce.partitions.iter().map(|of| &*of.topic).collect(),
            Detail::Fetch(fetch) => fetch.partitions.iter().map(|of| &*of.topic).collect(),
            Detail::Commit(commit) => commit.partitions.iter().map(|of| &*of.topic).collect(),
            Detail::Topics(topics) => topics.iter().map(|topic| &**topic).collect(),
            _ => Vec::new(),
        }
    }
}

impl Detail {
    fn is_other(&self) -> bool {
        *self == Self::Other
    }
}

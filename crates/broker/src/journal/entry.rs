//! A request and what came of it, as the journal keeps it.

use std::sync::Arc;
use std::time::Duration;

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{CloseReason, names};
use kafka_trial_core::Time;

/// A request, and what came of it. As JSON, APIs and errors go by Kafka's names and times are in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the journal, from 0 on: requests are numbered in the order in which they ended. For one that still
    /// waits, the place that it would have now.
    pub sequence: u64,
    /// The broker that was asked.
    pub broker: i32,
    /// The connection that it came on, numbered from 0 in the order in which the cluster accepted them.
    pub connection: u64,
    /// What the client calls itself; empty where it gave nothing.
    pub client_id: Arc<str>,
    /// What was asked.
    #[serde(with = "names::api")]
    pub api: ApiKey,
    /// In which version.
    pub version: i16,
    /// The number that the client gave it.
    pub correlation_id: i32,
    /// When it had been read, on the broker's one clock: it runs monotonically and counts from the Unix epoch, so it is
    /// the wall clock too. It equals [`StoredRecord::appended`](crate::StoredRecord) of what the request appended.
    pub received: Time,
    /// When its answer was handed to the connection, or was known not to come; none while it waits.
    pub ended: Option<Time>,
    /// How it ended.
    pub ending: Ending,
    /// Why the broker closed the connection instead of answering; set with [`Ending::Closed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_reason: Option<Box<CloseReason>>,
    /// The first error in its answer; [`ErrorCode::NONE`] where there is none.
    #[serde(with = "names::error", default = "names::no_error", skip_serializing_if = "names::is_no_error")]
    pub error: ErrorCode,
    /// What the API was asked to do, and did.
    #[serde(default, skip_serializing_if = "Detail::is_other")]
    pub detail: Detail,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It has not: a fetch that waits for records, a join that waits for the other members.
    Waiting,
    /// By an answer.
    Answered,
    /// Without an answer, as the client wants it: Produce with `acks=0`.
    Silent,
    /// The broker closed the connection: what it was sent cannot be read or is not served.
    Closed,
    /// The client closed the connection before its answer was there.
    Disconnected,
}

/// What an API was asked to do, and did.
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
    /// The topics that an API of topics names: Metadata, ListOffsets, CreateTopics, DeleteTopics and their kin.
    Topics(Vec<Arc<str>>),
    /// The groups that an API of groups names: FindCoordinator, OffsetFetch, DescribeGroups, DeleteGroups.
    Groups(Vec<Arc<str>>),
    /// Nothing that is kept.
    #[default]
    Other,
}

/// What there is of each partition: mostly of one, which takes no memory of its own. What the ring keeps would otherwise
/// lie between the batches of the logs, and both would be slower to reach.
pub type Partitions<T> = SmallVec<[T; 1]>;

/// What was produced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Produce {
    /// How many acknowledgements were asked for: -1 for all in-sync replicas, 0 for none.
    pub acks: i16,
    /// The transactional producer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transactional_id: Option<Arc<str>>,
    /// In the order of the request.
    pub partitions: Partitions<Produced>,
}

/// A batch for a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Produced {
    /// The topic; empty where it was named by an id that no topic has.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// Where its records are in the log; none where it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offsets: Option<Offsets>,
    /// The size of the batch in bytes, as it was sent.
    pub bytes: usize,
    /// The idempotent producer and the sequence of its first record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<ProducerState>,
    /// Whether it was in the log already, and was answered with its place there instead of being appended (KIP-98).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_duplicate: bool,
    /// Why it was refused.
    #[serde(with = "names::error", default = "names::no_error", skip_serializing_if = "names::is_no_error")]
    pub error: ErrorCode,
}

/// An idempotent producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProducerState {
    /// Its id.
    pub id: i64,
    /// Its epoch.
    pub epoch: i16,
    /// The sequence of the first record; -1 where there are no records.
    pub sequence: i32,
}

/// The offsets of records that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offsets {
    /// Of the first.
    pub first: i64,
    /// Of the last.
    pub last: i64,
}

impl Offsets {
    /// Whether an offset is among them.
    pub fn contains(self, offset: i64) -> bool {
        (self.first..=self.last).contains(&offset)
    }
}

/// What was fetched. The request names no group: the member that fetches is the one whose requests to the coordinator
/// have the same client id, as far as one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// Whether records of open and aborted transactions are left out (`isolation.level=read_committed`).
    pub read_committed: bool,
    /// All partitions that the fetch or its session (KIP-227) wants, in the order in which they are read.
    pub partitions: Partitions<Fetched>,
}

/// What was fetched of a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The topic; empty where it was named by an id that no topic has.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset that was asked for: where the reader stands.
    pub from: i64,
    /// What the answer holds from there on; none where it holds no whole batch. Control records count too, and so do
    /// records of aborted transactions, which the client drops by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offsets: Option<Offsets>,
    /// How many bytes of records the answer holds.
    pub bytes: usize,
    /// Why nothing could be read.
    #[serde(with = "names::error", default = "names::no_error", skip_serializing_if = "names::is_no_error")]
    pub error: ErrorCode,
}

/// Offsets that were committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Who commits; without a member and with generation -1 where it is no member.
    pub membership: Membership,
    /// The producer whose transaction they are part of; they count when that ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<ProducerState>,
    /// In the order of the request.
    pub partitions: Partitions<Committed>,
}

/// An offset that was committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// The topic; empty where it was named by an id that no topic has.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset of the record that is read next.
    pub offset: i64,
    /// Why it was refused.
    #[serde(with = "names::error", default = "names::no_error", skip_serializing_if = "names::is_no_error")]
    pub error: ErrorCode,
}

/// A member of a group, as it calls itself in a request and as the answer calls it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The group.
    pub group: Arc<str>,
    /// The member id; empty where it has none yet.
    pub member: Arc<str>,
    /// What a static member is called (KIP-345).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Arc<str>>,
    /// The generation, or by the consumer protocol (KIP-848) the member epoch; -1 where there is none.
    pub generation: i32,
}

/// A step of a producer's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The transactional producer; none where it is only idempotent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transactional_id: Option<Arc<str>>,
    /// Its id and epoch: after InitProducerId and EndTxn those that it goes on with.
    pub producer: ProducerState,
    /// Whether EndTxn commits; none for other APIs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<bool>,
    /// The group whose offsets AddOffsetsToTxn announces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Arc<str>>,
}

impl Entry {
    /// How long it took from having been read to its end, with the time that it waited; none while it waits.
    pub fn duration(&self) -> Option<Duration> {
        self.ended.map(|ended| Duration::from_micros(self.received.micros_until(ended)))
    }

    /// Whether it failed: its answer has an error, or there was none where one was owed.
    pub fn is_error(&self) -> bool {
        self.error != ErrorCode::NONE || self.ending == Ending::Closed
    }

    /// The member of a group that it is from; the first where LeaveGroup names several.
    pub fn membership(&self) -> Option<&Membership> {
        match &self.detail {
            Detail::Commit(commit) => Some(&commit.membership),
            Detail::Members(members) => members.first(),
            _ => None,
        }
    }

    /// The groups that it names.
    pub fn groups(&self) -> Vec<&str> {
        match &self.detail {
            Detail::Groups(groups) => groups.iter().map(|group| &**group).collect(),
            Detail::Transaction(step) => step.group.as_deref().into_iter().collect(),
            _ => self.membership().map(|membership| &*membership.group).into_iter().collect(),
        }
    }

    /// The topics that it names, one partition after the other.
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

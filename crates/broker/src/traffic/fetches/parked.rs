//! Fetches that wait for data. An append wakes exactly those that want its partition; nothing polls.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_core::{TicketId, TimerId, TopicIdPartition};
use kafka_trial_wire::{Text, Uuid};

use super::FetchPartition;
use crate::traffic::{ConnectionId, Ticket};

/// A fetch and all it needs to be tried again.
#[derive(Clone, Debug)]
pub(crate) struct ParkedFetch {
    pub(crate) ticket: Ticket,
    pub(crate) node: i32,
    pub(crate) plan: FetchPlan,
    /// When it is answered with what there is; `None` before it is parked.
    pub(crate) expires: Option<TimerId>,
}

impl ParkedFetch {
    /// Whether topics are named by their ids (KIP-516).
    pub(crate) fn speaks_of_ids(&self) -> bool {
        self.ticket.version >= 13
    }
}

/// What a fetch wants, after its session has been applied.
#[derive(Clone, Debug)]
pub(crate) struct FetchPlan {
    pub(crate) session: SessionContext,
    pub(crate) partitions: Vec<FetchPartition>,
    pub(crate) min_bytes: i32,
    pub(crate) max_bytes: i32,
    pub(crate) read_committed: bool,
    pub(crate) reader: FetchReader,
}

/// Who fetches: a follower or a consumer.
#[derive(Clone, Debug)]
pub(crate) enum FetchReader {
    /// A broker with this id.
    Follower(i32),
    /// A consumer. From version 11 on it sends its rack, which may be empty, and may read from followers (KIP-392).
    Consumer { rack: Option<Text> },
}

/// How the answer relates to a fetch session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionContext {
    /// No session is wanted (`SessionlessFetchContext`).
    Sessionless,
    /// The answer opens one (`FullFetchContext`).
    Full,
    /// The answer continues this one and leaves out what has not changed (`IncrementalFetchContext`).
    Incremental { id: i32 },
}

/// The fetches that wait, by ticket and by partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParkedFetches {
    by_ticket: BTreeMap<TicketId, ParkedFetch>,
    by_partition: BTreeMap<TopicIdPartition, BTreeSet<TicketId>>,
}

impl ParkedFetches {
    /// Parks a fetch; `wanted` are the partitions whose appends wake it.
    pub(crate) fn park(&mut self, fetch: ParkedFetch, wanted: &[TopicIdPartition]) {
        for partition in wanted {
            self.by_partition.entry(*partition).or_default().insert(fetch.ticket.id);
        }
        self.by_ticket.insert(fetch.ticket.id, fetch);
    }

    /// Takes a fetch out; `None` when it was answered before.
    pub(crate) fn take(&mut self, ticket: TicketId) -> Option<ParkedFetch> {
        self.by_ticket.remove(&ticket)
    }

    /// Takes the tickets that wait for a partition. Tickets that were answered meanwhile may be among them.
    pub(crate) fn take_waiting(&mut self, partition: TopicIdPartition) -> Vec<TicketId> {
        match self.by_partition.get_mut(&partition) {
            Some(waiting) => std::mem::take(waiting).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Forgets a ticket at all partitions it waited for.
    pub(crate) fn forget(&mut self, ticket: TicketId, wanted: &[TopicIdPartition]) {
        for partition in wanted {
            if let Some(waiting) = self.by_partition.get_mut(partition) {
                waiting.remove(&ticket);
            }
        }
    }

    /// Takes out what a connection waits for.
    pub(crate) fn take_connection(&mut self, connection: ConnectionId) -> Vec<ParkedFetch> {
        let tickets = self.by_ticket.values().map(|fetch| fetch.ticket);
        let gone: Vec<TicketId> = tickets.filter(|t| t.connection == connection).map(|ticket| ticket.id).collect();
        let gone: Vec<ParkedFetch> = gone.into_iter().filter_map(|ticket| self.take(ticket)).collect();
        for fetch in &gone {
            self.by_partition.values_mut().for_each(|waiting| {
                waiting.remove(&fetch.ticket.id);
            });
        }
        gone
    }

    /// Takes the tickets that wait for a topic that is gone.
    pub(crate) fn take_topic(&mut self, topic: Uuid) -> Vec<TicketId> {
        let (first, last) = (TopicIdPartition::new(topic, i32::MIN), TopicIdPartition::new(topic, i32::MAX));
        let of_it: Vec<_> = self.by_partition.range(first..=last).map(|(partition, _)| *partition).collect();
        of_it.into_iter().filter_map(|partition| self.by_partition.remove(&partition)).flatten().collect()
    }
}

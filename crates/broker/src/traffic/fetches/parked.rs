//! Parked fetches wait for data. An append wakes only the fetches of its partition; nothing polls.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_core::{TicketId, TimerId, TopicIdPartition};
use kafka_trial_wire::{Text, Uuid};

use super::FetchPartition;
use crate::traffic::{ConnectionId, Ticket};

/// A fetch, with all data to try it again.
#[derive(Clone, Debug)]
pub(crate) struct ParkedFetch {
    pub(crate) ticket: Ticket,
    pub(crate) node: i32,
    pub(crate) plan: FetchPlan,
    /// The timer after which the fetch is answered with the records so far; `None` before it is parked.
    pub(crate) expires: Option<TimerId>,
}

impl ParkedFetch {
    /// Returns whether the fetch names topics by their ids (KIP-516).
    pub(crate) fn speaks_of_ids(&self) -> bool {
        self.ticket.version >= 13
    }
}

/// The partitions of a fetch, after its session was applied.
#[derive(Clone, Debug)]
pub(crate) struct FetchPlan {
    pub(crate) session: SessionContext,
    pub(crate) partitions: Vec<FetchPartition>,
    pub(crate) min_bytes: i32,
    pub(crate) max_bytes: i32,
    pub(crate) read_committed: bool,
    pub(crate) reader: FetchReader,
}

/// The sender of a fetch: a follower or a consumer.
#[derive(Clone, Debug)]
pub(crate) enum FetchReader {
    /// A follower, with its broker id.
    Follower(i32),
    /// A consumer. From version 11 on it sends its rack, which may be empty, and may read from followers (KIP-392).
    Consumer { rack: Option<Text> },
}

/// The relation of the answer to a fetch session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionContext {
    /// The fetch has no session (`SessionlessFetchContext`).
    Sessionless,
    /// The answer opens a session (`FullFetchContext`).
    Full,
    /// The answer continues this session and leaves out unchanged partitions (`IncrementalFetchContext`).
    Incremental { id: i32 },
}

/// The parked fetches, by ticket and by partition.
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

    /// Removes and returns a fetch; `None` if it was answered before.
    pub(crate) fn take(&mut self, ticket: TicketId) -> Option<ParkedFetch> {
        self.by_ticket.remove(&ticket)
    }

    /// Removes and returns the tickets that wait for a partition. Some of them may have been answered meanwhile.
    pub(crate) fn take_waiting(&mut self, partition: TopicIdPartition) -> Vec<TicketId> {
        match self.by_partition.get_mut(&partition) {
            Some(waiting) => std::mem::take(waiting).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Forgets a ticket at all of its partitions.
    pub(crate) fn forget(&mut self, ticket: TicketId, wanted: &[TopicIdPartition]) {
        for partition in wanted {
            if let Some(waiting) = self.by_partition.get_mut(partition) {
                waiting.remove(&ticket);
            }
        }
    }

    /// Removes and returns the fetches of a connection.
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

    /// Removes and returns the tickets that wait for a deleted topic.
    pub(crate) fn take_topic(&mut self, topic: Uuid) -> Vec<TicketId> {
        let (first, last) = (TopicIdPartition::new(topic, i32::MIN), TopicIdPartition::new(topic, i32::MAX));
        let of_it: Vec<_> = self.by_partition.range(first..=last).map(|(partition, _)| *partition).collect();
        of_it.into_iter().filter_map(|partition| self.by_partition.remove(&partition)).flatten().collect()
    }
}

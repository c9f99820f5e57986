//! Fetches that wait for data. An append wakes exactly those that want its partition; nothing polls.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::{Text, Uuid};

use super::{ConnectionId, Core, FetchPartition, Ticket, TicketId, TimerId};

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
    pub(crate) session: PlanSession,
    pub(crate) partitions: Vec<FetchPartition>,
    pub(crate) min_bytes: i32,
    pub(crate) max_bytes: i32,
    pub(crate) read_committed: bool,
    pub(crate) reader: Reader,
}

/// Who fetches.
#[derive(Clone, Debug)]
pub(crate) enum Reader {
    /// A broker with this id.
    Follower(i32),
    /// A consumer. From version 11 on it tells its rack, be it an empty one, and may read from followers (KIP-392).
    Consumer { rack: Option<Text> },
}

/// How the answer relates to a fetch session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlanSession {
    /// No session is wanted.
    None,
    /// The answer opens one.
    Open,
    /// The answer goes on with this one and leaves out what has not changed.
    Incremental { id: i32 },
}

/// The fetches that wait, by ticket and by partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParkedFetches {
    by_ticket: BTreeMap<TicketId, ParkedFetch>,
    by_partition: BTreeMap<([u8; 16], i32), BTreeSet<TicketId>>,
}

impl ParkedFetches {
    /// Parks a fetch; `wanted` are the partitions whose appends wake it.
    pub(crate) fn park(&mut self, fetch: ParkedFetch, wanted: &[(Uuid, i32)]) {
        for (topic, partition) in wanted {
            self.by_partition.entry((topic.0, *partition)).or_default().insert(fetch.ticket.id);
        }
        self.by_ticket.insert(fetch.ticket.id, fetch);
    }

    /// Takes a fetch out; `None` when it was answered before.
    pub(crate) fn take(&mut self, ticket: TicketId) -> Option<ParkedFetch> {
        self.by_ticket.remove(&ticket)
    }

    /// Takes the tickets that wait for a partition. Tickets that were answered meanwhile may be among them.
    pub(crate) fn take_waiting(&mut self, topic: Uuid, partition: i32) -> Vec<TicketId> {
        match self.by_partition.get_mut(&(topic.0, partition)) {
            Some(waiting) => std::mem::take(waiting).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// Forgets a ticket at all partitions it waited for.
    pub(crate) fn forget(&mut self, ticket: TicketId, wanted: &[(Uuid, i32)]) {
        for (topic, partition) in wanted {
            if let Some(waiting) = self.by_partition.get_mut(&(topic.0, *partition)) {
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

    fn partitions_of(&self, topic: Uuid) -> Vec<i32> {
        self.by_partition.range((topic.0, i32::MIN)..=(topic.0, i32::MAX)).map(|((_, index), _)| *index).collect()
    }

    fn remove_topic(&mut self, topic: Uuid) {
        self.by_partition.retain(|(id, _), _| *id != topic.0);
    }
}

impl Core {
    /// Something changed in a partition: the fetches that wait for it are tried again.
    pub(crate) fn wake_partition(&mut self, topic: Uuid, partition: i32) {
        for ticket in self.fetches.take_waiting(topic, partition) {
            self.retry_fetch(ticket, false);
        }
    }

    /// A topic is gone: the fetches that wait for it learn so.
    pub(crate) fn wake_topic(&mut self, topic: Uuid) {
        for partition in self.fetches.partitions_of(topic) {
            self.wake_partition(topic, partition);
        }
        self.fetches.remove_topic(topic);
    }

    /// A fetch has waited long enough: it is answered with what there is.
    pub(crate) fn expire_fetch(&mut self, ticket: TicketId) {
        self.retry_fetch(ticket, true);
    }

    fn retry_fetch(&mut self, ticket: TicketId, expired: bool) {
        if let Some(fetch) = self.fetches.take(ticket) {
            crate::api::fetch::retry(self, fetch, expired);
        }
    }
}

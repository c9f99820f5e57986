//! What belongs to the connections of a cluster and not to its state: requests that wait, fetch sessions, what clients wait
//! for in real time, and the journal. A cluster that is cloned leaves all of it behind.

mod connections;
mod fetches;

use std::collections::BTreeMap;

use kafka_trial_core::{Rng, TicketId, Timers};
use kafka_trial_wire::ApiKey;

pub(crate) use self::connections::{Connection, ConnectionId, Connections};
pub(crate) use self::fetches::{
    FINAL_EPOCH, FetchPartition, FetchPlan, FetchReader, FetchSession, FetchSessions, INITIAL_EPOCH, ParkedFetch,
    ParkedFetches, PartitionKey, SessionContext, SessionPartitions, next_epoch,
};
use crate::journal::Journal;

/// What is needed to answer a request later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: TicketId,
    pub(crate) connection: ConnectionId,
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
}

/// Something that a client waits for in real time, whatever the cluster's own time does.
#[derive(Clone, Debug)]
pub(crate) enum Wait {
    /// A parked fetch has waited its `max_wait_ms`.
    Fetch(TicketId),
    /// A connection may have been idle for `connections.max.idle.ms`.
    Idle(ConnectionId),
}

/// The connections, and what they wait for.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) connections: Connections,
    /// The requests that wait for an answer.
    pub(crate) waiting: BTreeMap<TicketId, Ticket>,
    pub(crate) fetches: ParkedFetches,
    pub(crate) sessions: FetchSessions,
    pub(crate) waits: Timers<Wait>,
    /// The ids of fetch sessions come from here: they are no part of the state.
    pub(crate) rng: Rng,
    /// Off unless it is given a capacity.
    pub(crate) journal: Journal,
}

impl Traffic {
    pub(crate) fn new(seed: u64, journal: Journal) -> Self {
        Self {
            connections: Connections::default(),
            waiting: BTreeMap::new(),
            fetches: ParkedFetches::default(),
            sessions: FetchSessions::default(),
            waits: Timers::default(),
            rng: Rng::new(seed),
            journal,
        }
    }

    /// A connection is gone, and with it what it waited for.
    pub(crate) fn forget_waiting(&mut self, connection: ConnectionId) {
        self.waiting.retain(|_, ticket| ticket.connection != connection);
        for fetch in self.fetches.take_connection(connection) {
            fetch.expires.into_iter().for_each(|timer| self.waits.cancel(timer));
        }
    }
}

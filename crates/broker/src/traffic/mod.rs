//! What belongs to the connections of a cluster and not to its state: requests that wait, fetch sessions, and what clients
//! wait for in real time. A cluster that is cloned leaves all of it behind.

mod connections;
mod context;
mod fetches;

use std::collections::BTreeMap;

use kafka_trial_core::{Rng, TicketId, Timers};

pub(crate) use self::connections::{Connection, ConnectionId, Connections};
pub(crate) use self::context::{Context, Ticket};
pub(crate) use self::fetches::{
    FINAL_EPOCH, FetchPartition, FetchPlan, FetchReader, FetchSession, FetchSessions, INITIAL_EPOCH, ParkedFetch,
    ParkedFetches, PartitionKey, SessionContext, SessionPartitions, next_epoch,
};

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
}

impl Traffic {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            connections: Connections::default(),
            waiting: BTreeMap::new(),
            fetches: ParkedFetches::default(),
            sessions: FetchSessions::default(),
            waits: Timers::default(),
            rng: Rng::new(seed),
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

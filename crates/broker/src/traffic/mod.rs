//! Traffic belongs to the connections of a cluster and not to its state: waiting requests, fetch sessions and timers in
//! real time. A clone of a cluster does not copy it.

mod connections;
mod context;
mod fetches;
mod pace;

use std::collections::BTreeMap;

use kafka_trial_core::{Rng, TicketId, Timers};

pub(crate) use self::connections::{Connection, ConnectionId, Connections};
pub(crate) use self::context::{Context, Ticket};
pub(crate) use self::fetches::{
    FINAL_EPOCH, FetchPartition, FetchPlan, FetchReader, FetchSession, FetchSessions, INITIAL_EPOCH, ParkedFetch,
    ParkedFetches, PartitionKey, SessionContext, SessionPartitions, next_epoch,
};
pub(crate) use self::pace::Pace;

/// A timer in real time, independent of the cluster's own time.
#[derive(Clone, Debug)]
pub(crate) enum Wait {
    /// The end of a parked fetch's `max_wait_ms`.
    Fetch(TicketId),
    /// A fault has delayed a request or its answer for long enough.
    Release(TicketId),
    /// The next check of a connection for `connections.max.idle.ms`.
    Idle(ConnectionId),
    /// A broker that a fault has taken away comes back.
    Outage(i32),
}

/// The connections, with their waiting requests and sessions.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) connections: Connections,
    /// The requests that wait for an answer.
    pub(crate) waiting: BTreeMap<TicketId, Ticket>,
    pub(crate) fetches: ParkedFetches,
    pub(crate) sessions: FetchSessions,
    pub(crate) waits: Timers<Wait>,
    /// The source of fetch session ids, which are not part of the state.
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

    /// Drops the waiting requests of a closed connection.
    pub(crate) fn forget_waiting(&mut self, connection: ConnectionId) {
        self.waiting.retain(|_, ticket| ticket.connection != connection);
        for fetch in self.fetches.take_connection(connection) {
            fetch.expires.into_iter().for_each(|timer| self.waits.cancel(timer));
        }
    }
}

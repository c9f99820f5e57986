//! The connections of a cluster.

use std::collections::HashMap;
use std::sync::Arc;

use kafka_trial_core::{Time, TimerId};

/// A connection, for as long as it lasts: numbered from 0 in the order in which the cluster accepted them.
pub(crate) type ConnectionId = u64;

/// A client's connection to one broker.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// The broker whose listener accepted it.
    pub(crate) node: i32,
    /// The client's address as groups show it: `/127.0.0.1`.
    pub(crate) host: Arc<str>,
    /// When bytes came last, or an answer left.
    pub(crate) active: Time,
    /// When it is looked at for being idle.
    pub(crate) idle: TimerId,
}

/// The open connections by their ids.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    /// Lookup only, never iterated: the order of a hash map is random.
    open: HashMap<ConnectionId, Connection>,
    next: ConnectionId,
}

impl Connections {
    /// The id of the connection that is opened next.
    pub(crate) fn next(&self) -> ConnectionId {
        self.next
    }

    pub(crate) fn open(&mut self, connection: Connection) -> ConnectionId {
        let id = self.next;
        self.next += 1;
        self.open.insert(id, connection);
        id
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.open.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.open.get_mut(&id)
    }

    /// Bytes came, or an answer left.
    pub(crate) fn touch(&mut self, id: ConnectionId, now: Time) {
        if let Some(connection) = self.open.get_mut(&id) {
            connection.active = now;
        }
    }

    pub(crate) fn close(&mut self, id: ConnectionId) -> Option<Connection> {
        self.open.remove(&id)
    }
}

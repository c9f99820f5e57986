//! A cluster knows its open connections.

use std::collections::HashMap;
use std::sync::Arc;

use kafka_trial_core::{Time, TimerId};

/// The number of a connection, from 0 in the order in which the cluster accepted them.
pub(crate) type ConnectionId = u64;

/// A client's connection to one broker.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// The broker whose listener accepted the connection.
    pub(crate) node: i32,
    /// The client's address as groups show it: `/127.0.0.1`.
    pub(crate) host: Arc<str>,
    /// The last time at which bytes arrived or an answer left.
    pub(crate) active: Time,
    /// The timer of the next check for idleness.
    pub(crate) idle: TimerId,
}

/// The open connections by their ids.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    /// The order of a hash map is random, so what is read from all of it is sorted.
    open: HashMap<ConnectionId, Connection>,
    next: ConnectionId,
}

impl Connections {
    /// Returns the id of the next connection.
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

    /// Returns the connections to a broker, in the order of their ids.
    pub(crate) fn of_broker(&self, node: i32) -> Vec<ConnectionId> {
        let of_it = self.open.iter().filter(|(_, connection)| connection.node == node);
        let mut ids: Vec<ConnectionId> = of_it.map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    }

    /// Notes that bytes arrived or an answer left.
    pub(crate) fn touch(&mut self, id: ConnectionId, now: Time) {
        if let Some(connection) = self.open.get_mut(&id) {
            connection.active = now;
        }
    }

    pub(crate) fn close(&mut self, id: ConnectionId) -> Option<Connection> {
        self.open.remove(&id)
    }
}

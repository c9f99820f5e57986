//! Each broker has tasks: its listener and its connections. Stopping a broker ends them and closes their sockets.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinHandle};

use crate::journal::CloseReason;
use crate::traffic::ConnectionId;

/// The task of one connection.
#[derive(Debug)]
struct ConnectionTask {
    broker: i32,
    /// Tells the connection to close, with a reason.
    close: Option<oneshot::Sender<CloseReason>>,
    task: Option<AbortHandle>,
}

/// The tasks of all running brokers.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    listeners: BTreeMap<i32, JoinHandle<()>>,
    connections: HashMap<ConnectionId, ConnectionTask>,
}

impl Tasks {
    pub(super) fn listen(&mut self, broker: i32, listener: JoinHandle<()>) {
        self.listeners.insert(broker, listener);
    }

    pub(super) fn open(&mut self, broker: i32, connection: ConnectionId, close: oneshot::Sender<CloseReason>) {
        self.connections.insert(connection, ConnectionTask { broker, close: Some(close), task: None });
    }

    /// Registers the task that serves a connection.
    pub(super) fn run(&mut self, connection: ConnectionId, task: AbortHandle) {
        if let Some(of_it) = self.connections.get_mut(&connection) {
            of_it.task = Some(task);
        }
    }

    /// Tells a connection to close.
    pub(super) fn close(&mut self, connection: ConnectionId, reason: CloseReason) {
        let close = self.connections.get_mut(&connection).and_then(|task| task.close.take());
        // The connection may be closing already.
        close.map(|close| close.send(reason));
    }

    /// Removes a closed connection.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.connections.remove(&connection);
    }

    /// Ends the tasks of a broker. Returns its listener's task, whose end closes the socket, and its connections.
    pub(super) fn stop(&mut self, broker: i32) -> Option<(JoinHandle<()>, Vec<ConnectionId>)> {
        let listener = self.listeners.remove(&broker)?;
        listener.abort();
        let of_it = self.connections.iter().filter(|(_, task)| task.broker == broker);
        let mut stopped: Vec<ConnectionId> = of_it.map(|(id, _)| *id).collect();
        // The order of a hash map is random, but events must have a fixed order.
        stopped.sort_unstable();
        for id in &stopped {
            if let Some(task) = self.connections.get(id).and_then(|task| task.task.as_ref()) {
                task.abort();
            }
        }
        Some((listener, stopped))
    }
}

//! What runs for each broker: its listener and its connections. Stopping a broker ends them, and closes their sockets.

use std::collections::{BTreeMap, HashMap};

use tokio::task::{AbortHandle, JoinHandle};

/// The tasks of one broker.
#[derive(Debug)]
struct BrokerTasks {
    listener: JoinHandle<()>,
    connections: HashMap<u64, AbortHandle>,
}

/// The tasks of all brokers that run, by broker.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    by_broker: BTreeMap<i32, BrokerTasks>,
}

impl Tasks {
    pub(super) fn listen(&mut self, broker: i32, listener: JoinHandle<()>) {
        self.by_broker.insert(broker, BrokerTasks { listener, connections: HashMap::new() });
    }

    pub(super) fn connect(&mut self, broker: i32, connection: u64, task: AbortHandle) {
        if let Some(tasks) = self.by_broker.get_mut(&broker) {
            tasks.connections.insert(connection, task);
        }
    }

    pub(super) fn disconnect(&mut self, broker: i32, connection: u64) {
        if let Some(tasks) = self.by_broker.get_mut(&broker) {
            tasks.connections.remove(&connection);
        }
    }

    /// Ends what runs for a broker. Gives its listener, which is closed once that has ended, and its connections.
    pub(super) fn stop(&mut self, broker: i32) -> Option<(JoinHandle<()>, Vec<u64>)> {
        let tasks = self.by_broker.remove(&broker)?;
        tasks.listener.abort();
        tasks.connections.values().for_each(AbortHandle::abort);
        Some((tasks.listener, tasks.connections.into_keys().collect()))
    }
}

//! A running cluster has one owner, which controls and inspects it.
//!
//! - `start`: listeners are bound, and the cluster gets a thread. `advertise`: the addresses for its clients.
//! - `control`: changes by the owner: brokers that stop, leaders, retention. `clock`: time that moves or stands still.
//! - `faults`: the rules that a test arms. `fork`: a second cluster that goes on from the state of the first.
//! - `inspect`, `summary`, `journal`: views for the owner, without a client.

mod advertise;
mod clock;
mod control;
mod faults;
mod fork;
mod inspect;
mod journal;
mod start;
mod summary;

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use kafka_trial_core::IgnoredProperty;
use tokio::sync::mpsc::UnboundedSender;

pub use self::control::ControlError;
pub use self::fork::{Fork, ForkError, ForkOptions};
pub(crate) use self::inspect::create;
#[cfg(test)]
pub(crate) use self::inspect::records;
pub use self::inspect::{InspectError, StoredRecord};
pub use self::start::StartError;
pub use self::summary::{GroupSummary, OffsetSummary, PartitionSummary, TopicSummary};
use crate::driver::Driver;
use crate::net::{Clock, Command};
use crate::{ClusterConfig, TopicSpec};

/// A running cluster. It has one owner; dropping it ends its thread and closes its sockets before `drop` returns.
#[derive(Debug)]
#[must_use = "the cluster stops when this is dropped"]
pub struct Cluster {
    addresses: Vec<SocketAddr>,
    config: ClusterConfig,
    /// Forks go on with the same clock.
    clock: Clock,
    bootstrap: String,
    ignored: Vec<IgnoredProperty>,
    /// `None` after the cluster was stopped.
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    commands: UnboundedSender<Command>,
    thread: JoinHandle<()>,
}

impl Cluster {
    /// Returns `host:port` of every broker, separated by commas, for `bootstrap.servers`.
    pub fn bootstrap_servers(&self) -> String {
        self.bootstrap.clone()
    }

    /// Returns the address on which each broker listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// Returns the given broker properties without effect, each with the reason.
    pub fn ignored_properties(&self) -> &[IgnoredProperty] {
        &self.ignored
    }

    /// Creates a topic, which clients can use when this returns.
    pub fn create_topic(&self, topic: TopicSpec) -> Result<(), InspectError> {
        self.with_driver(move |driver| create(&mut driver.state, &topic))?
    }

    /// Runs `look` on the cluster's thread and waits for its result.
    fn with_driver<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Driver) -> T + Send + 'static,
    ) -> Result<T, InspectError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let command = Command::Act(Box::new(move |driver| {
            // This fails if the caller no longer waits.
            let _ = sender.send(look(driver));
        }));
        self.send(command)?;
        receiver.recv().map_err(|_| InspectError::Stopped)
    }

    /// Sends a command to the cluster's thread.
    fn send(&self, command: Command) -> Result<(), InspectError> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let commands = &running.as_ref().ok_or(InspectError::Stopped)?.commands;
        commands.send(command).map_err(|_| InspectError::Stopped)
    }

    /// Stops the cluster, as dropping it does: its sockets are closed when this returns. Later calls fail with
    /// `Stopped`.
    pub fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { commands, thread }) = running {
            drop(commands);
            // A panic on that thread was reported there; a second panic here would abort a failing test.
            let _ = thread.join();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

//! The owner of a running cluster stops and starts brokers, moves leaders, sets the clock and applies retention.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;

use kafka_trial_core::MoveRefusal;
use thiserror::Error;

use super::start::listen;
use super::{Cluster, InspectError};
use crate::net::Command;

/// The reason why a broker or a leader cannot change.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ControlError {
    /// No broker has this id.
    #[error("there is no broker {id}: their ids are {first} to {last}")]
    NoSuchBroker {
        /// The id, as given.
        id: i32,
        /// The lowest id of the cluster.
        first: i32,
        /// The highest id of the cluster.
        last: i32,
    },
    /// The broker is stopped already.
    #[error("broker {0} is stopped already")]
    AlreadyStopped(i32),
    /// The broker runs already.
    #[error("broker {0} is running already")]
    AlreadyRunning(i32),
    /// The broker's port is not available again.
    #[error("broker {id} cannot listen on {address} again: {source}")]
    Bind {
        /// The broker.
        id: i32,
        /// The address on which the broker listened.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// No topic has this name.
    #[error("topic {0} does not exist")]
    UnknownTopic(String),
    /// The topic has no such partition.
    #[error("topic {topic} has no partition {partition}")]
    UnknownPartition {
        /// The topic.
        topic: String,
        /// The partition, as given.
        partition: i32,
    },
    /// The broker has no in-sync replica, so it cannot lead.
    #[error("broker {id} has no in-sync replica of {topic}-{partition}")]
    NotInSync {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The id of the broker.
        id: i32,
    },
    /// The cluster has stopped.
    #[error("the cluster has stopped")]
    Stopped,
}

impl Cluster {
    /// Compacts a topic now: the last record of each key stays. The active segment is closed first, and
    /// `min.cleanable.dirty.ratio` and `min.compaction.lag.ms` are ignored, unlike in a pass of Kafka's cleaner.
    /// Tombstones stay until a compaction after `delete.retention.ms` (KIP-534).
    pub fn compact(&self, topic: &str) -> Result<(), InspectError> {
        let topic = topic.to_owned();
        let compacted = self.with_driver(move |driver| driver.state.compact_topic(&topic))?;
        compacted.map_err(InspectError::from)
    }

    /// Applies a topic's retention now, as Kafka does every `log.retention.check.interval.ms` (five minutes): segments
    /// whose newest record is older than `retention.ms` go, including the active one, and so do the oldest segments
    /// above `retention.bytes`.
    pub fn apply_retention(&self, topic: &str) -> Result<(), InspectError> {
        let topic = topic.to_owned();
        let applied = self.with_driver(move |driver| driver.state.apply_retention(&topic))?;
        applied.map_err(InspectError::from)
    }

    /// Removes the members of a group whose member id, `group.instance.id` or `client.id` is `member`, as the end of their
    /// sessions would; all members for `*`. Returns how many those were. The client of such a member learns it by its next
    /// request.
    pub fn expire_members(&self, group: &str, member: &str) -> Result<usize, InspectError> {
        let (group, member) = (group.to_owned(), member.to_owned());
        let expired = self.with_driver(move |driver| driver.state.expire_members(&group, &member))?;
        expired.map_err(InspectError::from)
    }

    /// Aborts the ongoing transaction of a transactional id and fences its producer, as `transaction.timeout.ms` would.
    pub fn time_out_transaction(&self, transactional_id: &str) -> Result<(), InspectError> {
        let id = transactional_id.to_owned();
        let ended = self.with_driver(move |driver| driver.state.time_out_transaction(&id))?;
        ended.map_err(InspectError::from)
    }

    /// Stops a broker. In-sync replicas on other brokers lead its partitions, in a new leader epoch, and coordinate its
    /// groups. Its connections are closed and its port refuses connections when this returns. No acknowledged record is
    /// lost. A partition without a second in-sync replica has no leader until the broker starts again.
    pub fn stop_broker(&self, id: i32) -> Result<(), ControlError> {
        self.address_of(id)?;
        if !self.is_running(id)? {
            return Err(ControlError::AlreadyStopped(id));
        }
        self.command(|done| Command::Stop { broker: id, done })
    }

    /// Starts a stopped broker on its former port: its replicas are in sync again at once.
    pub fn start_broker(&self, id: i32) -> Result<(), ControlError> {
        let address = self.address_of(id)?;
        if self.is_running(id)? {
            return Err(ControlError::AlreadyRunning(id));
        }
        let listener = listen(&address.ip().to_string(), address.port());
        let listener = listener.map_err(|source| ControlError::Bind { id, address, source })?;
        self.command(|done| Command::Start { broker: id, listener, done })
    }

    /// Makes a different in-sync replica lead a partition, in a new leader epoch. The leader of a partition of
    /// `__consumer_offsets` coordinates its groups; the same holds for `__transaction_state` and transactions.
    pub fn move_leader(&self, topic: &str, partition: i32, id: i32) -> Result<(), ControlError> {
        self.address_of(id)?;
        let name = topic.to_owned();
        let moved = self.with_driver(move |driver| driver.state.move_leader(&name, partition, id));
        let topic = topic.to_owned();
        match moved.map_err(|_| ControlError::Stopped)? {
            Ok(()) => Ok(()),
            Err(MoveRefusal::UnknownTopic) => Err(ControlError::UnknownTopic(topic)),
            Err(MoveRefusal::UnknownPartition) => Err(ControlError::UnknownPartition { topic, partition }),
            Err(MoveRefusal::NotInSync) => Err(ControlError::NotInSync { topic, partition, id }),
        }
    }

    fn address_of(&self, id: i32) -> Result<SocketAddr, ControlError> {
        let index = id.checked_sub(self.config.first_node_id).and_then(|index| usize::try_from(index).ok());
        let last = self.config.first_node_id + i32::try_from(self.addresses.len()).unwrap_or(i32::MAX) - 1;
        let unknown = ControlError::NoSuchBroker { id, first: self.config.first_node_id, last };
        index.and_then(|index| self.addresses.get(index)).copied().ok_or(unknown)
    }

    fn is_running(&self, id: i32) -> Result<bool, ControlError> {
        self.with_driver(move |driver| driver.state.is_running(id)).map_err(|_| ControlError::Stopped)
    }

    /// Sends a command to the cluster's thread, and waits until it is done.
    fn command(&self, command: impl FnOnce(Box<dyn FnOnce() + Send>) -> Command) -> Result<(), ControlError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let done = Box::new(move || {
            // This fails if the caller no longer waits.
            let _ = sender.send(());
        });
        self.send(command(done)).map_err(|_| ControlError::Stopped)?;
        receiver.recv().map_err(|_| ControlError::Stopped)
    }
}

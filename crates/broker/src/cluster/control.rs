//! What the owner of a running cluster does to it: brokers that stop and start, leaders that move, the clock, retention.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use kafka_trial_core::MoveRefusal;
use thiserror::Error;

use super::start::listen;
use super::{Cluster, InspectError};
use crate::driver::Driver;
use crate::net::Command;

/// Why a broker or a leader stays as it is.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ControlError {
    /// No broker has this id.
    #[error("there is no broker {id}: their ids are {first} to {last}")]
    NoSuchBroker {
        /// The id that was given.
        id: i32,
        /// The lowest id.
        first: i32,
        /// The highest.
        last: i32,
    },
    /// The broker was stopped before.
    #[error("broker {0} is stopped already")]
    AlreadyStopped(i32),
    /// The broker was not stopped.
    #[error("broker {0} is running already")]
    AlreadyRunning(i32),
    /// The broker's port cannot be listened on again.
    #[error("broker {id} cannot listen on {address} again: {source}")]
    Bind {
        /// The broker.
        id: i32,
        /// Where it listened.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// No such topic.
    #[error("topic {0} does not exist")]
    UnknownTopic(String),
    /// No such partition.
    #[error("topic {topic} has no partition {partition}")]
    UnknownPartition {
        /// The topic.
        topic: String,
        /// The partition that was given.
        partition: i32,
    },
    /// Only an in-sync replica can lead.
    #[error("broker {id} has no in-sync replica of {topic}-{partition}")]
    NotInSync {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The broker that was to lead.
        id: i32,
    },
    /// The cluster has stopped.
    #[error("the cluster has stopped")]
    Stopped,
}

impl Cluster {
    /// Compacts all that is in a topic now: of each key the last record stays. Neither the active segment, which is
    /// closed first, nor `min.cleanable.dirty.ratio` and `min.compaction.lag.ms` hold anything back, as they do when
    /// Kafka's cleaner comes by. Tombstones stay until a compaction after `delete.retention.ms` (KIP-534).
    pub fn compact(&self, topic: &str) -> Result<(), InspectError> {
        let topic = topic.to_owned();
        let compacted = self.with_driver(move |driver| driver.state.compact_topic(&topic))?;
        compacted.map_err(InspectError::from)
    }

    /// Moves the cluster's time ahead: sessions, retention and transactions end as if that time had passed, each at its own
    /// moment. Clients wait in real time all the same.
    pub fn advance_clock(&self, by: Duration) -> Result<(), InspectError> {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.with_driver(move |driver| driver.move_clock(micros))
    }

    /// Stops the cluster's time until [`Cluster::run_clock`]: no session, retention or transaction ends meanwhile, unless
    /// [`Cluster::advance_clock`] moves it. Clients wait in real time all the same.
    pub fn freeze_clock(&self) -> Result<(), InspectError> {
        self.with_driver(Driver::freeze_clock)
    }

    /// Lets the cluster's time go on from where it stood.
    pub fn run_clock(&self) -> Result<(), InspectError> {
        self.with_driver(Driver::run_clock)
    }

    /// Applies a topic's retention now, as Kafka does every `log.retention.check.interval.ms` (five minutes): segments
    /// whose newest record is older than `retention.ms` go, the active one too, and the oldest above `retention.bytes`.
    pub fn apply_retention(&self, topic: &str) -> Result<(), InspectError> {
        let topic = topic.to_owned();
        let applied = self.with_driver(move |driver| driver.state.apply_retention(&topic))?;
        applied.map_err(InspectError::from)
    }

    /// Stops a broker: in-sync replicas on others lead what it led, in a new leader epoch; groups that it coordinated
    /// are coordinated by another; its connections are closed and its port refuses when this returns. Nothing that was
    /// acknowledged is lost. A partition without another in-sync replica has no leader until the broker is started.
    pub fn stop_broker(&self, id: i32) -> Result<(), ControlError> {
        self.address_of(id)?;
        if !self.is_running(id)? {
            return Err(ControlError::AlreadyStopped(id));
        }
        self.command(|done| Command::Stop { broker: id, done })
    }

    /// Starts a stopped broker on the port it had: its replicas are in sync again at once.
    pub fn start_broker(&self, id: i32) -> Result<(), ControlError> {
        let address = self.address_of(id)?;
        if self.is_running(id)? {
            return Err(ControlError::AlreadyRunning(id));
        }
        let listener = listen(&address.ip().to_string(), address.port());
        let listener = listener.map_err(|source| ControlError::Bind { id, address, source })?;
        self.command(|done| Command::Start { broker: id, listener, done })
    }

    /// Lets another in-sync replica lead a partition, in a new leader epoch. Whoever leads a partition of
    /// `__consumer_offsets` coordinates its groups, and so with `__transaction_state` and transactions.
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
        let index = id.checked_sub(self.first_node_id).and_then(|index| usize::try_from(index).ok());
        let last = self.first_node_id + i32::try_from(self.addresses.len()).unwrap_or(i32::MAX) - 1;
        let unknown = ControlError::NoSuchBroker { id, first: self.first_node_id, last };
        index.and_then(|index| self.addresses.get(index)).copied().ok_or(unknown)
    }

    fn is_running(&self, id: i32) -> Result<bool, ControlError> {
        self.with_driver(move |driver| driver.state.is_running(id)).map_err(|_| ControlError::Stopped)
    }

    /// Has something done, and waits until it is.
    fn command(&self, command: impl FnOnce(Box<dyn FnOnce() + Send>) -> Command) -> Result<(), ControlError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let done = Box::new(move || {
            // Nobody waits any more when this fails.
            let _ = sender.send(());
        });
        self.send(command(done)).map_err(|_| ControlError::Stopped)?;
        receiver.recv().map_err(|_| ControlError::Stopped)
    }
}

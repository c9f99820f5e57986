//! A simulation is a cluster without sockets and without a clock: frames and time go in, and the same answers come out
//! each time.

use std::time::Duration;

use bytes::Bytes;
use kafka_trial_core::{Node, State, Time};

use crate::api::Outcome;
use crate::cluster::create;
use crate::driver::Driver;
use crate::journal::{CloseReason, Journal};
use crate::{ClusterConfig, StartError};

/// The time at which a simulation starts: 2023-11-14.
const START: Time = Time(1_700_000_000_000_000);
/// The port of every broker; nothing listens there.
const PORT: u16 = 9092;

/// A cluster without sockets, whose caller sends frames and moves the time: runs with the same inputs have the same
/// outputs. A [`Cluster`](crate::Cluster) runs the same driver on its own thread; here the caller runs it.
#[derive(Debug)]
pub struct Simulation {
    driver: Driver,
    seed: u64,
    requests: u64,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The answer, with its size in front.
    Reply(Bytes),
    /// The answer comes later: [`Simulation::take_answers`] returns it under this number.
    Later(u64),
    /// The client wants no answer: Produce with `acks=0`.
    Silent,
    /// The broker closes the connection.
    Closed(CloseReason),
}

impl Simulation {
    /// Returns a cluster with the brokers, topics, properties, release, seed (0 if not set) and journal of a config.
    /// Its hosts and ports have no meaning here.
    pub fn new(config: &ClusterConfig) -> Result<Self, StartError> {
        let (settings, _) = config.release.settings(&config.properties)?;
        let node = |index: u16| {
            let id = config.first_node_id + i32::from(index);
            Node { id, host: config.host.clone(), port: PORT, rack: None }
        };
        let seed = config.seed.unwrap_or(0);
        let mut state = State::new(settings, (0..config.brokers).map(node).collect(), seed, START);
        for topic in &config.topics {
            create(&mut state, topic).map_err(|source| StartError::Topic { name: topic.name.clone(), source })?;
        }
        let driver = Driver::new(state, Journal::of(config.journal_capacity), config.release, seed);
        Ok(Self { driver, seed, requests: 0 })
    }

    /// Returns an independent cluster with the same state: topics, records, groups, transactions, configs and time.
    /// Connections and their waiting requests are not copied. A fork costs one pointer for each topic and group.
    #[must_use]
    pub fn fork(&self) -> Self {
        let driver = Driver::new(self.driver.state.clone(), Journal::default(), self.driver.release(), self.seed);
        Self { driver, seed: self.seed, requests: self.requests }
    }

    /// Connects to a broker, and returns the connection's number.
    pub fn connect(&mut self, broker: i32) -> u64 {
        self.driver.connect(broker, "/127.0.0.1".into())
    }

    /// Sends a request: a frame without its size.
    pub fn send(&mut self, connection: u64, frame: Bytes) -> Answer {
        self.requests += 1;
        match self.driver.handle(connection, self.requests, frame) {
            Outcome::Reply(segments) | Outcome::Paced(segments, _) => Answer::Reply(segments.concat().into()),
            Outcome::Parked => Answer::Later(self.requests),
            Outcome::Silent => Answer::Silent,
            Outcome::Torn(_, reason) | Outcome::Close(reason) => {
                self.driver.disconnect(connection, reason.clone());
                Answer::Closed(reason)
            }
        }
    }

    /// Moves the time forward: each timer fires at its own time.
    pub fn advance(&mut self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.driver.advance(Time(self.driver.now().0.saturating_add(micros)));
        for (connection, reason) in self.driver.take_closing() {
            self.driver.disconnect(connection, reason);
        }
    }

    /// Returns the late answers since the last call, each with the number of its request.
    pub fn take_answers(&mut self) -> Vec<(u64, Answer)> {
        let finished = self.driver.take_finished().into_iter();
        let answers = finished.map(|(request, outcome)| match outcome {
            Outcome::Reply(segments) | Outcome::Paced(segments, _) => {
                (request, Answer::Reply(segments.concat().into()))
            }
            Outcome::Torn(_, reason) | Outcome::Close(reason) => (request, Answer::Closed(reason)),
            Outcome::Silent | Outcome::Parked => (request, Answer::Silent),
        });
        answers.collect()
    }
}

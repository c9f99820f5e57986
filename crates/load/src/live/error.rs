//! Why a run cannot be driven.

use std::time::Duration;

use kafka_trial::client::ClientError;
use thiserror::Error;

/// A run that could not be set up, or broke off.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The cluster cannot be used.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A topic has to exist before a run: creating it would be measured.
    #[error("topic {0} does not exist; create it first: kafka-trial topics create {0}")]
    NoTopic(String),
    /// The group that is to be watched is not there.
    #[error("consumer group {0} does not exist; start the service first, or look with kafka-trial groups list")]
    NoGroup(String),
    /// A request that its schema does not allow.
    #[error("a request does not fit its schema: {0}")]
    Schema(String),
    /// Somebody stopped it before anything was sent.
    #[error("interrupted before anything was sent")]
    Interrupted,
    /// The cluster went away during a search.
    #[error("the run at {rate:.1} requests/s broke off: {why}")]
    Broken {
        /// The rate of that run.
        rate: f64,
        /// What happened.
        why: String,
    },
    /// Not all drivers of a shared load came.
    #[error("worker {missing} did not join within {wait:.0?}: start all workers with the same options except --worker")]
    Alone {
        /// Which ones.
        missing: String,
        /// How long they were waited for.
        wait: Duration,
    },
    /// A driver was given another load than the first.
    #[error("worker {worker} has a different load: {theirs}; worker 0 has {ours}")]
    Disagree {
        /// Which one.
        worker: u32,
        /// What the first has.
        ours: String,
        /// What it has.
        theirs: String,
    },
    /// Two processes are the same worker.
    #[error("two processes are worker {0}; give each a --worker number of its own")]
    Twice(u32),
    /// What a worker handed over is no report.
    #[error("the part of a worker is not a report of this version")]
    Part,
}

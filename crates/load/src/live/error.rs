//! Why a run cannot be driven.

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
}

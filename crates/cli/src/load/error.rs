//! Why a load was not driven.

use kafka_trial_load::ScenarioError;
use kafka_trial_load::live::{JobError, LiveError, PayloadError};

/// Why a load was not driven, or has no report.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The options do not fit together.
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Job(#[from] JobError),
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("{0}")]
    Other(String),
}

//! Why a request, or a part of one, is refused.

use kafka_trial_wire::ErrorCode;

use thiserror::Error;

use crate::ConfigError;

/// An error with the text that Kafka sends along, if it sends one (`ApiError`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Kafka's code.
    pub code: ErrorCode,
    /// Kafka's text.
    pub message: Option<String>,
}

impl Refusal {
    /// An error with a text.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()) }
    }

    pub(crate) fn unknown_member(member: &str, group: &str) -> Self {
        Self::new(ErrorCode::UNKNOWN_MEMBER_ID, format!("Member {member} is not a member of group {group}."))
    }

    /// There is no such group, or it uses a different protocol.
    pub fn group_not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::GROUP_ID_NOT_FOUND, message)
    }

    /// The code and the text of an outcome: no error and no text for a success.
    pub fn parts<T>(outcome: Result<T, Self>) -> (ErrorCode, Option<String>) {
        outcome.err().map_or((ErrorCode::NONE, None), |refusal| (refusal.code, refusal.message))
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self { code, message: None }
    }
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorCode::INVALID_CONFIG, error.to_string())
    }
}

/// Why compaction or retention cannot be applied to a topic.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TopicRefusal {
    /// No topic has this name.
    #[error("topic {0} does not exist")]
    UnknownTopic(String),
    /// Its `cleanup.policy` does not compact.
    #[error("topic {0} is not compacted: its cleanup.policy does not say compact")]
    NotCompacted(String),
    /// Its `cleanup.policy` does not delete.
    #[error("topic {0} keeps its records: its cleanup.policy does not say delete")]
    NotDeleted(String),
}

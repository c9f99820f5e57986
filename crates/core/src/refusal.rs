//! A refusal is the reason why a request, or a part of it, fails.

use kafka_trial_wire::ErrorCode;

use thiserror::Error;

use crate::ConfigError;

/// An error code with Kafka's text, if it has one (`ApiError`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Kafka's code.
    pub code: ErrorCode,
    /// Kafka's text.
    pub message: Option<String>,
}

impl Refusal {
    /// Returns an error with a text.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()) }
    }

    pub(crate) fn unknown_member(member: &str, group: &str) -> Self {
        Self::new(ErrorCode::UNKNOWN_MEMBER_ID, format!("Member {member} is not a member of group {group}."))
    }

    /// Returns the error for a group that does not exist or has a different protocol.
    pub fn group_not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::GROUP_ID_NOT_FOUND, message)
    }

    /// Returns the code and the text of an outcome: no error and no text for a success.
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

/// The reason why the cleaner cannot process a topic.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TopicRefusal {
    /// No topic has this name.
    #[error("topic {0} does not exist")]
    UnknownTopic(String),
    /// The topic's `cleanup.policy` does not compact.
    #[error("topic {0} is not compacted: its cleanup.policy does not say compact")]
    NotCompacted(String),
    /// The topic's `cleanup.policy` does not delete.
    #[error("topic {0} keeps its records: its cleanup.policy does not say delete")]
    NotDeleted(String),
}

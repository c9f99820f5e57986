//! Why a group refuses a request.

use kafka_trial_wire::ErrorCode;

/// An error with Kafka's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupError {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl GroupError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn unknown_member(member: &str, group: &str) -> Self {
        Self::new(ErrorCode::UNKNOWN_MEMBER_ID, format!("Member {member} is not a member of group {group}."))
    }

    pub(crate) fn group_not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::GROUP_ID_NOT_FOUND, message)
    }
}

//! The common part of the transaction APIs.

use kafka_trial_wire::ErrorCode;

/// PRODUCER_FENCED is new with version `since` of an API; before, clients know INVALID_PRODUCER_EPOCH (KIP-588).
pub(in crate::api) fn fenced_before(since: i16, version: i16, error: ErrorCode) -> ErrorCode {
    match error {
        ErrorCode::PRODUCER_FENCED if version < since => ErrorCode::INVALID_PRODUCER_EPOCH,
        other => other,
    }
}

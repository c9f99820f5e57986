//! Texts of refusals that several APIs share.

/// Kafka's default text for INVALID_REQUEST.
pub(in crate::api) const MALFORMED: &str = "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.";

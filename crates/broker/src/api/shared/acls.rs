//! The common part of the ACL APIs on a broker without an authorizer.

use crate::journal::CloseReason;

/// The code of UNKNOWN, which is the same in `ResourceType`, `PatternType`, `AclOperation` and `AclPermissionType`.
const UNKNOWN: i8 = 0;

/// Returns why the connection closes, if one of the elements is UNKNOWN. Kafka treats such a request as unreadable.
pub(in crate::api) fn unknown_element(elements: [i8; 4], request: &str) -> Option<CloseReason> {
    let is_unknown = elements.contains(&UNKNOWN);
    is_unknown.then(|| CloseReason::Body { error: format!("{request} contains UNKNOWN elements") })
}

/// Kafka's text for each ACL that it does not add or delete.
pub(in crate::api) const NO_AUTHORIZER: &str = "No Authorizer is configured.";

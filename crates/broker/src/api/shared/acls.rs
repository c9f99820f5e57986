//! What the APIs of ACLs have in common on a broker without an authorizer.

use crate::journal::CloseReason;

/// The code of an element that the client does not know either: `ResourceType`, `PatternType`, `AclOperation` and
/// `AclPermissionType` have the same.
const UNKNOWN: i8 = 0;

/// Returns why the connection closes, if one of the elements is `UNKNOWN`. Kafka takes such a request for one that it
/// cannot read.
pub(in crate::api) fn unknown_element(elements: [i8; 4], request: &str) -> Option<CloseReason> {
    let is_unknown = elements.contains(&UNKNOWN);
    is_unknown.then(|| CloseReason::Body { error: format!("{request} contains UNKNOWN elements") })
}

/// Kafka's text for each ACL that it neither adds nor deletes.
pub(in crate::api) const NO_AUTHORIZER: &str = "No Authorizer is configured.";

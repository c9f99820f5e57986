//! What a test reports about a fault that never acted.

use kafka_trial_broker::FaultStatus;

/// Says that a fault has never acted, and what the requests that came nearest have missed, a line each.
pub fn never_acted(status: &FaultStatus) -> String {
    let mut text = format!("the fault {:?} ({}) has never acted", status.rule.id, status.rule.action);
    if status.near.is_empty() {
        text += ": no request came while it was armed";
    }
    for near in &status.near {
        let misses = match near.misses.as_slice() {
            [] => "it matches, but it is none of those that the fault acts on".to_owned(),
            misses => misses.join("; "),
        };
        let request = &near.request;
        let names = [request.topics(), request.groups()].concat().join(", ");
        let of = if names.is_empty() { String::new() } else { format!(" of {names}") };
        text += &format!("\n  {}{of} by {}: {misses}", request.api, request.client_id);
    }
    text
}

//! A group that must have no members.

use kafka_trial::client::GroupView;

/// The error for a group that still has members, which it names.
pub(super) fn has_members(view: &GroupView) -> String {
    let members: Vec<String> =
        view.members.iter().map(|member| format!("{} at {}", member.client_id, member.host)).collect();
    format!(
        "group {} still has members: {}; close them first, or wait for their session.timeout.ms",
        view.id,
        members.join(", ")
    )
}

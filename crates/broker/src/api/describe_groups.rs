//! DescribeGroups (key 15), versions 0 to 6: classic groups with their members.
//!
//! Subscriptions and the chosen protocol are shown for stable groups alone. From version 3 the answer has the authorized
//! operations (all of them), from version 4 instance ids (KIP-345). Refusals in order
//! (`GroupMetadataManager.describeGroups`), for each group:
//!
//! - NOT_COORDINATOR;
//! - GROUP_ID_NOT_FOUND, from version 6 (KIP-1043): there is no such group, or it is not classic. Before, it is shown as
//!   `Dead`, without an error.

use kafka_trial_wire::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_trial_wire::messages::{DescribeGroupsRequest, DescribeGroupsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{ClassicGroup, ClassicGroupState, Group, State};

/// `AclOperation` codes that a group knows: READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS.
pub(super) const GROUP_OPERATIONS: i32 = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11);

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: DescribeGroupsRequest,
) -> Answer<DescribeGroupsResponse> {
    let version = context.version();
    let authorized_operations = if request.include_authorized_operations { GROUP_OPERATIONS } else { i32::MIN };
    let groups = request.groups.into_iter().map(|id| {
        let checked = state.check_coordinator(context.node, &id);
        let group = state.groups().get(&id);
        let described = match (checked, group) {
            (Err(error), _) => DescribedGroup { error_code: error, ..DescribedGroup::default() },
            (Ok(()), group) => match group.map(Group::classic) {
                Some(Some(group)) => describe(group),
                found if version >= 6 => {
                    let why = if found.is_some() { "is not a classic group" } else { "not found" };
                    DescribedGroup {
                        error_code: ErrorCode::GROUP_ID_NOT_FOUND,
                        error_message: Some(format!("Group {id} {why}.").into()),
                        group_state: "Dead".into(),
                        ..DescribedGroup::default()
                    }
                }
                _ => DescribedGroup { group_state: "Dead".into(), ..DescribedGroup::default() },
            },
        };
        // Only groups without an error show operations.
        let authorized_operations =
            if described.error_code == ErrorCode::NONE { authorized_operations } else { i32::MIN };
        DescribedGroup { group_id: id, authorized_operations, ..described }
    });
    let groups = groups.collect();
    Answer::Reply(DescribeGroupsResponse { groups, ..DescribeGroupsResponse::default() })
}

fn describe(group: &ClassicGroup) -> DescribedGroup {
    let stable = group.state == ClassicGroupState::Stable;
    let protocol = group.protocol.as_deref().filter(|_| stable).unwrap_or_default();
    let members = group.members.values().map(|member| DescribedGroupMember {
        member_id: member.id.as_str().into(),
        group_instance_id: member.instance_id.as_deref().map(Text::from),
        client_id: member.client_id.as_str().into(),
        client_host: member.client_host.as_str().into(),
        member_metadata: if stable { member.metadata(protocol) } else { bytes::Bytes::new() },
        // During a rebalance the assignment of the last generation is shown.
        member_assignment: member.assignment.clone(),
        ..DescribedGroupMember::default()
    });
    DescribedGroup {
        group_state: group.state.name().into(),
        protocol_type: group.protocol_type.as_deref().unwrap_or_default().into(),
        protocol_data: protocol.into(),
        members: members.collect(),
        ..DescribedGroup::default()
    }
}

//! SyncGroup (key 14), versions 0 to 5: a member gets its assignment, and the leader hands out all of them.
//!
//! A member's answer waits for the leader's assignment; in a stable group it is answered at once. From version 3 a static
//! member names its instance (KIP-345). Refusals in order (`GroupMetadataManager.classicGroupSync`):
//!
//! - INCONSISTENT_GROUP_PROTOCOL: from version 5 protocol type and name are required (KIP-559);
//! - INVALID_GROUP_ID: the group id is empty;
//! - NOT_COORDINATOR;
//! - UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION: as for Heartbeat;
//! - INCONSISTENT_GROUP_PROTOCOL: protocol type or name are not those of the group;
//! - REBALANCE_IN_PROGRESS: the member has to join again.

use kafka_trial_wire::messages::{SyncGroupRequest, SyncGroupResponse};
use kafka_trial_wire::{ErrorCode, Text};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{State, SyncReply, SyncRequest};

pub(crate) fn handle(state: &mut State, context: &Context, request: SyncGroupRequest) -> Answer<SyncGroupResponse> {
    // From version 5 both names are required (KIP-559).
    if context.version() >= 5 && (request.protocol_type.is_none() || request.protocol_name.is_none()) {
        return Answer::Reply(respond(SyncReply::error(ErrorCode::INCONSISTENT_GROUP_PROTOCOL)));
    }
    if let Err(error) = state.check_named_coordinator(context.node, &request.group_id) {
        return Answer::Reply(respond(SyncReply::error(error)));
    }
    let sync = SyncRequest {
        ticket: context.ticket.id,
        member_id: request.member_id.as_str().to_owned(),
        instance_id: request.group_instance_id.map(|id| id.as_str().to_owned()),
        generation: request.generation_id,
        protocol_type: request.protocol_type.map(|name| name.as_str().to_owned()),
        protocol: request.protocol_name.map(|name| name.as_str().to_owned()),
        assignments: request
            .assignments
            .into_iter()
            .map(|assignment| (assignment.member_id.as_str().to_owned(), super::own(&assignment.assignment)))
            .collect(),
    };
    state.sync_group(&request.group_id, sync);
    Answer::Parked
}

/// A group's answer.
pub(super) fn respond(reply: SyncReply) -> SyncGroupResponse {
    SyncGroupResponse {
        error_code: reply.error,
        protocol_type: reply.protocol_type.map(Text::from),
        protocol_name: reply.protocol.map(Text::from),
        assignment: reply.assignment,
        ..SyncGroupResponse::default()
    }
}

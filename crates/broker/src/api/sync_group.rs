//! SyncGroup (key 14), versions 0 to 5.
//!
//! A follower's answer waits for the leader's assignment; whoever asks in a stable group is answered at once.

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

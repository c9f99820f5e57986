//! JoinGroup (key 11), versions 0 to 9: a member takes part in the next generation of a classic group.
//!
//! The answer waits until the generation is complete; with `group.initial.rebalance.delay.ms=0` the first member of a group is
//! answered at once. From version 1 the rebalance has a time-out of its own, from version 4 a new member first learns its id
//! (KIP-394), from version 5 it may be static (KIP-345), and from version 9 a static leader that returns is told to skip the
//! assignment (KIP-814). Refusals in order (`GroupMetadataManager.classicGroupJoin`):
//!
//! - INVALID_GROUP_ID: the group id is empty;
//! - NOT_COORDINATOR;
//! - INVALID_SESSION_TIMEOUT: outside of `group.min.session.timeout.ms` and `group.max.session.timeout.ms`;
//! - UNKNOWN_MEMBER_ID: there is no such group, and the member names an id;
//! - GROUP_MAX_SIZE_REACHED (`acceptJoiningMember`);
//! - INCONSISTENT_GROUP_PROTOCOL: no protocols, or none that all members have;
//! - UNKNOWN_SERVER_ERROR: a subscription that Kafka's coordinator cannot read. Kafka then answers nobody in the group;
//! - MEMBER_ID_REQUIRED, from version 4: the answer has the id to join with;
//! - UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID: as for Heartbeat.

use kafka_trial_wire::messages::join_group_response::JoinGroupResponseMember;
use kafka_trial_wire::messages::{JoinGroupRequest, JoinGroupResponse};
use kafka_trial_wire::{ErrorCode, Text};

use kafka_trial_core::{JoinReply, JoinRequest, State};

use crate::api::Answer;
use crate::traffic::Context;

pub(crate) fn handle(state: &mut State, context: &Context, request: JoinGroupRequest) -> Answer<JoinGroupResponse> {
    let version = context.version();
    let refuse = |error| Answer::Reply(respond(JoinReply::error(request.member_id.as_str(), error), version));
    if let Err(error) = state.check_named_coordinator(context.node, &request.group_id) {
        return refuse(error);
    }
    let settings = state.settings();
    let allowed = settings.group_min_session_timeout_ms..=settings.group_max_session_timeout_ms;
    if !allowed.contains(&request.session_timeout_ms) {
        return refuse(ErrorCode::INVALID_SESSION_TIMEOUT);
    }
    let join = JoinRequest {
        member_id: request.member_id.as_str().to_owned(),
        instance_id: request.group_instance_id.map(|id| id.as_str().to_owned()),
        client_id: context.client_id.as_str().to_owned(),
        client_host: context.client_host.to_string(),
        protocol_type: request.protocol_type.as_str().to_owned(),
        protocols: request
            .protocols
            .into_iter()
            .map(|protocol| (protocol.name.as_str().to_owned(), super::own(&protocol.metadata)))
            .collect(),
        session_timeout_ms: request.session_timeout_ms,
        // Version 0 has one time-out for both.
        rebalance_timeout_ms: if version >= 1 { request.rebalance_timeout_ms } else { request.session_timeout_ms },
        require_known_id: version >= 4,
        max_size: settings.group_max_size,
        ..JoinRequest::new(context.ticket.id)
    };
    state.join_group(&request.group_id, join);
    Answer::Parked
}

/// A group's answer in the version of the request.
pub(super) fn respond(reply: JoinReply, version: i16) -> JoinGroupResponse {
    // From version 9 the answer to a static leader says that the assignment stands (KIP-814). Before, it names the replaced
    // member as the leader, so that the client computes no assignment.
    let skip_assignment = reply.replaced_leader.is_some() && version >= 9;
    let (leader, members) = match reply.replaced_leader {
        Some(replaced) if version < 9 => (replaced, Vec::new()),
        _ => (reply.leader, reply.members),
    };
    let members = members.into_iter().map(|member| JoinGroupResponseMember {
        member_id: member.id.into(),
        group_instance_id: member.instance_id.map(Text::from),
        metadata: member.metadata,
        ..JoinGroupResponseMember::default()
    });
    let protocol_name = match reply.protocol {
        // Before version 7 the protocol cannot be null.
        None if version < 7 && reply.error != ErrorCode::NONE => Some(Text::default()),
        protocol => protocol.map(Text::from),
    };
    JoinGroupResponse {
        error_code: reply.error,
        generation_id: reply.generation,
        protocol_type: reply.protocol_type.map(Text::from),
        protocol_name,
        leader: leader.into(),
        skip_assignment,
        member_id: reply.member_id.into(),
        members: members.collect(),
        ..JoinGroupResponse::default()
    }
}

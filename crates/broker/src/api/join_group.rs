//! JoinGroup (key 11), versions 0 to 9.
//!
//! From version 4 a new member is first told its id (KIP-394), from 5 it may be static (KIP-345), from 9 a returning
//! static leader is told to skip the assignment (KIP-814). The answer waits until the generation is complete; with
//! `group.initial.rebalance.delay.ms=0` the first member of a group is answered at once.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{JoinGroupRequest, JoinGroupResponse};

use crate::core::{Answer, Context, Core, JoinRequest, join_error};

pub(crate) fn handle(core: &mut Core, context: &Context, request: JoinGroupRequest) -> Answer<JoinGroupResponse> {
    let version = context.version();
    let refuse = |error| Answer::Reply(join_error(version, &request.member_id, error));
    if let Err(error) = core.check_named_coordinator(context.node, &request.group_id) {
        return refuse(error);
    }
    let allowed = core.settings.group_min_session_timeout_ms..=core.settings.group_max_session_timeout_ms;
    if !allowed.contains(&request.session_timeout_ms) {
        return refuse(ErrorCode::INVALID_SESSION_TIMEOUT);
    }
    let is_new = request.member_id.is_empty();
    if is_new {
        core.groups.get_or_create(&request.group_id);
    } else if core.groups.get(&request.group_id).is_none() {
        return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
    }
    let stem = request.group_instance_id.as_ref().unwrap_or(&context.client_id);
    let fresh_id = format!("{stem}-{}", core.rng.dashed_uuid());
    let join = JoinRequest {
        ticket: context.ticket,
        member_id: request.member_id.as_str().to_owned(),
        fresh_id,
        instance_id: request.group_instance_id.map(|id| id.as_str().to_owned()),
        client_id: context.client_id.as_str().to_owned(),
        client_host: context.client_host.clone(),
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
        max_size: core.settings.group_max_size,
    };
    match core.join_group(&request.group_id, join) {
        None => Answer::Parked,
        Some(Ok(response)) => Answer::Reply(response),
        Some(Err((member, error))) => Answer::Reply(join_error(version, &member, error)),
    }
}

//! LeaveGroup (key 13), versions 0 to 5: members leave a classic group.
//!
//! From version 3 several members may leave at once, each by its id or its instance id and with its own error (KIP-345).
//! Refusals in order (`GroupMetadataManager.classicGroupLeave`):
//!
//! - INVALID_GROUP_ID: the group id is empty;
//! - NOT_COORDINATOR;
//! - UNKNOWN_MEMBER_ID: there is no such group, or it has no such member or instance;
//! - FENCED_INSTANCE_ID: a different member has the instance now.
//!
//! Left out: the reason that a member gives from version 5 (KIP-800), which Kafka only logs.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::leave_group_response::MemberResponse;
use kafka_trial_wire::messages::{LeaveGroupRequest, LeaveGroupResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(state: &mut State, context: &Context, request: LeaveGroupRequest) -> Answer<LeaveGroupResponse> {
    let failed =
        |error: ErrorCode| Answer::Reply(LeaveGroupResponse { error_code: error, ..LeaveGroupResponse::default() });
    if let Err(error) = state.check_named_coordinator(context.node, &request.group_id) {
        return failed(error);
    }
    if context.version() < 3 {
        let left = state.leave_group(&request.group_id, &[(request.member_id.as_str(), None)]);
        return failed(left.into_iter().find_map(Result::err).unwrap_or(ErrorCode::NONE));
    }
    let leaving: Vec<(&str, Option<&str>)> =
        request.members.iter().map(|member| (member.member_id.as_str(), member.group_instance_id.as_deref())).collect();
    let results = state.leave_group(&request.group_id, &leaving);
    let members = request.members.iter().zip(results).map(|(member, result)| MemberResponse {
        error_code: result.err().unwrap_or(ErrorCode::NONE),
        member_id: member.member_id.clone(),
        group_instance_id: member.group_instance_id.clone(),
        ..MemberResponse::default()
    });
    let members = members.collect();
    Answer::Reply(LeaveGroupResponse { members, ..LeaveGroupResponse::default() })
}

//! LeaveGroup (key 13), versions 0 to 5; from 3 several members at once, each with its own error (KIP-345).

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::leave_group_response::MemberResponse;
use kafka_trial_wire::messages::{LeaveGroupRequest, LeaveGroupResponse};

use crate::core::{Answer, Context, Core};

pub(crate) fn handle(core: &mut Core, context: &Context, request: LeaveGroupRequest) -> Answer<LeaveGroupResponse> {
    let failed =
        |error: ErrorCode| Answer::Reply(LeaveGroupResponse { error_code: error.0, ..LeaveGroupResponse::default() });
    if let Err(error) = core.check_coordinator(context.node, &request.group_id) {
        return failed(error);
    }
    let mut leave = |member: &str, instance: Option<&str>| {
        core.step_classic(&request.group_id, |group, effects| group.leave(member, instance, effects))
            .unwrap_or(Err(ErrorCode::UNKNOWN_MEMBER_ID))
    };
    if context.version() < 3 {
        return failed(leave(&request.member_id, None).err().unwrap_or(ErrorCode::NONE));
    }
    let members = request.members.into_iter().map(|member| {
        let result = leave(&member.member_id, member.group_instance_id.as_deref());
        MemberResponse {
            error_code: result.as_ref().err().copied().unwrap_or(ErrorCode::NONE).0,
            member_id: member.member_id,
            group_instance_id: member.group_instance_id,
            ..MemberResponse::default()
        }
    });
    let members = members.collect();
    Answer::Reply(LeaveGroupResponse { members, ..LeaveGroupResponse::default() })
}

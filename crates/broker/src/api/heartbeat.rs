//! Heartbeat (key 12), versions 0 to 4.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{HeartbeatRequest, HeartbeatResponse};

use crate::core::{Answer, Context, Core};

pub(crate) fn handle(core: &mut Core, context: &Context, request: HeartbeatRequest) -> Answer<HeartbeatResponse> {
    let beat = core.check_coordinator(context.node, &request.group_id).and_then(|()| {
        let instance = request.group_instance_id.as_deref();
        core.step_classic(&request.group_id, |group, effects| {
            group.heartbeat(&request.member_id, instance, request.generation_id, effects)
        })
        .unwrap_or(Err(ErrorCode::UNKNOWN_MEMBER_ID))
    });
    let error_code = beat.err().unwrap_or(ErrorCode::NONE).0;
    Answer::Reply(HeartbeatResponse { error_code, ..HeartbeatResponse::default() })
}

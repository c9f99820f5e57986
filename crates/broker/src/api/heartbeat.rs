//! Heartbeat (key 12), versions 0 to 4.

use kafka_trial_wire::messages::{HeartbeatRequest, HeartbeatResponse};

use crate::core::{Answer, Context, Core};

pub(crate) fn handle(core: &mut Core, context: &Context, request: HeartbeatRequest) -> Answer<HeartbeatResponse> {
    let beat = core.check_named_coordinator(context.node, &request.group_id).and_then(|()| {
        let instance = request.group_instance_id.as_deref();
        core.heartbeat_classic(&request.group_id, &request.member_id, instance, request.generation_id)
    });
    let refuse = |error: kafka_trial_wire::ErrorCode| HeartbeatResponse { error_code: error.0, ..Default::default() };
    Answer::Reply(beat.unwrap_or_else(refuse))
}

//! Heartbeat (key 12), versions 0 to 4.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{HeartbeatRequest, HeartbeatResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(state: &mut State, context: &Context, request: HeartbeatRequest) -> Answer<HeartbeatResponse> {
    let beat = state.check_named_coordinator(context.node, &request.group_id).and_then(|()| {
        let instance = request.group_instance_id.as_deref();
        state.heartbeat_classic(&request.group_id, &request.member_id, instance, request.generation_id)
    });
    let error_code = beat.err().unwrap_or(ErrorCode::NONE);
    Answer::Reply(HeartbeatResponse { error_code, ..HeartbeatResponse::default() })
}

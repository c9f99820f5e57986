//! Heartbeat (key 12), versions 0 to 4: a member of a classic group is alive.
//!
//! From version 3 a static member names its instance (KIP-345). Refusals in order
//! (`GroupMetadataManager.classicGroupHeartbeat`):
//!
//! - INVALID_GROUP_ID: the group id is empty;
//! - NOT_COORDINATOR;
//! - UNKNOWN_MEMBER_ID: there is no such group, or it has no such member or instance;
//! - FENCED_INSTANCE_ID: a different member has the instance now;
//! - ILLEGAL_GENERATION;
//! - REBALANCE_IN_PROGRESS: the member has to join again. Its session is extended all the same.
//!
//! A member of a consumer group may speak this protocol, too (KIP-848, `classicGroupHeartbeatToConsumerGroup`).

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

//! FindCoordinator (key 10), versions 0 to 6; from 4 several keys at once (KIP-699).
//!
//! Left out: coordinators of transactions and share groups, which are not served; they answer
//! COORDINATOR_NOT_AVAILABLE.

use kafka_trial_wire::messages::find_coordinator_response::Coordinator;
use kafka_trial_wire::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_trial_wire::{ErrorCode, Text};

use crate::core::{Answer, Context, Core};

/// `FindCoordinatorRequest.CoordinatorType.GROUP`.
const GROUP: i8 = 0;

pub(crate) fn handle(
    core: &mut Core,
    context: &Context,
    request: FindCoordinatorRequest,
) -> Answer<FindCoordinatorResponse> {
    if context.version() >= 4 {
        let coordinators = request.coordinator_keys.into_iter().map(|key| find(core, request.key_type, key)).collect();
        return Answer::Reply(FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() });
    }
    let found = find(core, request.key_type, request.key);
    Answer::Reply(FindCoordinatorResponse {
        error_code: found.error_code,
        error_message: found.error_message,
        node_id: found.node_id,
        host: found.host,
        port: found.port,
        ..FindCoordinatorResponse::default()
    })
}

fn find(core: &Core, key_type: i8, key: Text) -> Coordinator {
    let nowhere = |key, error: ErrorCode, text: &str| Coordinator {
        key,
        node_id: -1,
        host: Text::default(),
        port: -1,
        error_code: error.0,
        error_message: Some(text.into()),
        ..Coordinator::default()
    };
    if !(0..=2).contains(&key_type) {
        return nowhere(key, ErrorCode::INVALID_REQUEST, "the coordinator type is unknown");
    }
    if key_type != GROUP {
        return nowhere(key, ErrorCode::COORDINATOR_NOT_AVAILABLE, "only groups have a coordinator here");
    }
    match core.coordinator(&key) {
        Some(node) => Coordinator {
            key,
            node_id: node.id,
            host: node.host.as_str().into(),
            port: node.port.into(),
            error_message: Some(Text::default()),
            ..Coordinator::default()
        },
        None => nowhere(key, ErrorCode::COORDINATOR_NOT_AVAILABLE, "there is no broker"),
    }
}

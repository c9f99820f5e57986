//! FindCoordinator (key 10), versions 0 to 6: the broker that coordinates a group or a transactional id.
//!
//! From version 1 keys have a type (transactional ids, KIP-98), from version 4 there may be several keys (KIP-699). The first
//! request creates `__consumer_offsets` or `__transaction_state`. Refusals (`KafkaApis.getCoordinator`), for each key:
//!
//! - INVALID_REQUEST: the type does not exist, or is that of share groups;
//! - COORDINATOR_NOT_AVAILABLE: no broker leads the key's partition.
//!
//! Left out: share groups (type 2), which are not served.

use kafka_trial_wire::messages::find_coordinator_response::Coordinator;
use kafka_trial_wire::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::shared::refusal::MALFORMED;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{InternalTopic, State};

/// `FindCoordinatorRequest.CoordinatorType`.
const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: FindCoordinatorRequest,
) -> Answer<FindCoordinatorResponse> {
    if context.version() >= 4 {
        let coordinators = request.coordinator_keys.into_iter().map(|key| find(state, request.key_type, key)).collect();
        return Answer::Reply(FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() });
    }
    let found = find(state, request.key_type, request.key);
    let text = match found.error_code {
        ErrorCode::NONE => Some("NONE".into()),
        ErrorCode::INVALID_REQUEST => Some(MALFORMED.into()),
        _ => found.error_message,
    };
    Answer::Reply(FindCoordinatorResponse {
        error_code: found.error_code,
        error_message: text,
        node_id: found.node_id,
        host: found.host,
        port: found.port,
        ..FindCoordinatorResponse::default()
    })
}

fn find(state: &mut State, key_type: i8, key: Text) -> Coordinator {
    let nowhere = |key, error: ErrorCode, text: &str| Coordinator {
        key,
        node_id: -1,
        host: Text::default(),
        port: -1,
        error_code: error,
        error_message: Some(text.into()),
        ..Coordinator::default()
    };
    match key_type {
        GROUP => state.ensure_internal_topic(InternalTopic::ConsumerOffsets),
        TRANSACTION => state.ensure_internal_topic(InternalTopic::TransactionState),
        _ => {}
    }
    let node = match key_type {
        GROUP => state.coordinator(&key),
        TRANSACTION => state.transaction_coordinator(&key),
        // Kafka first checks the form of a share group's key, and refuses it without a text.
        SHARE => return nowhere(key, ErrorCode::INVALID_REQUEST, ""),
        _ => return nowhere(key, ErrorCode::INVALID_REQUEST, MALFORMED),
    };
    match node {
        Some(node) => Coordinator {
            key,
            node_id: node.id,
            host: node.host.as_str().into(),
            port: node.port.into(),
            error_message: Some(Text::default()),
            ..Coordinator::default()
        },
        None => nowhere(key, ErrorCode::COORDINATOR_NOT_AVAILABLE, ""),
    }
}

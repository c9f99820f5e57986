//! InitProducerId (key 22), versions 0 to 5, for idempotent producers (KIP-98, KIP-360).
//!
//! A producer without a transactional id always gets a fresh producer id with epoch 0.
//! Left out: transactional ids. They answer UNSUPPORTED_VERSION, which no client tries again for ever; an empty one
//! answers INVALID_REQUEST, as on Kafka.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{InitProducerIdRequest, InitProducerIdResponse};

use crate::core::{Answer, Context, Core};

pub(crate) fn handle(
    core: &mut Core,
    _context: &Context,
    request: InitProducerIdRequest,
) -> Answer<InitProducerIdResponse> {
    let refused = |error: ErrorCode| InitProducerIdResponse {
        error_code: error.0,
        producer_id: -1,
        producer_epoch: -1,
        ..InitProducerIdResponse::default()
    };
    Answer::Reply(match request.transactional_id {
        // A producer id and its epoch come together or not at all.
        _ if (request.producer_id == -1) != (request.producer_epoch == -1) => refused(ErrorCode::INVALID_REQUEST),
        Some(id) if id.is_empty() => refused(ErrorCode::INVALID_REQUEST),
        Some(_) => refused(ErrorCode::UNSUPPORTED_VERSION),
        None => InitProducerIdResponse {
            producer_id: core.producer_ids.allocate(),
            producer_epoch: 0,
            ..InitProducerIdResponse::default()
        },
    })
}

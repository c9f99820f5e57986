//! InitProducerId (key 22), versions 0 to 5 (KIP-98): gives a producer its id and epoch.
//!
//! A producer without a transactional id always gets a fresh producer id with epoch 0. A transactional one gets the producer
//! id of its transactional id with the next epoch, which fences the producer before it. From version 3 a producer may name the
//! id and epoch that it has (KIP-360). Refusals in order (`TransactionCoordinator.handleInitProducerId`):
//!
//! - INVALID_REQUEST: a producer id without an epoch, or an epoch without a producer id; then an empty transactional id;
//! - NOT_COORDINATOR;
//! - INVALID_TRANSACTION_TIMEOUT: not positive, or above `transaction.max.timeout.ms`;
//! - PRODUCER_FENCED: the named id and epoch are not the current ones; before version 4 INVALID_PRODUCER_EPOCH (KIP-588);
//! - CONCURRENT_TRANSACTIONS: an ongoing transaction is aborted first; the client asks again until its markers are written.
//!
//! Left out: two-phase commit (version 6, KIP-939), which Kafka 4.3 does not serve either.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{InitProducerIdRequest, InitProducerIdResponse};

use super::shared::transactions::fenced_before;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: InitProducerIdRequest,
) -> Answer<InitProducerIdResponse> {
    let (id, epoch) = (request.producer_id, request.producer_epoch);
    // A producer id and its epoch come together or not at all.
    let begun = if (id == -1) != (epoch == -1) {
        Err(ErrorCode::INVALID_REQUEST)
    } else {
        match &request.transactional_id {
            None => Ok((state.allocate_producer_id(), 0)),
            Some(name) => state.check_transaction_coordinator(context.node, name).and_then(|()| {
                let expected = (id != -1).then_some((id, epoch));
                state.begin_transactional_producer(name, request.transaction_timeout_ms, expected)
            }),
        }
    };
    Answer::Reply(match begun {
        Ok((producer_id, producer_epoch)) => {
            InitProducerIdResponse { producer_id, producer_epoch, ..InitProducerIdResponse::default() }
        }
        Err(error) => InitProducerIdResponse {
            error_code: fenced_before(4, context.version(), error),
            producer_id: -1,
            producer_epoch: -1,
            ..InitProducerIdResponse::default()
        },
    })
}

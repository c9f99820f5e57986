//! AddOffsetsToTxn (key 25), versions 0 to 4 (KIP-98): the offsets of a group become part of a transaction.
//!
//! The transaction gets the group's partition of `__consumer_offsets`; the group need not exist. Refusals in order
//! (`TransactionCoordinator.handleAddPartitionsToTransaction`):
//!
//! - INVALID_REQUEST: the transactional id is empty;
//! - NOT_COORDINATOR;
//! - INVALID_PRODUCER_ID_MAPPING: the transactional id is unknown, or belongs to a different producer id;
//! - PRODUCER_FENCED: the epoch is not the current one; before version 2 INVALID_PRODUCER_EPOCH (KIP-588);
//! - CONCURRENT_TRANSACTIONS: the markers of the last transaction are not all written.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};

use super::shared::transactions::fenced_before;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{State, TransactionVersion};

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: AddOffsetsToTxnRequest,
) -> Answer<AddOffsetsToTxnResponse> {
    let id = &request.transactional_id;
    let partition = state.offsets_partition(&request.group_id);
    let added = state.check_transaction_coordinator(context.node, id).and_then(|()| {
        let producer = (request.producer_id, request.producer_epoch);
        state.add_to_transaction(id, producer, TransactionVersion::V1, [partition])
    });
    let error_code = added.map_or_else(|error| fenced_before(2, context.version(), error), |()| ErrorCode::NONE);
    Answer::Reply(AddOffsetsToTxnResponse { error_code, ..AddOffsetsToTxnResponse::default() })
}

//! AddOffsetsToTxn (key 25), versions 0 to 4 (KIP-98): the offsets of a group become part of a transaction.
//!
//! Any group may be named, also one that does not exist: what is added is its partition of `__consumer_offsets`.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};

use super::shared::transactions::fenced_before;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: AddOffsetsToTxnRequest,
) -> Answer<AddOffsetsToTxnResponse> {
    let id = &request.transactional_id;
    let partition = state.offsets_partition(&request.group_id);
    let added = state
        .check_transaction_coordinator(context.node, id)
        .and_then(|()| state.add_to_transaction(id, request.producer_id, request.producer_epoch, [partition]));
    let error_code = added.map_or_else(|error| fenced_before(2, context.version(), error), |()| ErrorCode::NONE);
    Answer::Reply(AddOffsetsToTxnResponse { error_code, ..AddOffsetsToTxnResponse::default() })
}

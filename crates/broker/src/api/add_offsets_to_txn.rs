//! AddOffsetsToTxn (key 25), versions 0 to 4 (KIP-98): the offsets of a group become part of a transaction.
//!
//! Any group may be named, also one that does not exist: what is added is its partition of `__consumer_offsets`.

use kafka_trial_wire::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};

use super::transactions::fenced_before;
use crate::core::{Answer, Context, Core, offsets_partition};

pub(crate) fn handle(
    core: &mut Core,
    context: &Context,
    request: AddOffsetsToTxnRequest,
) -> Answer<AddOffsetsToTxnResponse> {
    let id = &request.transactional_id;
    let partition = offsets_partition(core.offsets_partition_of(&request.group_id));
    let added = core
        .check_transaction_coordinator(context.node, id)
        .and_then(|()| core.add_to_transaction(id, request.producer_id, request.producer_epoch, [partition]));
    let error_code = added.err().map_or(0, |error| fenced_before(2, context.version(), error).0);
    Answer::Reply(AddOffsetsToTxnResponse { error_code, ..AddOffsetsToTxnResponse::default() })
}

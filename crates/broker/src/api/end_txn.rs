//! EndTxn (key 26), versions 0 to 5 (KIP-98): commits or aborts a transaction.
//!
//! From version 5 the answer has the producer id and epoch for the next transaction (KIP-890), and a transaction that was
//! not begun may be aborted. Refusals in order (`TransactionCoordinator.endTransaction`):
//!
//! - INVALID_REQUEST: the transactional id is empty;
//! - NOT_COORDINATOR;
//! - INVALID_PRODUCER_ID_MAPPING: the transactional id is unknown, or belongs to a different producer id;
//! - PRODUCER_FENCED: the epoch is not the current one; before version 2 INVALID_PRODUCER_EPOCH (KIP-588);
//! - CONCURRENT_TRANSACTIONS: this end is decided, and its markers are not all written;
//! - INVALID_TXN_STATE: no transaction is open, or it was ended the other way.

use kafka_trial_wire::messages::{EndTxnRequest, EndTxnResponse};

use super::shared::transactions::fenced_before;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{State, TransactionVersion};

pub(crate) fn handle(state: &mut State, context: &Context, request: EndTxnRequest) -> Answer<EndTxnResponse> {
    let id = &request.transactional_id;
    let generation = if context.version() >= 5 { TransactionVersion::V2 } else { TransactionVersion::V1 };
    let ended = state.check_transaction_coordinator(context.node, id).and_then(|()| {
        state.end_transaction(id, request.producer_id, request.producer_epoch, request.committed, generation)
    });
    Answer::Reply(match ended {
        Ok((producer_id, producer_epoch)) => {
            EndTxnResponse { producer_id, producer_epoch, ..EndTxnResponse::default() }
        }
        Err(error) => {
            EndTxnResponse { error_code: fenced_before(2, context.version(), error), ..EndTxnResponse::default() }
        }
    })
}

//! EndTxn (key 26), versions 0 to 5 (KIP-98).
//!
//! From version 5 the answer carries the epoch that the producer goes on with (KIP-890), and a transaction that was
//! not begun may be aborted.

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

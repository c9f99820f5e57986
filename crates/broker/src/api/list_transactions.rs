//! ListTransactions (key 66), versions 0 to 2 (KIP-664): the transactional ids that this broker coordinates.
//!
//! Filters by state and producer id; from version 1 by how long the transaction has lasted (KIP-994); from version 2 by an
//! RE2/J expression that must match the whole id (KIP-1152). The answer names the states of the filter that do not exist.
//!
//! - INVALID_REGULAR_EXPRESSION (`TransactionCoordinator.handleListTransactions`).

use kafka_trial_wire::messages::list_transactions_response::TransactionState as Row;
use kafka_trial_wire::messages::{ListTransactionsRequest, ListTransactionsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Pattern, State, Transaction, TransactionState};

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: ListTransactionsRequest,
) -> Answer<ListTransactionsResponse> {
    let pattern = match request.transactional_id_pattern.as_deref().filter(|pattern| !pattern.is_empty()) {
        None => None,
        Some(pattern) => match Pattern::compile(pattern) {
            Ok(pattern) => Some(pattern),
            Err(_) => {
                return Answer::Reply(ListTransactionsResponse {
                    error_code: ErrorCode::INVALID_REGULAR_EXPRESSION,
                    ..ListTransactionsResponse::default()
                });
            }
        },
    };
    let (states, ids) = (&request.state_filters, &request.producer_id_filters);
    let wanted = |id: &str, transaction: &Transaction| {
        let lasts = transaction.started.map_or(i64::MAX, |started| state.now().millis() - started.millis());
        (states.is_empty() || states.iter().any(|state| *state == transaction.state.name()))
            && (ids.is_empty() || ids.contains(&transaction.producer_id))
            && (request.duration_filter < 0 || lasts > request.duration_filter)
            && pattern.as_ref().is_none_or(|pattern| pattern.is_match(id))
            && state.transaction_coordinator(id).is_some_and(|node| node.id == context.node)
    };
    let rows = state.transactions().iter().filter(|(id, transaction)| wanted(id, transaction));
    let rows = rows.map(|(id, transaction)| Row {
        transactional_id: id.into(),
        producer_id: transaction.producer_id,
        transaction_state: transaction.state.name().into(),
        ..Row::default()
    });
    let transaction_states = rows.collect();
    let unknown: Vec<Text> = states.iter().filter(|state| !TransactionState::is_known(state)).cloned().collect();
    Answer::Reply(ListTransactionsResponse {
        unknown_state_filters: unknown,
        transaction_states,
        ..ListTransactionsResponse::default()
    })
}

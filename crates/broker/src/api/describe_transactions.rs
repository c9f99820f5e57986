//! DescribeTransactions (key 65), version 0 (KIP-664): where transactional ids stand.
//!
//! Refusals in order (`TransactionCoordinator.handleDescribeTransactions`), for each id:
//!
//! - INVALID_REQUEST: the id is empty;
//! - NOT_COORDINATOR;
//! - TRANSACTIONAL_ID_NOT_FOUND.

use kafka_trial_wire::messages::describe_transactions_response::{TopicData, TransactionState};
use kafka_trial_wire::messages::{DescribeTransactionsRequest, DescribeTransactionsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{State, TopicPartition, Transaction};

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: DescribeTransactionsRequest,
) -> Answer<DescribeTransactionsResponse> {
    let states = request.transactional_ids.into_iter().map(|id| {
        let found = state
            .check_transaction_coordinator(context.node, &id)
            .and_then(|()| state.transactions().get(&id).ok_or(ErrorCode::TRANSACTIONAL_ID_NOT_FOUND));
        match found {
            Ok(transaction) => describe(id, transaction),
            Err(error) => TransactionState { transactional_id: id, error_code: error, ..TransactionState::default() },
        }
    });
    let transaction_states = states.collect();
    Answer::Reply(DescribeTransactionsResponse { transaction_states, ..DescribeTransactionsResponse::default() })
}

fn describe(transactional_id: Text, transaction: &Transaction) -> TransactionState {
    let mut topics: Vec<TopicData> = Vec::new();
    for TopicPartition { topic, partition } in &transaction.partitions {
        match topics.last_mut().filter(|last| last.topic == **topic) {
            Some(last) => last.partitions.push(*partition),
            None => topics.push(TopicData {
                topic: (&**topic).into(),
                partitions: vec![*partition],
                ..TopicData::default()
            }),
        }
    }
    TransactionState {
        transactional_id,
        transaction_state: transaction.state.name().into(),
        transaction_timeout_ms: transaction.timeout_ms,
        transaction_start_time_ms: transaction.started.map_or(-1, |started| started.millis()),
        producer_id: transaction.producer_id,
        producer_epoch: transaction.epoch,
        topics,
        ..TransactionState::default()
    }
}

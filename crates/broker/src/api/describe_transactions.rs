//! DescribeTransactions (key 65), version 0 (KIP-664).

use kafka_trial_wire::messages::describe_transactions_response::{TopicData, TransactionState};
use kafka_trial_wire::messages::{DescribeTransactionsRequest, DescribeTransactionsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use crate::core::{Answer, Context, Core, Transaction};

pub(crate) fn handle(
    core: &mut Core,
    context: &Context,
    request: DescribeTransactionsRequest,
) -> Answer<DescribeTransactionsResponse> {
    let states = request.transactional_ids.into_iter().map(|id| {
        let found = core
            .check_transaction_coordinator(context.node, &id)
            .and_then(|()| core.transactions.get(&id).ok_or(ErrorCode::TRANSACTIONAL_ID_NOT_FOUND));
        match found {
            Ok(transaction) => describe(id, transaction),
            Err(error) => TransactionState { transactional_id: id, error_code: error.0, ..TransactionState::default() },
        }
    });
    let transaction_states = states.collect();
    Answer::Reply(DescribeTransactionsResponse { transaction_states, ..DescribeTransactionsResponse::default() })
}

fn describe(transactional_id: Text, transaction: &Transaction) -> TransactionState {
    let mut topics: Vec<TopicData> = Vec::new();
    for (topic, index) in &transaction.partitions {
        match topics.last_mut().filter(|last| last.topic == *topic.as_str()) {
            Some(last) => last.partitions.push(*index),
            None => topics.push(TopicData {
                topic: topic.as_str().into(),
                partitions: vec![*index],
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

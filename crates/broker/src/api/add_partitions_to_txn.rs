//! AddPartitionsToTxn (key 24), versions 0 to 5 (KIP-98): adds partitions to transactions.
//!
//! Up to version 3 a request is about one transaction. From version 4 it has several, each to add to or only to verify
//! (KIP-890). Refusals in order (`KafkaApis.handleAddPartitionsToTxnRequest`):
//!
//! - TOPIC_AUTHORIZATION_FAILED for an internal topic, UNKNOWN_TOPIC_OR_PARTITION for a partition that does not exist: all
//!   other partitions of the transaction then answer OPERATION_NOT_ATTEMPTED;
//! - INVALID_REQUEST, NOT_COORDINATOR, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS: as for
//!   AddOffsetsToTxn;
//! - TRANSACTION_ABORTABLE: the transaction does not have the partition that is to be verified.
//!
//! Different from Kafka: a request without transactions (version 4 and above) is answered; Kafka never answers it.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_trial_wire::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnResult, AddPartitionsToTxnTopicResult,
};
use kafka_trial_wire::messages::{AddPartitionsToTxnRequest, AddPartitionsToTxnResponse};

use super::shared::transactions::fenced_before;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{State, TopicPartition, TransactionVersion, is_internal_topic};

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: AddPartitionsToTxnRequest,
) -> Answer<AddPartitionsToTxnResponse> {
    if context.version() >= 4 {
        let results = request.transactions.into_iter().map(|transaction| {
            let asked = Asked {
                id: &transaction.transactional_id,
                producer_id: transaction.producer_id,
                epoch: transaction.producer_epoch,
                verify_only: transaction.verify_only,
            };
            let topic_results = answer(state, context, &asked, transaction.topics);
            AddPartitionsToTxnResult {
                transactional_id: transaction.transactional_id.clone(),
                topic_results,
                ..AddPartitionsToTxnResult::default()
            }
        });
        let results_by_transaction = results.collect();
        return Answer::Reply(AddPartitionsToTxnResponse {
            results_by_transaction,
            ..AddPartitionsToTxnResponse::default()
        });
    }
    let asked = Asked {
        id: &request.v3_and_below_transactional_id,
        producer_id: request.v3_and_below_producer_id,
        epoch: request.v3_and_below_producer_epoch,
        verify_only: false,
    };
    let results_by_topic_v3_and_below = answer(state, context, &asked, request.v3_and_below_topics);
    Answer::Reply(AddPartitionsToTxnResponse { results_by_topic_v3_and_below, ..AddPartitionsToTxnResponse::default() })
}

/// The part of a request that concerns one transaction.
struct Asked<'a> {
    id: &'a str,
    producer_id: i64,
    epoch: i16,
    verify_only: bool,
}

fn answer(
    state: &mut State,
    context: &Context,
    asked: &Asked<'_>,
    topics: Vec<AddPartitionsToTxnTopic>,
) -> Vec<AddPartitionsToTxnTopicResult> {
    let places = topics.iter().flat_map(|topic| {
        let name = topic.name.as_str();
        topic.partitions.iter().map(move |index| TopicPartition::new(name, *index))
    });
    let places: Vec<TopicPartition> = places.collect();
    let refusals: Vec<Option<ErrorCode>> = places.iter().map(|place| refusal(state, place)).collect();
    let errors: Vec<ErrorCode> = if refusals.iter().any(Option::is_some) {
        refusals.into_iter().map(|refusal| refusal.unwrap_or(ErrorCode::OPERATION_NOT_ATTEMPTED)).collect()
    } else if places.is_empty() {
        Vec::new()
    } else {
        join(state, context, asked, &places)
    };
    let mut errors = errors.into_iter();
    let results = topics.into_iter().map(|topic| {
        let rows = topic.partitions.into_iter().map(|partition_index| AddPartitionsToTxnPartitionResult {
            partition_index,
            partition_error_code: errors.next().unwrap_or(ErrorCode::NONE),
            ..AddPartitionsToTxnPartitionResult::default()
        });
        let results_by_partition = rows.collect();
        AddPartitionsToTxnTopicResult {
            name: topic.name,
            results_by_partition,
            ..AddPartitionsToTxnTopicResult::default()
        }
    });
    results.collect()
}

/// Why a partition cannot be part of a transaction.
fn refusal(state: &State, place: &TopicPartition) -> Option<ErrorCode> {
    if is_internal_topic(&place.topic) {
        return Some(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    }
    let is_there = state.topics().get(&place.topic).and_then(|topic| topic.partition(place.partition)).is_some();
    (!is_there).then_some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
}

fn join(state: &mut State, context: &Context, asked: &Asked<'_>, places: &[TopicPartition]) -> Vec<ErrorCode> {
    let known = |error| fenced_before(2, context.version(), error);
    let checked = state.check_transaction_coordinator(context.node, asked.id);
    if asked.verify_only && checked.is_ok() {
        let verify = |place| state.verify_in_transaction(asked.id, asked.producer_id, asked.epoch, place);
        return places.iter().map(|place| verify(place).map_or_else(known, |()| ErrorCode::NONE)).collect();
    }
    let (producer, version) = ((asked.producer_id, asked.epoch), TransactionVersion::V1);
    let added = checked.and_then(|()| state.add_to_transaction(asked.id, producer, version, places.iter().cloned()));
    vec![added.map_or_else(known, |()| ErrorCode::NONE); places.len()]
}

//! Produce (key 0), versions 3 to 13: appends records. Versions 0 to 2 are shown and close the connection (KAFKA-18659).
//!
//! Each partition gets exactly one record batch, which is checked and stored as it came, or packed anew if the topic's
//! `compression.type` wants a different codec. Idempotent producers (KIP-98) are checked against their last five batches; a
//! batch that is there already is answered with its offset. The first batch of a transaction in a partition is checked with
//! the transaction's coordinator, which from version 12 adds the partition (KIP-890). From version 7 zstd is allowed
//! (KIP-110), from 10 the answer has leaders (KIP-951), from 13 topics are named by id (KIP-516).
//!
//! With acks=0 no answer is owed; a refusal then closes the connection. Refusals in order (`ReplicaManager.appendRecords`,
//! `UnifiedLog.append`), for each partition:
//!
//! - before version 7 UNKNOWN_SERVER_ERROR for the whole request: a batch names a codec that does not exist;
//! - TRANSACTIONAL_ID_AUTHORIZATION_FAILED: a transactional batch in a request without a transactional id;
//! - INVALID_TOPIC_EXCEPTION: an internal topic;
//! - UNKNOWN_TOPIC_ID from version 13, otherwise UNKNOWN_TOPIC_OR_PARTITION;
//! - INVALID_REQUIRED_ACKS;
//! - NOT_LEADER_OR_FOLLOWER;
//! - NOT_ENOUGH_REPLICAS: acks=-1, and fewer replicas in sync than `min.insync.replicas`;
//! - the batch is not exactly one of magic 2 (`batch_checks`);
//! - the transaction does not accept the partition (`transaction`);
//! - the batch's bytes (`batch_checks`), its records (`record_checks`), and its epoch and sequence (`State::append`).
//!
//! Different from Kafka: null records are answered INVALID_RECORD; Kafka never answers them.

mod batch_checks;
mod record_checks;
mod transaction;

use std::sync::Arc;

use kafka_trial_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_trial_wire::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
};
use kafka_trial_wire::messages::{ProduceRequest, ProduceResponse};
use kafka_trial_wire::records::Batch;
use kafka_trial_wire::{ErrorCode, Pieces, Text, Uuid};

use self::batch_checks::{Rejection, check_bytes, single_batch};
use self::record_checks::{Place, validate};
use self::transaction::{begins_transaction, enter_transaction, transaction_version};
use super::shared::leader_hints::hint_producer;
use crate::api::{Answer, Dispatch};
use crate::journal::CloseReason;
use crate::traffic::Context;
use kafka_trial_core::{Appended, State, TopicPartition, is_internal_topic};

pub(crate) fn handle(
    dispatch: &mut Dispatch<'_>,
    context: &Context,
    request: ProduceRequest,
) -> Answer<ProduceResponse> {
    let params = ProduceParams {
        version: context.version(),
        node: context.node,
        acks: request.acks,
        has_no_time: request.acks == -1 && request.timeout_ms <= 0,
        lacks_transactional_id: request.transactional_id.is_none() && has_transactional_batch(&request),
        transactional_id: request.transactional_id.clone().unwrap_or_default(),
    };
    if params.version < 7 && !params.lacks_transactional_id && names_no_codec(dispatch.state, &request) {
        // Kafka fails on a codec that does not exist before it has appended any batch, and has no error code for it.
        let response = refuse_all(request.topic_data, ErrorCode::UNKNOWN_SERVER_ERROR);
        return if request.acks == 0 {
            Answer::Close(response, CloseReason::Unacknowledged)
        } else {
            Answer::Reply(response)
        };
    }
    let mut failed = false;
    let mut position = 0;
    let mut responses = Vec::with_capacity(request.topic_data.len());
    for data in request.topic_data {
        let (name, id) = (data.name, data.topic_id);
        let mut partition_responses = Vec::with_capacity(data.partition_data.len());
        for wanted in data.partition_data {
            let index = wanted.index;
            let result = produce(dispatch.state, &params, &name, id, wanted);
            match &result {
                Ok(done) if done.appended.is_new => {}
                Ok(_) => dispatch.journal.duplicate(context.ticket.id, position),
                Err(_) => failed = true,
            }
            position += 1;
            partition_responses.push(respond(index, result));
        }
        if partition_responses.is_empty() {
            continue;
        }
        responses.push(TopicProduceResponse {
            name,
            topic_id: id,
            partition_responses,
            ..TopicProduceResponse::default()
        });
    }
    let mut response = ProduceResponse { responses, ..ProduceResponse::default() };
    match request.acks {
        0 if failed => Answer::Close(response, CloseReason::Unacknowledged),
        0 => Answer::Silent(response),
        _ => {
            hint_producer(dispatch.state, context.version(), &mut response);
            Answer::Reply(response)
        }
    }
}

/// Whether a batch for an existing partition is packed with a codec that does not exist.
fn names_no_codec(state: &State, request: &ProduceRequest) -> bool {
    request.topic_data.iter().any(|data| {
        let Some(topic) = state.topics().get(&data.name) else { return false };
        data.partition_data.iter().filter(|wanted| topic.partition(wanted.index).is_some()).any(|wanted| {
            let bytes = wanted.records.clone().map(Pieces::into_bytes);
            bytes.is_some_and(|mut bytes| Batch::split(&mut bytes).is_ok_and(|batch| batch.compression().is_err()))
        })
    })
}

fn refuse_all(topics: Vec<TopicProduceData>, error: ErrorCode) -> ProduceResponse {
    let responses = topics.into_iter().map(|data| TopicProduceResponse {
        name: data.name,
        topic_id: data.topic_id,
        partition_responses: data
            .partition_data
            .into_iter()
            .map(|wanted| respond(wanted.index, Err(error.into())))
            .collect(),
        ..TopicProduceResponse::default()
    });
    ProduceResponse { responses: responses.collect(), ..ProduceResponse::default() }
}

/// What all partitions of a request have in common.
struct ProduceParams {
    version: i16,
    node: i32,
    acks: i16,
    /// Whether the request wants all replicas to have the records, and gives them no time.
    has_no_time: bool,
    transactional_id: Text,
    lacks_transactional_id: bool,
}

/// A batch that is in its log.
struct Produced {
    /// The error of the answer, which a batch may have although it was appended.
    error: ErrorCode,
    appended: Appended,
}

fn produce(
    state: &mut State,
    params: &ProduceParams,
    name: &Text,
    id: Uuid,
    wanted: PartitionProduceData,
) -> Result<Produced, Rejection> {
    if params.lacks_transactional_id {
        return Err(ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED.into());
    }
    // Clients cannot write to the broker's own topics.
    if is_internal_topic(name) {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION.into());
    }
    let by_id = params.version >= 13;
    let topic = if by_id { state.topics().by_id(id) } else { state.topics().get(name) };
    let unknown = if by_id { ErrorCode::UNKNOWN_TOPIC_ID } else { ErrorCode::UNKNOWN_TOPIC_OR_PARTITION };
    let topic = topic.ok_or(unknown)?;
    let partition = topic.partition(wanted.index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    if !matches!(params.acks, -1..=1) {
        return Err(ErrorCode::INVALID_REQUIRED_ACKS.into());
    }
    if partition.leader != params.node {
        return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER.into());
    }
    let wanted_in_sync = topic.config.min_insync_replicas.min(partition.replicas.len());
    if params.acks == -1 && partition.isr.len() < wanted_in_sync {
        return Err(ErrorCode::NOT_ENOUGH_REPLICAS.into());
    }
    let batch = single_batch(wanted.records.map(Pieces::into_bytes), params.version)?;
    let begins = begins_transaction(partition, &batch).then(|| transaction_version(params.version));
    let (topic_id, log_start_offset) = (topic.id, partition.log.start_offset());
    let rejected = |rejection: Rejection| rejection.at(log_start_offset);
    let (name, config) = (Arc::clone(&topic.name), Arc::clone(&topic.config));
    let has_followers = partition.isr.len() > 1;
    if begins.is_some() {
        state.begin_verification(topic_id, wanted.index, &batch);
        enter_transaction(state, params, &batch, TopicPartition::new(Arc::clone(&name), wanted.index))?;
    }
    check_bytes(&batch, &config).map_err(rejected)?;
    let place = Place { topic: &name, index: wanted.index, config: &config };
    let batch = validate(batch, &place, state.now()).map_err(rejected)?;
    let appended = state.append(topic_id, wanted.index, batch, begins).map_err(|code| rejected(code.into()))?;
    // On Kafka followers need some time, however short, to fetch the records.
    let is_too_soon = params.has_no_time && appended.is_new && has_followers;
    let error = if is_too_soon { ErrorCode::REQUEST_TIMED_OUT } else { ErrorCode::NONE };
    Ok(Produced { error, appended })
}

fn respond(index: i32, result: Result<Produced, Rejection>) -> PartitionProduceResponse {
    match result {
        Ok(done) => PartitionProduceResponse {
            index,
            error_code: done.error,
            base_offset: done.appended.base_offset,
            log_append_time_ms: done.appended.log_append_time,
            log_start_offset: done.appended.log_start_offset,
            ..PartitionProduceResponse::default()
        },
        Err(rejection) => PartitionProduceResponse {
            index,
            error_code: rejection.code,
            base_offset: -1,
            log_append_time_ms: -1,
            log_start_offset: rejection.log_start_offset,
            record_errors: rejection
                .record_errors
                .into_iter()
                .map(|(batch_index, message)| BatchIndexAndErrorMessage {
                    batch_index,
                    batch_index_error_message: Some(message.into()),
                    ..BatchIndexAndErrorMessage::default()
                })
                .collect(),
            error_message: rejection.message.map(Into::into),
            ..PartitionProduceResponse::default()
        },
    }
}

/// Whether a batch is part of a transaction. Batches that cannot be read are refused later.
fn has_transactional_batch(request: &ProduceRequest) -> bool {
    let partitions = request.topic_data.iter().flat_map(|topic| &topic.partition_data);
    let mut batches =
        partitions.filter_map(|partition| Batch::split(&mut partition.records.clone()?.into_bytes()).ok());
    batches.any(|batch| batch.is_transactional())
}

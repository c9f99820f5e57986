//! Produce (key 0), versions 3 to 13; 0 to 2 are shown and close the connection (KAFKA-18659).
//!
//! Each partition gets exactly one record batch, checked (`batch_checks`, `record_checks`) and stored as it came, or
//! packed anew where the topic's `compression.type` wants another codec. Idempotent producers
//! (KIP-98) are checked against their last five batches; a batch that is there already is answered with its offset and
//! its largest timestamp. Version 13 speaks of topics by id (KIP-516).
//! Left out: transactional batches, which answer INVALID_TXN_STATE until transactions are served.

use kafka_trial_wire::messages::produce_request::PartitionProduceData;
use kafka_trial_wire::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
};
use kafka_trial_wire::messages::{ProduceRequest, ProduceResponse};
use kafka_trial_wire::records::Batch;
use kafka_trial_wire::{ErrorCode, Uuid};

use super::batch_checks::{Rejection, check_bytes, single_batch};
use super::record_checks::{Place, validate};
use crate::core::{Answer, Context, Core, Partition, Sequence, Time, Topic};

pub(crate) fn handle(core: &mut Core, context: &Context, request: ProduceRequest) -> Answer<ProduceResponse> {
    let version = context.version();
    let acks_are_legal = matches!(request.acks, -1..=1);
    let lacks_transactional_id = request.transactional_id.is_none() && has_transactional_batch(&request);
    let mut appended: Vec<(Uuid, i32)> = Vec::new();
    let mut failed = false;
    let mut responses = Vec::with_capacity(request.topic_data.len());
    for data in request.topic_data {
        let (name, id) = (data.name, data.topic_id);
        let mut partition_responses = Vec::with_capacity(data.partition_data.len());
        for wanted in data.partition_data {
            let index = wanted.index;
            let topic = if version >= 13 { core.topics.by_id_mut(id) } else { core.topics.get_mut(&name) };
            let result = match topic {
                _ if lacks_transactional_id => Err(ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED.into()),
                None if version >= 13 => Err(ErrorCode::UNKNOWN_TOPIC_ID.into()),
                None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.into()),
                Some(topic) => {
                    let topic_id = topic.id;
                    let Topic { name, config, partitions, .. } = topic;
                    let place = Place { topic: name, index, config };
                    match usize::try_from(index).ok().and_then(|index| partitions.get_mut(index)) {
                        None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.into()),
                        Some(_) if !acks_are_legal => Err(ErrorCode::INVALID_REQUIRED_ACKS.into()),
                        Some(partition) if partition.leader != context.node => {
                            Err(ErrorCode::NOT_LEADER_OR_FOLLOWER.into())
                        }
                        Some(partition) => append(partition, wanted, version, &place, core.now).inspect(|done| {
                            if done.is_new {
                                appended.push((topic_id, index));
                            }
                        }),
                    }
                }
            };
            failed |= result.is_err();
            partition_responses.push(respond(index, result));
        }
        responses.push(TopicProduceResponse {
            name,
            topic_id: id,
            partition_responses,
            ..TopicProduceResponse::default()
        });
    }
    for (topic, partition) in appended {
        core.wake_partition(topic, partition);
    }
    match request.acks {
        0 if failed => Answer::Close,
        0 => Answer::Silent,
        _ => Answer::Reply(ProduceResponse { responses, ..ProduceResponse::default() }),
    }
}

struct Appended {
    base_offset: i64,
    log_append_time: i64,
    log_start_offset: i64,
    is_new: bool,
}

fn respond(index: i32, result: Result<Appended, Rejection>) -> PartitionProduceResponse {
    match result {
        Ok(done) => PartitionProduceResponse {
            index,
            base_offset: done.base_offset,
            log_append_time_ms: done.log_append_time,
            log_start_offset: done.log_start_offset,
            ..PartitionProduceResponse::default()
        },
        Err(rejection) => PartitionProduceResponse {
            index,
            error_code: rejection.code.0,
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

fn append(
    partition: &mut Partition,
    data: PartitionProduceData,
    version: i16,
    place: &Place<'_>,
    now: Time,
) -> Result<Appended, Rejection> {
    let config = place.config;
    let log_start_offset = partition.log.start_offset();
    let rejected = |rejection: Rejection| rejection.at(log_start_offset);
    let batch = single_batch(data.records, version)?;
    check_bytes(&batch, config).map_err(rejected)?;
    if batch.is_transactional() {
        return Err(rejected(ErrorCode::INVALID_TXN_STATE.into()));
    }
    let batch = validate(batch, place, now).map_err(rejected)?;
    let is_idempotent = batch.producer_id() >= 0;
    if is_idempotent {
        match partition.producers.check(&batch).map_err(|code| rejected(code.into()))? {
            Sequence::Next => {}
            Sequence::Duplicate { base_offset, timestamp } => {
                let log_append_time = timestamp;
                return Ok(Appended { base_offset, log_append_time, log_start_offset, is_new: false });
            }
        }
    }
    let batch = batch.detach();
    let base_offset = partition.log.append(batch.clone(), partition.leader_epoch, config, now);
    if is_idempotent {
        partition.producers.record(&batch, base_offset, now);
    }
    let log_append_time = if config.log_append_time { now.millis() } else { -1 };
    Ok(Appended { base_offset, log_append_time, log_start_offset, is_new: true })
}

/// Whether a batch is part of a transaction. What cannot be read is refused later.
fn has_transactional_batch(request: &ProduceRequest) -> bool {
    let partitions = request.topic_data.iter().flat_map(|topic| &topic.partition_data);
    let mut batches = partitions.filter_map(|partition| Batch::split(&mut partition.records.clone()?).ok());
    batches.any(|batch| batch.is_transactional())
}

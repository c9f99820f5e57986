//! Produce (key 0), versions 3 to 13; 0 to 2 are shown and close the connection (KAFKA-18659).
//!
//! Each partition gets exactly one record batch, checked as Kafka's `ProduceRequest.validateRecords` and
//! `LogValidator` check it, and stored as it came. Idempotent producers (KIP-98) are checked against their last five
//! batches. Version 13 speaks of topics by id (KIP-516).
//! Left out: transactional batches, which answer INVALID_TXN_STATE until transactions are served.

use bytes::Bytes;
use kafka_trial_wire::messages::produce_request::PartitionProduceData;
use kafka_trial_wire::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse,
};
use kafka_trial_wire::messages::{ProduceRequest, ProduceResponse};
use kafka_trial_wire::records::{Batch, BatchError, Compression, TimestampType};
use kafka_trial_wire::{ErrorCode, Uuid};

use crate::core::MAX_UNPACKED_BYTES;
use crate::core::{Answer, Context, Core, LogConfig, Partition, Sequence, Time};

pub(crate) fn handle(core: &mut Core, context: &Context, request: ProduceRequest) -> Answer<ProduceResponse> {
    let version = context.version();
    let acks_are_legal = matches!(request.acks, -1..=1);
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
                None if version >= 13 => Err(Refusal::from(ErrorCode::UNKNOWN_TOPIC_ID)),
                None => Err(Refusal::from(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)),
                Some(topic) => {
                    let topic_id = topic.id;
                    let config = topic.config.clone();
                    match topic.partition_mut(index) {
                        None => Err(Refusal::from(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)),
                        Some(_) if !acks_are_legal => Err(Refusal::from(ErrorCode::INVALID_REQUIRED_ACKS)),
                        Some(partition) if partition.leader != context.node => {
                            Err(Refusal::from(ErrorCode::NOT_LEADER_OR_FOLLOWER))
                        }
                        Some(partition) => append(partition, wanted, version, &config, core.now).inspect(|done| {
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

/// Why a batch was not appended. Kafka shows the log start offset with some refusals and a text with others.
struct Refusal {
    code: ErrorCode,
    log_start_offset: i64,
    record_errors: Vec<(i32, String)>,
    message: Option<String>,
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self { code, log_start_offset: -1, record_errors: Vec::new(), message: None }
    }
}

fn respond(index: i32, result: Result<Appended, Refusal>) -> PartitionProduceResponse {
    match result {
        Ok(done) => PartitionProduceResponse {
            index,
            base_offset: done.base_offset,
            log_append_time_ms: done.log_append_time,
            log_start_offset: done.log_start_offset,
            ..PartitionProduceResponse::default()
        },
        Err(refusal) => PartitionProduceResponse {
            index,
            error_code: refusal.code.0,
            base_offset: -1,
            log_append_time_ms: -1,
            log_start_offset: refusal.log_start_offset,
            record_errors: refusal
                .record_errors
                .into_iter()
                .map(|(batch_index, message)| BatchIndexAndErrorMessage {
                    batch_index,
                    batch_index_error_message: Some(message.into()),
                    ..BatchIndexAndErrorMessage::default()
                })
                .collect(),
            error_message: refusal.message.map(Into::into),
            ..PartitionProduceResponse::default()
        },
    }
}

fn append(
    partition: &mut Partition,
    data: PartitionProduceData,
    version: i16,
    config: &LogConfig,
    now: Time,
) -> Result<Appended, Refusal> {
    let mut batch = single_batch(data.records, version)?;
    check_bytes(&batch, config)?;
    let log_start_offset = partition.log.start_offset();
    check_records(&batch, config, now).map_err(|refusal| Refusal { log_start_offset, ..refusal })?;
    if config.log_append_time {
        batch.set_log_append_time(now.millis());
    }
    let append_time = if config.log_append_time { now.millis() } else { -1 };
    let is_idempotent = batch.producer_id() >= 0;
    if is_idempotent {
        match partition.producers.check(&batch) {
            Ok(Sequence::Next) => {}
            Ok(Sequence::Duplicate { base_offset, append_time }) => {
                return Ok(Appended { base_offset, log_append_time: append_time, log_start_offset, is_new: false });
            }
            Err(code) => return Err(Refusal { log_start_offset, ..code.into() }),
        }
    }
    let batch = batch.detach();
    let base_offset = partition.log.append(batch.clone(), partition.leader_epoch, config, now);
    if is_idempotent {
        partition.producers.record(&batch, base_offset, append_time, now);
    }
    Ok(Appended { base_offset, log_append_time: append_time, log_start_offset, is_new: true })
}

/// `ProduceRequest.validateRecords`: exactly one batch of magic 2; zstd only from version 7 (KIP-110).
fn single_batch(records: Option<Bytes>, version: i16) -> Result<Batch, Refusal> {
    let mut rest = records.unwrap_or_default();
    let batch = Batch::split(&mut rest).map_err(|error| match error {
        BatchError::Magic(_) | BatchError::Truncated { .. } => Refusal::from(ErrorCode::INVALID_RECORD),
        _ => Refusal::from(ErrorCode::CORRUPT_MESSAGE),
    })?;
    if version < 7 && matches!(batch.compression(), Ok(Compression::Zstd)) {
        return Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE.into());
    }
    if rest.is_empty() { Ok(batch) } else { Err(ErrorCode::INVALID_RECORD.into()) }
}

/// `UnifiedLog.analyzeAndValidateRecords`: the size comes before the checksum.
fn check_bytes(batch: &Batch, config: &LogConfig) -> Result<(), Refusal> {
    if i64::try_from(batch.size()).unwrap_or(i64::MAX) > i64::from(config.max_message_bytes) {
        return Err(ErrorCode::MESSAGE_TOO_LARGE.into());
    }
    if !batch.crc_ok() {
        return Err(ErrorCode::CORRUPT_MESSAGE.into());
    }
    Ok(())
}

/// `LogValidator`: what a client may not send, then the records themselves.
fn check_records(batch: &Batch, config: &LogConfig, now: Time) -> Result<(), Refusal> {
    let invalid = |message: String| Refusal { message: Some(message), ..ErrorCode::INVALID_RECORD.into() };
    if batch.is_control() {
        return Err(invalid("clients are not allowed to write control records".to_owned()));
    }
    if batch.is_transactional() {
        return Err(ErrorCode::INVALID_TXN_STATE.into());
    }
    batch.validate(MAX_UNPACKED_BYTES).map_err(|error| match error {
        BatchError::Compression(_) | BatchError::Crc => Refusal::from(ErrorCode::CORRUPT_MESSAGE),
        other => invalid(other.to_string()),
    })?;
    if matches!(batch.timestamp_type(), TimestampType::LogAppendTime) {
        return Err(Refusal::from(ErrorCode::INVALID_TIMESTAMP));
    }
    let earliest = now.millis().saturating_sub(config.timestamp_before_max_ms);
    let latest = now.millis().saturating_add(config.timestamp_after_max_ms);
    let checks_time = !config.log_append_time;
    if !(config.compact || checks_time) {
        return Ok(());
    }
    let needs_records = config.compact || batch.max_timestamp() > latest || config.timestamp_before_max_ms != i64::MAX;
    if !needs_records {
        return Ok(());
    }
    let mut errors = Vec::new();
    let mut code = ErrorCode::INVALID_RECORD;
    let records = batch.records(MAX_UNPACKED_BYTES).map_err(|_| Refusal::from(ErrorCode::CORRUPT_MESSAGE))?;
    for (record, index) in records.zip(0..) {
        let record = record.map_err(|error| invalid(error.to_string()))?;
        if config.compact && record.key.is_none() {
            errors.push((index, "Compacted topic cannot accept message without key.".to_owned()));
        } else if checks_time
            && record.timestamp != Batch::NO_TIMESTAMP
            && !(earliest..=latest).contains(&record.timestamp)
        {
            code = ErrorCode::INVALID_TIMESTAMP;
            errors.push((index, format!("timestamp {} is outside {earliest} to {latest}", record.timestamp)));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    let message = "One or more records have been rejected".to_owned();
    Err(Refusal { code, log_start_offset: -1, record_errors: errors, message: Some(message) })
}

//! What a client may not produce, as Kafka's `ProduceRequest.validateRecords`, `UnifiedLog` and `LogValidator` check it.
//!
//! Stricter than Kafka in one thing: records whose offsets do not count up from 0 are refused.

use bytes::Bytes;
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::{Batch, BatchError, Compression, Record, TimestampType};

use crate::core::{LogConfig, MAX_UNPACKED_BYTES, Time};

/// Why a batch was not appended. Kafka shows the log start offset with some rejections and a text with others.
#[derive(Debug)]
pub(super) struct Rejection {
    pub(super) code: ErrorCode,
    pub(super) log_start_offset: i64,
    pub(super) record_errors: Vec<(i32, String)>,
    pub(super) message: Option<String>,
}

impl From<ErrorCode> for Rejection {
    fn from(code: ErrorCode) -> Self {
        Self { code, log_start_offset: -1, record_errors: Vec::new(), message: None }
    }
}

/// Where a batch is to go.
pub(super) struct Place<'a> {
    pub(super) topic: &'a str,
    pub(super) index: i32,
    pub(super) config: &'a LogConfig,
}

/// Exactly one batch of magic 2; zstd only from version 7 (KIP-110). Bytes that begin a second batch and do not end
/// it are dropped.
pub(super) fn single_batch(records: Option<Bytes>, version: i16) -> Result<Batch, Rejection> {
    let corrupt = |message: String| Rejection { message: Some(message), ..ErrorCode::CORRUPT_MESSAGE.into() };
    let mut rest = records.unwrap_or_default();
    let batch = Batch::split(&mut rest).map_err(|error| match error {
        BatchError::Magic(0 | 1) | BatchError::Truncated { .. } => Rejection::from(ErrorCode::INVALID_RECORD),
        BatchError::Magic(magic) => corrupt(format!("Invalid magic found in record: {magic}")),
        BatchError::Length(length) if length < LEAST_LENGTH => {
            corrupt(format!("Record size {length} is less than the minimum record overhead ({LEAST_LENGTH})"))
        }
        _ => Rejection::from(ErrorCode::CORRUPT_MESSAGE),
    })?;
    if version < 7 && matches!(batch.compression(), Ok(Compression::Zstd)) {
        return Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE.into());
    }
    match Batch::split(&mut rest) {
        Err(BatchError::Truncated { .. }) => Ok(batch),
        _ => Err(ErrorCode::INVALID_RECORD.into()),
    }
}

/// `LegacyRecord.RECORD_OVERHEAD_V0`.
const LEAST_LENGTH: i32 = 14;

/// The size comes before the checksum.
pub(super) fn check_bytes(batch: &Batch, config: &LogConfig) -> Result<(), Rejection> {
    if i64::try_from(batch.size()).unwrap_or(i64::MAX) > i64::from(config.max_message_bytes) {
        return Err(ErrorCode::MESSAGE_TOO_LARGE.into());
    }
    if !batch.crc_ok() {
        return Err(ErrorCode::CORRUPT_MESSAGE.into());
    }
    Ok(())
}

/// What a client may not send, then the records themselves. Gives the largest timestamp of the records.
pub(super) fn check_records(batch: &Batch, place: &Place<'_>, now: Time) -> Result<i64, Rejection> {
    if batch.is_control() || batch.base_offset() != 0 {
        return Err(ErrorCode::INVALID_RECORD.into());
    }
    if batch.is_transactional() {
        return Err(ErrorCode::INVALID_TXN_STATE.into());
    }
    if batch.producer_id() >= 0 && batch.producer_epoch() < 0 {
        return Err(ErrorCode::INVALID_PRODUCER_EPOCH.into());
    }
    let largest = batch.validate(MAX_UNPACKED_BYTES).map_err(unreadable)?;
    let window = Window::of(place.config, now);
    let needs_records = place.config.compact
        || (place.config.log_append_time && is_stamped(batch))
        || (!place.config.log_append_time && window.may_exclude(largest));
    if needs_records { check_each(batch, place, &window).map(|()| largest) } else { Ok(largest) }
}

fn unreadable(error: BatchError) -> Rejection {
    match error {
        BatchError::Compression(_) | BatchError::Crc => ErrorCode::CORRUPT_MESSAGE.into(),
        _ => ErrorCode::INVALID_RECORD.into(),
    }
}

/// Whether the producer says that the times are the broker's.
fn is_stamped(batch: &Batch) -> bool {
    batch.timestamp_type() == TimestampType::LogAppendTime
}

/// The timestamps that a topic takes, both ends included.
struct Window {
    earliest: i64,
    latest: i64,
    is_open_below: bool,
}

impl Window {
    fn of(config: &LogConfig, now: Time) -> Self {
        Self {
            earliest: now.millis().saturating_sub(config.timestamp_before_max_ms),
            latest: now.millis().saturating_add(config.timestamp_after_max_ms),
            is_open_below: config.timestamp_before_max_ms == i64::MAX,
        }
    }

    /// Whether records up to this timestamp need a look.
    fn may_exclude(&self, largest: i64) -> bool {
        largest > self.latest || !self.is_open_below
    }

    fn excludes(&self, timestamp: i64) -> bool {
        timestamp != Batch::NO_TIMESTAMP && !(self.earliest..=self.latest).contains(&timestamp)
    }
}

fn check_each(batch: &Batch, place: &Place<'_>, window: &Window) -> Result<(), Rejection> {
    let stamps = place.config.log_append_time;
    let mut errors: Vec<(i32, String)> = Vec::new();
    let mut wrong_time = false;
    for (record, index) in batch.records(MAX_UNPACKED_BYTES).map_err(unreadable)?.zip(0..) {
        let record = record.map_err(unreadable)?;
        if place.config.compact && record.key.is_none() {
            let (topic, partition) = (place.topic, place.index);
            let text =
                format!("Compacted topic cannot accept message without key in topic partition {topic}-{partition}");
            errors.push((index, text));
        } else if !stamps && window.excludes(record.timestamp) {
            wrong_time = true;
            errors.push((index, out_of_range(&record, window)));
        } else if stamps && is_stamped(batch) {
            wrong_time = true;
            errors.push((index, stamped_by_producer(&record)));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    let (code, message) = if wrong_time {
        let text = "One or more records have been rejected due to invalid timestamp".to_owned();
        (ErrorCode::INVALID_TIMESTAMP, text)
    } else {
        (ErrorCode::INVALID_RECORD, summary(&errors))
    };
    Err(Rejection { code, log_start_offset: -1, record_errors: errors, message: Some(message) })
}

fn out_of_range(record: &Record, window: &Window) -> String {
    format!(
        "Timestamp {} of message with offset {} is out of range. The timestamp should be within [{}, {}]",
        record.timestamp, record.offset, window.earliest, window.latest
    )
}

fn stamped_by_producer(record: &Record) -> String {
    let size = |part: &Option<Bytes>| part.as_ref().map_or(0, Bytes::len);
    format!(
        "Invalid timestamp type in message DefaultRecord(offset={}, timestamp={}, key={} bytes, value={} bytes). Producer should not set timestamp type to LogAppendTime.",
        record.offset,
        record.timestamp,
        size(&record.key),
        size(&record.value)
    )
}

/// How many records are wrong, and the first three of them.
fn summary(errors: &[(i32, String)]) -> String {
    let shown: Vec<String> = errors
        .iter()
        .take(3)
        .map(|(index, text)| format!("RecordError(batchIndex={index}, message='{text}')"))
        .collect();
    format!(
        "One or more records have been rejected due to {} record errors in total, and only showing the first three errors at most: [{}]",
        errors.len(),
        shown.join(", ")
    )
}

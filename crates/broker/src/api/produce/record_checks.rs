//! Checks the records of a produced batch, and makes the batch that is stored (`LogValidator`). Refusals in order:
//!
//! - INVALID_RECORD: a control batch;
//! - UNKNOWN_SERVER_ERROR: the codec does not exist or fails; INVALID_RECORD: a record cannot be read, or contradicts the
//!   header;
//! - INVALID_RECORD: a record without a key on a compacted topic; INVALID_TIMESTAMP: a timestamp out of range, or one that
//!   the producer marks as the broker's. Each wrong record is named;
//! - UNKNOWN_SERVER_ERROR: packed records whose offsets do not count up;
//! - MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE: the stored batch is above `max.message.bytes` or `segment.bytes`.

use bytes::Bytes;
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::{Batch, BatchError, Compression, Record, TimestampType};

use super::batch_checks::{Rejection, is_too_large};
use kafka_trial_core::{LogConfig, MAX_UNPACKED_BYTES, Time};

/// The partition that a batch is for.
pub(super) struct Place<'a> {
    pub(super) topic: &'a str,
    pub(super) index: i32,
    pub(super) config: &'a LogConfig,
}

/// Checks the records of a batch, and returns the batch that is stored: with the topic's times, and packed by its
/// `compression.type`.
pub(super) fn validate(batch: Batch, place: &Place<'_>, now: Time) -> Result<Batch, Rejection> {
    let config = place.config;
    if batch.is_control() {
        return Err(ErrorCode::INVALID_RECORD.into());
    }
    let source = batch.compression().map_err(|error| unreadable(error.into()))?;
    let validated = batch.validate(MAX_UNPACKED_BYTES).map_err(unreadable)?;
    let largest = validated.max_timestamp;
    let window = Window::of(config, now);
    let needs_records = config.compact
        || (config.log_append_time && is_stamped(&batch))
        || (!config.log_append_time && window.may_exclude(largest));
    if needs_records {
        check_each(&batch, place, &window)?;
    }
    let target = config.compression.unwrap_or(source);
    let mut stored = if target != source {
        batch.repack(target, config.compression_level, MAX_UNPACKED_BYTES).map_err(unreadable)?
    } else if source == Compression::None || validated.is_in_order {
        // Uncompressed records keep offsets that do not count up.
        batch
    } else {
        // Kafka tries to pack such a batch anew and fails, because it has read the records without keys and values.
        return Err(ErrorCode::UNKNOWN_SERVER_ERROR.into());
    };
    if config.log_append_time {
        stored.set_log_append_time(now.millis());
    } else {
        stored.set_create_time(largest);
    }
    if is_too_large(&stored, config) {
        return Err(ErrorCode::MESSAGE_TOO_LARGE.into());
    }
    if i64::try_from(stored.size()).unwrap_or(i64::MAX) > config.segment_bytes {
        return Err(ErrorCode::RECORD_LIST_TOO_LARGE.into());
    }
    Ok(stored)
}

/// The error of a batch that cannot be read. Kafka has no code for a codec that fails.
fn unreadable(error: BatchError) -> Rejection {
    match error {
        BatchError::Compression(_) => ErrorCode::UNKNOWN_SERVER_ERROR.into(),
        _ => ErrorCode::INVALID_RECORD.into(),
    }
}

/// Whether the producer marks the times as the broker's.
fn is_stamped(batch: &Batch) -> bool {
    batch.timestamp_type() == TimestampType::LogAppendTime
}

/// The range of timestamps that a topic accepts, both ends included.
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

    /// Whether records up to this timestamp have to be checked one by one.
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

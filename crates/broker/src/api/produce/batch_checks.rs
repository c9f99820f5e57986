//! Checks the bytes of a produced batch before any record is read (`ProduceRequest.validateRecords`,
//! `UnifiedLog.analyzeAndValidateRecords`). Refusals in order:
//!
//! - INVALID_RECORD: no records; CORRUPT_MESSAGE: a length or a magic that does not exist; INVALID_RECORD: a magic below 2;
//! - UNSUPPORTED_COMPRESSION_TYPE: zstd before version 7 (KIP-110);
//! - INVALID_RECORD: more than one batch;
//! - then, when the partition is known, INVALID_RECORD: a base offset; MESSAGE_TOO_LARGE; CORRUPT_MESSAGE: the checksum.

use bytes::Bytes;
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::{Batch, BatchError, Compression};

use kafka_trial_core::LogConfig;

/// Why a batch was not appended. Kafka shows the log start offset with some rejections and a text with others.
#[derive(Debug)]
pub(super) struct Rejection {
    pub(super) code: ErrorCode,
    pub(super) log_start_offset: i64,
    pub(super) record_errors: Vec<(i32, String)>,
    pub(super) message: Option<String>,
}

impl Rejection {
    /// Adds the log start offset, which Kafka leaves out for failures of the batch as a whole
    /// (`ReplicaManager.appendToLocalLog`).
    pub(super) fn at(self, log_start_offset: i64) -> Self {
        match self.code {
            ErrorCode::CORRUPT_MESSAGE | ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE => self,
            _ => Self { log_start_offset, ..self },
        }
    }
}

impl From<ErrorCode> for Rejection {
    fn from(code: ErrorCode) -> Self {
        Self { code, log_start_offset: -1, record_errors: Vec::new(), message: None }
    }
}

/// `LegacyRecord.RECORD_OVERHEAD_V0`.
const LEAST_LENGTH: i32 = 14;

/// Returns the one batch of the records, which must have magic 2. Bytes of an incomplete second batch are dropped.
pub(super) fn single_batch(records: Option<Bytes>, version: i16) -> Result<Batch, Rejection> {
    let mut rest = records.unwrap_or_default();
    if !holds_batch(&rest)? {
        return Err(ErrorCode::INVALID_RECORD.into());
    }
    let batch = Batch::split(&mut rest).map_err(|error| match error {
        BatchError::Magic(_) => ErrorCode::INVALID_RECORD,
        _ => ErrorCode::CORRUPT_MESSAGE,
    })?;
    if version < 7 && batch.compression() == Ok(Compression::Zstd) {
        return Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE.into());
    }
    match holds_batch(&rest) {
        Ok(false) => Ok(batch),
        Ok(true) => Err(ErrorCode::INVALID_RECORD.into()),
        Err(rejection) => Err(rejection.code.into()),
    }
}

/// Whether there is a whole batch (`ByteBufferLogInputStream.nextBatch`).
fn holds_batch(bytes: &[u8]) -> Result<bool, Rejection> {
    let corrupt = |message: String| Rejection { message: Some(message), ..ErrorCode::CORRUPT_MESSAGE.into() };
    let Some(length) = bytes.get(8..).and_then(|rest| rest.first_chunk()).map(|length| i32::from_be_bytes(*length))
    else {
        return Ok(false);
    };
    if length < LEAST_LENGTH {
        return Err(corrupt(format!("Record size {length} is less than the minimum record overhead ({LEAST_LENGTH})")));
    }
    let Some(magic) = bytes.get(16).map(|magic| magic.cast_signed()) else { return Ok(false) };
    if !(0..=2).contains(&magic) {
        return Err(corrupt(format!("Invalid magic found in record: {magic}")));
    }
    Ok(usize::try_from(length).is_ok_and(|length| length.saturating_add(12) <= bytes.len()))
}

/// Checks the base offset, then the size, then the checksum.
pub(super) fn check_bytes(batch: &Batch, config: &LogConfig) -> Result<(), Rejection> {
    if batch.base_offset() != 0 {
        return Err(ErrorCode::INVALID_RECORD.into());
    }
    if is_too_large(batch, config) {
        return Err(ErrorCode::MESSAGE_TOO_LARGE.into());
    }
    if !batch.crc_ok() {
        return Err(ErrorCode::CORRUPT_MESSAGE.into());
    }
    Ok(())
}

/// Whether the packed batch is larger than `max.message.bytes`.
pub(super) fn is_too_large(batch: &Batch, config: &LogConfig) -> bool {
    i64::try_from(batch.size()).unwrap_or(i64::MAX) > i64::from(config.max_message_bytes)
}

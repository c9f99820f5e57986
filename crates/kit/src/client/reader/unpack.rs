//! From batches to records.

use kafka_trial_wire::records::{Batch, BatchError};
use kafka_trial_wire::{ApiKey, ErrorCode};

use super::{ReceivedRecord, UNPACKED};
use crate::client::ClientError;
use crate::value::Values;

/// The records of a batch from offset `from` on; none of a transaction marker.
pub(super) fn unpack(
    topic: &str,
    partition: i32,
    from: i64,
    batch: &Batch,
    values: &Values,
    records: &mut Vec<ReceivedRecord>,
) -> Result<(), ClientError> {
    if batch.is_control() {
        return Ok(());
    }
    let unreadable =
        |error: BatchError| ClientError::Records { subject: format!("{topic}-{partition}"), reason: error.to_string() };
    for record in batch.records(UNPACKED).map_err(unreadable)? {
        let record = record.map_err(unreadable)?;
        if record.offset >= from {
            records.push(ReceivedRecord {
                topic: topic.to_owned(),
                partition,
                offset: record.offset,
                timestamp: record.timestamp,
                key: record.key,
                value: record.value,
                headers: record.headers.into_iter().map(|header| (header.key, header.value)).collect(),
                values: values.clone(),
            });
        }
    }
    Ok(())
}

/// Takes a refusal for an error.
pub(super) fn check(topic: &str, partition: i32, code: ErrorCode) -> Result<(), ClientError> {
    match code {
        ErrorCode::NONE => Ok(()),
        code => {
            let subject = if topic.is_empty() { String::new() } else { format!("{topic}-{partition}") };
            Err(ClientError::Kafka { api: ApiKey::Fetch, subject, code, text: String::new() })
        }
    }
}

//! A builder writes record batches, as clients and transaction coordinators do.

use bytes::Bytes;

use super::batch::{CONTROL, TRANSACTIONAL};
use super::cursor::put_varlong;
use super::{Batch, Compression, CompressionError, Header};

/// Collects records into one batch.
#[derive(Clone, Debug, Default)]
pub struct BatchBuilder {
    compression: Compression,
    level: Option<i32>,
    attributes: i16,
    producer: Option<(i64, i16, i32)>,
    base_offset: i64,
    leader_epoch: Option<i32>,
    records: Vec<u8>,
    count: i32,
    last_offset_delta: Option<i32>,
    base_timestamp: Option<i64>,
    /// The largest timestamp of all records so far.
    max_timestamp: Option<i64>,
}

/// The end of a transaction, as its marker records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are Kafka's own names")]
pub enum ControlMarker {
    Abort,
    Commit,
}

impl ControlMarker {
    /// Returns the marker in the key of a control record, after its version; `None` for other control records.
    pub fn of_key(key: &[u8]) -> Option<Self> {
        match i16::from_be_bytes(*key.get(2..)?.first_chunk()?) {
            0 => Some(Self::Abort),
            1 => Some(Self::Commit),
            _ => None,
        }
    }
}

impl BatchBuilder {
    /// Returns an empty builder with base offset 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the codec of the records.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets the level of the codec; see [`Compression::compress_at`].
    pub fn level(mut self, level: Option<i32>) -> Self {
        self.level = level;
        self
    }

    /// Marks the batch as an idempotent producer's.
    pub fn producer(mut self, id: i64, epoch: i16, base_sequence: i32) -> Self {
        self.producer = Some((id, epoch, base_sequence));
        self
    }

    /// Marks the batch as part of a transaction.
    pub fn transactional(mut self) -> Self {
        self.attributes |= TRANSACTIONAL;
        self
    }

    /// Sets the offset of the first record; clients send 0.
    pub fn base_offset(mut self, offset: i64) -> Self {
        self.base_offset = offset;
        self
    }

    /// Sets the leader's epoch; -1 by default, as clients send it.
    pub fn leader_epoch(mut self, epoch: i32) -> Self {
        self.leader_epoch = Some(epoch);
        self
    }

    /// Sets the last offset relative to the base offset, if compaction has removed the last record.
    pub(super) fn last_offset_delta(mut self, delta: i32) -> Self {
        self.last_offset_delta = Some(delta);
        self
    }

    /// Sets attribute bits.
    pub(super) fn attributes(mut self, bits: i16) -> Self {
        self.attributes |= bits;
        self
    }

    /// Sets the base of the records' timestamps; by default it is the first record's timestamp.
    pub(super) fn base_timestamp(mut self, ms: i64) -> Self {
        self.base_timestamp = Some(ms);
        self
    }

    /// Sets the largest timestamp of a batch without records.
    pub(super) fn max_timestamp(mut self, ms: i64) -> Self {
        self.max_timestamp = Some(ms);
        self
    }

    /// Adds a record; its timestamp is in milliseconds.
    pub fn push(&mut self, timestamp: i64, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header]) -> &mut Self {
        self.push_at(self.count, timestamp, key, value, headers)
    }

    /// Adds a record at an offset relative to the base offset.
    pub(super) fn push_at(
        &mut self,
        offset_delta: i32,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> &mut Self {
        let base = *self.base_timestamp.get_or_insert(timestamp);
        self.max_timestamp = Some(self.max_timestamp.unwrap_or(Batch::NO_TIMESTAMP).max(timestamp));
        let mut body = vec![0];
        put_varlong(&mut body, timestamp.wrapping_sub(base));
        put_varlong(&mut body, offset_delta.into());
        put_sized(&mut body, key);
        put_sized(&mut body, value);
        put_varlong(&mut body, i64::try_from(headers.len()).unwrap_or(i64::MAX));
        for header in headers {
            put_sized(&mut body, Some(&header.key));
            put_sized(&mut body, header.value.as_deref());
        }
        put_varlong(&mut self.records, i64::try_from(body.len()).unwrap_or(i64::MAX));
        self.records.append(&mut body);
        self.count += 1;
        self
    }

    /// Returns how many records there are.
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or_default()
    }

    /// Returns whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns a batch with the marker of a transaction's end: the key holds version 0 and the type, the value version
    /// 0 and the coordinator's epoch (`EndTxnMarker`).
    pub fn control(mut self, marker: ControlMarker, coordinator_epoch: i32, timestamp: i64) -> Bytes {
        self.attributes |= TRANSACTIONAL | CONTROL;
        let kind: i16 = match marker {
            ControlMarker::Abort => 0,
            ControlMarker::Commit => 1,
        };
        let key = [0i16.to_be_bytes(), kind.to_be_bytes()].concat();
        let value = [&0i16.to_be_bytes()[..], &coordinator_epoch.to_be_bytes()].concat();
        self.push(timestamp, Some(&key), Some(&value), &[]);
        self.compression = Compression::None;
        self.assemble(&self.records)
    }

    /// Returns the batch with its checksum.
    pub fn build(&self) -> Result<Bytes, CompressionError> {
        Ok(self.assemble(&self.compression.compress_at(self.level, &self.records)?))
    }

    fn assemble(&self, records: &[u8]) -> Bytes {
        let (producer_id, producer_epoch, base_sequence) = self.producer.unwrap_or((-1, -1, -1));
        let attributes = self.attributes | i16::from(self.compression.code());
        let mut tail = Vec::with_capacity(records.len() + 40);
        tail.extend_from_slice(&attributes.to_be_bytes());
        tail.extend_from_slice(&self.last_offset_delta.unwrap_or(self.count - 1).to_be_bytes());
        tail.extend_from_slice(&self.base_timestamp.unwrap_or(Batch::NO_TIMESTAMP).to_be_bytes());
        tail.extend_from_slice(&self.max_timestamp.unwrap_or(Batch::NO_TIMESTAMP).to_be_bytes());
        tail.extend_from_slice(&producer_id.to_be_bytes());
        tail.extend_from_slice(&producer_epoch.to_be_bytes());
        tail.extend_from_slice(&base_sequence.to_be_bytes());
        tail.extend_from_slice(&self.count.to_be_bytes());
        tail.extend_from_slice(records);
        let length = i32::try_from(tail.len() + 9).unwrap_or(i32::MAX);
        let mut bytes = Vec::with_capacity(tail.len() + 21);
        bytes.extend_from_slice(&self.base_offset.to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&self.leader_epoch.unwrap_or(-1).to_be_bytes());
        bytes.push(2);
        bytes.extend_from_slice(&crc32c::crc32c(&tail).to_be_bytes());
        bytes.append(&mut tail);
        bytes.into()
    }
}

fn put_sized(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => put_varlong(out, -1),
        Some(bytes) => {
            put_varlong(out, i64::try_from(bytes.len()).unwrap_or(i64::MAX));
            out.extend_from_slice(bytes);
        }
    }
}

//! A broker rewrites batches in a different codec or with fewer records.

use super::batch::{BEFORE_ATTRIBUTES, BEFORE_CRC, CONTROL, DELETE_HORIZON, LOG_APPEND_TIME, TRANSACTIONAL};
use super::{Batch, BatchBuilder, BatchError, Compression, Record};

impl Batch {
    /// Returns the same records in a different codec, with offsets that count up
    /// (`LogValidator.buildRecordsAndAssignOffsets`). `limit` bounds their unpacked size, in bytes.
    pub fn repack(&self, codec: Compression, level: Option<i32>, limit: usize) -> Result<Self, BatchError> {
        let transactional = self.attributes() & TRANSACTIONAL;
        let mut builder = self.successor().compression(codec).level(level).attributes(transactional);
        for record in self.records(limit)? {
            let record = record?;
            builder.push(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers);
        }
        Self::split(&mut builder.build()?)
    }

    /// Returns the batch with only these of its records, at their offsets (`MemoryRecords.RecordFilter`). A delete
    /// horizon is the time at which its tombstones may go, in milliseconds (KIP-534).
    pub fn with_records(&self, records: &[Record], delete_horizon: Option<i64>) -> Result<Self, BatchError> {
        let mut builder = self.successor().compression(self.compression()?).last_offset_delta(self.last_offset_delta());
        builder = builder.attributes(self.attributes() & (LOG_APPEND_TIME | TRANSACTIONAL | CONTROL));
        if let Some(ms) = delete_horizon {
            builder = builder.attributes(DELETE_HORIZON).base_timestamp(ms);
        }
        for record in records {
            let delta = i32::try_from(record.offset.saturating_sub(self.base_offset())).unwrap_or(i32::MAX);
            builder.push_at(delta, record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers);
        }
        Self::split(&mut builder.build()?)
    }

    /// Returns the batch without records: only its header stays, with the producer and the offsets.
    pub fn emptied(&self) -> Result<Self, BatchError> {
        let attributes = self.attributes() & (LOG_APPEND_TIME | TRANSACTIONAL | CONTROL);
        let builder = self.successor().last_offset_delta(self.last_offset_delta()).attributes(attributes);
        Self::split(&mut builder.max_timestamp(self.max_timestamp()).build()?)
    }

    /// Returns a builder for a batch of the same producer at the same place.
    fn successor(&self) -> BatchBuilder {
        BatchBuilder::new()
            .producer(self.producer_id(), self.producer_epoch(), self.base_sequence())
            .base_offset(self.base_offset())
            .leader_epoch(self.partition_leader_epoch())
    }

    /// Writes the checksum of a batch anew into its bytes, after something in it has changed; bytes that are shorter than a
    /// header stay as they are.
    pub fn seal(bytes: &mut [u8]) {
        let crc = crc32c::crc32c(bytes.get(BEFORE_ATTRIBUTES..).unwrap_or_default());
        if let Some(target) = bytes.get_mut(BEFORE_CRC..BEFORE_ATTRIBUTES) {
            target.copy_from_slice(&crc.to_be_bytes());
        }
    }

    /// Returns when tombstones and markers of this batch may go, in milliseconds; `None` if that is not decided yet.
    pub fn delete_horizon(&self) -> Option<i64> {
        self.has_delete_horizon().then(|| self.base_timestamp())
    }
}

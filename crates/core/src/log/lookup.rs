//! A log finds records by their timestamps.

use super::{Log, LogEntry, MAX_UNPACKED_BYTES};

/// A record found by its timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundOffset {
    /// The record's timestamp, in milliseconds.
    pub timestamp: i64,
    /// The record's offset.
    pub offset: i64,
    /// The leader epoch in which the record was written.
    pub leader_epoch: i32,
}

impl Log {
    /// Finds the first record at or after `timestamp` that is not below the log start. Only the first segment that
    /// reaches the timestamp is searched, as in `UnifiedLog.searchOffsetInLocalLog`; the batches in it need not be in
    /// the order of their timestamps.
    pub fn find_timestamp(&self, timestamp: i64) -> Option<FoundOffset> {
        let segment = self.segments.iter().find(|segment| segment.largest_timestamp() >= timestamp)?;
        let first = segment.index_of(self.start).max(segment.index_since(timestamp));
        let mut recent = segment.entries.iter_from(first).filter(|entry| entry.batch.max_timestamp() >= timestamp);
        recent.find_map(|entry| first_record(entry, timestamp, self.start))
    }

    /// Returns the first record with the largest timestamp (KIP-734). Kafka ignores the log start here: a record below
    /// it is found as long as its segment exists.
    pub fn largest_timestamp(&self) -> Option<FoundOffset> {
        let filled = self.segments.iter().filter(|segment| !segment.entries.is_empty());
        let latest = filled.reduce(|best, next| if next.max_timestamp > best.max_timestamp { next } else { best })?;
        first_record(latest.entries.get(latest.index_since(latest.max_timestamp))?, latest.max_timestamp, i64::MIN)
    }
}

fn first_record(entry: &LogEntry, timestamp: i64, start: i64) -> Option<FoundOffset> {
    let mut records = entry.batch.records(MAX_UNPACKED_BYTES).ok()?.map_while(Result::ok);
    let record = records.find(|record| record.timestamp >= timestamp && record.offset >= start)?;
    let leader_epoch = entry.batch.partition_leader_epoch();
    Some(FoundOffset { timestamp: record.timestamp, offset: record.offset, leader_epoch })
}

//! Finding records by their timestamps.

use super::{Entry, Log, MAX_UNPACKED_BYTES};

/// A record found by its timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) timestamp: i64,
    pub(crate) offset: i64,
    pub(crate) leader_epoch: i32,
}

impl Log {
    /// Finds the first record at or after `timestamp` that is not below the log start. Only the first segment that
    /// reaches the timestamp is looked through, as in `UnifiedLog.searchOffsetInLocalLog`; within it, batches need not
    /// be in the order of their times.
    pub(crate) fn find_timestamp(&self, timestamp: i64) -> Option<Found> {
        let segment = self.segments.iter().find(|segment| segment.largest_timestamp() >= timestamp)?;
        let (from_start, from_time) = (segment.entries_from(self.start), segment.entries_since(timestamp));
        // Both go up to the segment's end: the shorter one begins later.
        let candidates = if from_time.len() < from_start.len() { from_time } else { from_start };
        let mut recent = candidates.iter().filter(|entry| entry.batch.max_timestamp() >= timestamp);
        recent.find_map(|entry| first_record(entry, timestamp, self.start))
    }

    /// The first record with the largest timestamp of all (KIP-734). Kafka does not look at the log start here: a
    /// record below it is found as long as its segment is there.
    pub(crate) fn largest_timestamp(&self) -> Option<Found> {
        let filled = self.segments.iter().filter(|segment| !segment.entries.is_empty());
        let latest = filled.reduce(|best, next| if next.max_timestamp > best.max_timestamp { next } else { best })?;
        first_record(latest.entries_since(latest.max_timestamp).first()?, latest.max_timestamp, i64::MIN)
    }
}

fn first_record(entry: &Entry, timestamp: i64, start: i64) -> Option<Found> {
    let mut records = entry.batch.records(MAX_UNPACKED_BYTES).ok()?.map_while(Result::ok);
    let record = records.find(|record| record.timestamp >= timestamp && record.offset >= start)?;
    let leader_epoch = entry.batch.partition_leader_epoch();
    Some(Found { timestamp: record.timestamp, offset: record.offset, leader_epoch })
}

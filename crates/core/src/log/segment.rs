//! A segment is a run of batches that Kafka rolls, deletes and compacts as one (`LogSegment`).

use kafka_trial_wire::records::Batch;

use super::entries::{Entries, LogEntry};
use crate::{LogConfig, Time};

/// The batches of a segment, in the order of their offsets. The newest segment of a log is the active one: only it
/// grows.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) base_offset: i64,
    pub(crate) entries: Entries,
    pub(crate) bytes: u64,
    created: Time,
    modified: Time,
    /// The time by which the segment is full before `segment.ms`, in milliseconds (`segment.jitter.ms`).
    jitter_ms: i64,
    /// The largest timestamp of all batches; -1 when no batch has one.
    pub(crate) max_timestamp: i64,
}

impl Segment {
    pub(crate) fn new(base_offset: i64, jitter_ms: i64, now: Time) -> Self {
        Self {
            base_offset,
            entries: Entries::default(),
            bytes: 0,
            created: now,
            modified: now,
            jitter_ms,
            max_timestamp: Batch::NO_TIMESTAMP,
        }
    }

    pub(crate) fn push(&mut self, batch: Batch, appended: Time) {
        let position = self.bytes;
        self.bytes += size(&batch);
        self.modified = self.modified.max(appended);
        self.max_timestamp = self.max_timestamp.max(batch.max_timestamp());
        self.entries.push(LogEntry { batch, appended, position, reached: self.max_timestamp });
    }

    /// Returns whether every record is below `offset`.
    pub(crate) fn is_below(&self, offset: i64) -> bool {
        self.entries.last().map_or(self.base_offset, |entry| entry.batch.last_offset()) < offset
    }

    /// Returns the batches from the one that holds `offset`, or the first one after it.
    pub(crate) fn entries_from(&self, offset: i64) -> impl Iterator<Item = &LogEntry> {
        self.entries.iter_from(self.index_of(offset))
    }

    /// Returns the index of the batch that holds `offset`, or of the first one after it.
    pub(crate) fn index_of(&self, offset: i64) -> usize {
        self.entries.partition_point(|entry| entry.batch.last_offset() < offset)
    }

    /// Returns the index of the first batch at which the segment reaches `timestamp`.
    pub(crate) fn index_since(&self, timestamp: i64) -> usize {
        self.entries.partition_point(|entry| entry.reached < timestamp)
    }

    /// Returns the size of the batches from the one that holds `offset` up to `end`, in bytes.
    pub(crate) fn bytes_between(&self, offset: i64, end: i64) -> u64 {
        let position = |index: usize| self.entries.get(index).map_or(self.bytes, |entry| entry.position);
        let last = self.entries.partition_point(|entry| entry.batch.base_offset() < end);
        position(last).saturating_sub(position(self.index_of(offset)))
    }

    /// Returns the time from which `retention.ms` counts: the largest timestamp, or the time of the last append when
    /// the records have no timestamps.
    pub(crate) fn largest_timestamp(&self) -> i64 {
        if self.max_timestamp >= 0 { self.max_timestamp } else { self.modified.millis() }
    }

    /// Returns the largest timestamp of the first batch.
    pub(crate) fn first_timestamp(&self) -> Option<i64> {
        self.entries.first().map(|entry| entry.batch.max_timestamp())
    }

    /// Sets the time of the last append to that of `original`: compaction does not make records younger.
    pub(crate) fn set_modified(&mut self, original: &Self) {
        self.modified = original.modified;
    }

    /// Returns whether `batch` begins a new segment (`LogSegment.shouldRoll`): this one would exceed `segment.bytes`,
    /// its offsets would span more than an `i32`, or it is older than `segment.ms` less its jitter.
    pub(crate) fn is_full_for(&self, batch: &Batch, config: &LogConfig, now: Time) -> bool {
        let limit = u64::try_from(config.segment_bytes).unwrap_or(u64::MAX);
        let is_too_far = batch.last_offset().saturating_sub(self.base_offset) > i64::from(i32::MAX);
        let is_old = self.age(batch, now) > config.max_segment_ms() - self.jitter_ms;
        self.bytes > 0 && (self.bytes + size(batch) > limit || is_old || is_too_far)
    }

    /// Returns the age of the segment, in milliseconds: by the records' timestamps if they have any, otherwise since
    /// the segment was created.
    fn age(&self, batch: &Batch, now: Time) -> i64 {
        match self.first_timestamp() {
            Some(first @ 0..) => batch.max_timestamp().saturating_sub(first),
            _ => now.millis().saturating_sub(self.created.millis()),
        }
    }
}

pub(crate) fn size(batch: &Batch) -> u64 {
    u64::try_from(batch.size()).unwrap_or(u64::MAX)
}

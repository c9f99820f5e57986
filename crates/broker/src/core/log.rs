//! A partition's log: batches as they came, in segments, with the rules by which old ones go.
//!
//! ```text
//! start_offset          segment        segment (active)      end_offset = high watermark
//!      |        [batch batch batch] [batch batch …          |
//! ```
//! A stored batch is never re-encoded. Closed segments are shared between clones of a cluster.

use std::collections::VecDeque;
use std::sync::Arc;

use kafka_trial_wire::records::Batch;

use super::{LogConfig, Time};

/// Upper bound for what one batch may unpack to when the broker itself has to look at records.
pub(crate) const MAX_UNPACKED_BYTES: usize = 256 << 20;

/// A stored batch and when it was appended.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) batch: Batch,
    pub(crate) appended: Time,
}

#[derive(Clone, Debug, Default)]
struct Segment {
    base_offset: i64,
    entries: Vec<Entry>,
    bytes: u64,
    largest_timestamp: i64,
    first_timestamp: i64,
}

/// A record found by its timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) timestamp: i64,
    pub(crate) offset: i64,
    pub(crate) leader_epoch: i32,
}

/// The batches of one partition, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    segments: VecDeque<Arc<Segment>>,
    start: i64,
    end: i64,
    bytes: u64,
    /// Each leader epoch with the first offset written in it (`LeaderEpochFileCache`).
    epochs: Vec<(i32, i64)>,
}

impl Log {
    /// The first offset that can be read.
    pub(crate) fn start_offset(&self) -> i64 {
        self.start
    }

    /// The offset that the next record gets.
    pub(crate) fn end_offset(&self) -> i64 {
        self.end
    }

    /// All replicas are in sync, so what is appended is committed.
    pub(crate) fn high_watermark(&self) -> i64 {
        self.end
    }

    /// The end of what `read_committed` shows.
    pub(crate) fn last_stable_offset(&self) -> i64 {
        self.end
    }

    /// Appends a checked batch and gives its base offset.
    pub(crate) fn append(&mut self, mut batch: Batch, leader_epoch: i32, config: &LogConfig, now: Time) -> i64 {
        let base = self.end;
        batch.assign(base, leader_epoch);
        let size = u64::try_from(batch.size()).unwrap_or(u64::MAX);
        if self.wants_roll(&batch, size, config) {
            self.segments.push_back(Arc::new(Segment {
                base_offset: base,
                largest_timestamp: -1,
                first_timestamp: batch.max_timestamp(),
                ..Segment::default()
            }));
        }
        if self.epochs.last().is_none_or(|(epoch, _)| *epoch < leader_epoch) {
            self.epochs.push((leader_epoch, base));
        }
        self.end = batch.next_offset();
        self.bytes += size;
        if let Some(active) = self.segments.back_mut() {
            let active = Arc::make_mut(active);
            active.bytes += size;
            active.largest_timestamp = active.largest_timestamp.max(batch.max_timestamp());
            active.entries.push(Entry { batch, appended: now });
        }
        base
    }

    /// Kafka's `LogSegment.shouldRoll`: the size, or `segment.ms` between the first and this batch's timestamps.
    fn wants_roll(&self, batch: &Batch, size: u64, config: &LogConfig) -> bool {
        let Some(active) = self.segments.back() else { return true };
        let limit = u64::try_from(config.segment_bytes).unwrap_or(u64::MAX);
        let waited = batch.max_timestamp().saturating_sub(active.first_timestamp);
        !active.entries.is_empty()
            && (active.bytes + size > limit || (active.first_timestamp >= 0 && waited > config.segment_ms))
    }

    /// The stored batches from the one that holds `offset` on.
    pub(crate) fn entries_from(&self, offset: i64) -> impl Iterator<Item = &Entry> {
        let first = self.segments.partition_point(|s| s.entries.last().is_some_and(|e| e.batch.last_offset() < offset));
        self.segments.iter().skip(first).flat_map(move |segment| {
            let skip = segment.entries.partition_point(|entry| entry.batch.last_offset() < offset);
            segment.entries.get(skip..).unwrap_or_default()
        })
    }

    /// Finds the first record at or after `timestamp` (`FileRecords.searchForTimestamp`): the first batch whose
    /// largest timestamp reaches it, then the first record in it that does and is not below the log start.
    pub(crate) fn find_timestamp(&self, timestamp: i64) -> Option<Found> {
        let entry = self.entries_from(self.start).find(|entry| entry.batch.max_timestamp() >= timestamp)?;
        let record = entry
            .batch
            .records(MAX_UNPACKED_BYTES)
            .ok()?
            .map_while(Result::ok)
            .find(|record| record.timestamp >= timestamp && record.offset >= self.start)?;
        Some(Found {
            timestamp: record.timestamp,
            offset: record.offset,
            leader_epoch: entry.batch.partition_leader_epoch(),
        })
    }

    /// The record with the largest timestamp, the earliest of equals (KIP-734).
    pub(crate) fn largest_timestamp(&self) -> Option<Found> {
        let largest = self.entries_from(self.start).map(|entry| entry.batch.max_timestamp()).max()?;
        self.find_timestamp(largest)
    }

    /// The largest epoch not above `requested`, and the offset where it ends (`LeaderEpochFileCache.endOffsetFor`).
    /// `None` when the epoch is unknown or in the future.
    pub(crate) fn epoch_end(&self, requested: i32, current: i32) -> Option<(i32, i64)> {
        if requested == current {
            return Some((requested, self.end));
        }
        if requested > current {
            return None;
        }
        let next = self.epochs.partition_point(|(epoch, _)| *epoch <= requested);
        let end = self.epochs.get(next).map_or(self.end, |(_, start)| *start);
        match next.checked_sub(1).and_then(|index| self.epochs.get(index)) {
            Some((epoch, _)) => Some((*epoch, end)),
            None => self.epochs.first().map(|(_, start)| (requested, *start)),
        }
    }

    /// The leader epoch that `offset` was written in; -1 when nothing is known of it.
    pub(crate) fn epoch_at(&self, offset: i64) -> i32 {
        let next = self.epochs.partition_point(|(_, start)| *start <= offset);
        next.checked_sub(1).and_then(|index| self.epochs.get(index)).map_or(-1, |(epoch, _)| *epoch)
    }

    /// Moves the log start up to `offset`, which must not be above the end; whole segments below it go.
    pub(crate) fn delete_before(&mut self, offset: i64) {
        self.start = self.start.max(offset.min(self.end));
        while let Some(oldest) = self.segments.front() {
            let below = oldest.entries.last().is_none_or(|entry| entry.batch.last_offset() < self.start);
            if !below {
                break;
            }
            self.bytes -= oldest.bytes.min(self.bytes);
            self.segments.pop_front();
        }
        let start = self.start;
        let stale = self.epochs.partition_point(|(_, first)| *first <= start).saturating_sub(1);
        self.epochs.drain(..stale.min(self.epochs.len()));
        if let Some(first) = self.epochs.first_mut() {
            first.1 = first.1.max(start);
        }
    }

    /// Drops what `retention.ms` and `retention.bytes` no longer keep, segment by segment as Kafka does.
    pub(crate) fn enforce_retention(&mut self, config: &LogConfig, now: Time) {
        if !config.delete {
            return;
        }
        while let Some(oldest) = self.segments.front() {
            let expired =
                config.retention_ms >= 0 && now.millis().saturating_sub(oldest.largest_timestamp) > config.retention_ms;
            let rest = self.bytes.saturating_sub(oldest.bytes);
            let too_large =
                u64::try_from(config.retention_bytes).is_ok_and(|limit| rest >= limit && self.segments.len() > 1);
            if !(expired || too_large) {
                break;
            }
            let next = self.segments.get(1).map_or(self.end, |segment| segment.base_offset);
            self.delete_before(next);
        }
    }
}

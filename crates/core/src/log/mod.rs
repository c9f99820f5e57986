//! A partition's log stores batches in segments.
//!
//! ```text
//! start_offset          segment        segment (active)      end_offset = high watermark
//!      |        [batch batch batch] [batch batch …          |
//! ```
//! A stored batch is never re-encoded, except by compaction. Clones of a cluster share each segment until one of them
//! changes it.

mod cleanable;
mod cleaned_transactions;
mod compaction;
mod entries;
mod epochs;
mod lookup;
mod retention;
mod segment;

use std::collections::VecDeque;
use std::sync::Arc;

use kafka_trial_wire::records::Batch;

pub(crate) use self::cleanable::Cleanable;
pub use self::entries::LogEntry;
use self::epochs::LeaderEpochs;
pub use self::lookup::FoundOffset;
use self::segment::Segment;
pub(crate) use self::segment::size;
use super::{LogConfig, Rng, Time};

/// The most bytes to which one batch may unpack when the broker itself reads its records.
pub const MAX_UNPACKED_BYTES: usize = 256 << 20;

/// The batches of one partition, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    pub(crate) segments: VecDeque<Arc<Segment>>,
    pub(crate) start: i64,
    pub(crate) end: i64,
    bytes: u64,
    epochs: LeaderEpochs,
    /// The offset at which the last round of compaction ended.
    cleaned_to: i64,
}

impl Log {
    /// Returns the first offset that can be read.
    pub fn start_offset(&self) -> i64 {
        self.start
    }

    /// Returns the offset of the next record.
    pub fn end_offset(&self) -> i64 {
        self.end
    }

    /// Returns the size of all batches, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the end of the log: all replicas are in sync, so every appended batch is committed.
    pub fn high_watermark(&self) -> i64 {
        self.end
    }

    /// Appends a checked batch and returns its base offset. A new segment takes its jitter from `rng`.
    pub(crate) fn append(
        &mut self,
        mut batch: Batch,
        leader_epoch: i32,
        config: &LogConfig,
        now: Time,
        rng: &mut Rng,
    ) -> i64 {
        let base = self.end;
        batch.assign(base, leader_epoch);
        // The log copies small batches, so that a small batch does not keep a large request in memory.
        let batch = batch.detach();
        if self.segments.back().is_none_or(|active| active.is_full_for(&batch, config, now)) {
            self.segments.push_back(Arc::new(Segment::new(base, config.segment_jitter(rng), now)));
        }
        self.epochs.assign(leader_epoch, base);
        self.end = batch.next_offset();
        self.bytes += size(&batch);
        if let Some(active) = self.segments.back_mut() {
            Arc::make_mut(active).push(batch, now);
        }
        base
    }

    /// Returns the stored batches from the one that holds `offset`, or the first one after it.
    pub fn entries_from(&self, offset: i64) -> impl Iterator<Item = &LogEntry> {
        let first = self.segments.partition_point(|segment| segment.is_below(offset));
        self.segments.iter().skip(first).flat_map(move |segment| segment.entries_from(offset))
    }

    /// Returns the batches as [`Log::entries_from`] does, of one segment only: a Kafka fetch never reads beyond it.
    pub fn segment_from(&self, offset: i64) -> impl Iterator<Item = &LogEntry> {
        self.segment_with(offset).into_iter().flat_map(move |segment| segment.entries_from(offset))
    }

    /// Returns how many bytes a fetch can read from the batch of `offset` up to `end`; `None` when `end` is in a later
    /// segment.
    pub fn bytes_between(&self, offset: i64, end: i64) -> Option<u64> {
        let Some(segment) = self.segment_with(offset).filter(|_| offset < end) else { return Some(0) };
        let last = self.segments.get(self.position(end));
        if last.is_some_and(|last| last.base_offset > segment.base_offset) {
            return None;
        }
        Some(segment.bytes_between(offset, end))
    }

    /// Returns the first segment with a batch at or after `offset`.
    pub(crate) fn segment_with(&self, offset: i64) -> Option<&Segment> {
        let first = self.segments.partition_point(|segment| segment.is_below(offset));
        self.segments.iter().skip(first).find(|segment| !segment.entries.is_empty()).map(|segment| &**segment)
    }

    /// Returns the index of the segment that an offset belongs to.
    fn position(&self, offset: i64) -> usize {
        self.segments.partition_point(|segment| segment.base_offset <= offset).saturating_sub(1)
    }

    /// Returns the largest epoch up to `requested`, and its end offset (`LeaderEpochFileCache.endOffsetFor`). Returns
    /// `None` when the epoch is unknown or in the future.
    pub fn epoch_end(&self, requested: i32, current: i32) -> Option<(i32, i64)> {
        self.epochs.end_of(requested, current, self.end)
    }

    /// Returns the leader epoch in which `offset` was written; -1 when it is unknown.
    pub fn epoch_at(&self, offset: i64) -> i32 {
        self.epochs.at(offset)
    }
}

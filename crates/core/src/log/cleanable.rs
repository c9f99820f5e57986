//! A log knows which part of it may be compacted, and whether that is worth it (`LogCleanerManager`, `LogToClean`).

use super::Log;
use super::segment::Segment;
use crate::{LogConfig, Time};

/// The part of a log that one round of cleaning works on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cleanable {
    /// The first offset that may have changed since the last round.
    pub(super) first_dirty: i64,
    /// The end of the round: the base offset of a segment.
    pub(super) end: i64,
    clean_bytes: u64,
    dirty_bytes: u64,
    /// Whether a record has waited for longer than `max.compaction.lag.ms`.
    is_overdue: bool,
}

impl Cleanable {
    /// Returns whether Kafka's cleaner would clean this part.
    pub(crate) fn is_due(&self, config: &LogConfig) -> bool {
        let total = self.clean_bytes + self.dirty_bytes;
        if total == 0 {
            return false;
        }
        // A double holds the sizes of logs in memory exactly.
        let ratio = self.dirty_bytes as f64 / total as f64;
        (self.is_overdue && self.dirty_bytes > 0) || ratio > config.min_cleanable_ratio
    }
}

impl Log {
    /// Returns the part that could be cleaned. It ends at the last stable offset, at the active segment, or at the
    /// first dirty segment that is younger than `min.compaction.lag.ms`.
    pub(crate) fn cleanable(&self, last_stable_offset: i64, config: &LogConfig, now: Time) -> Cleanable {
        let is_known = (self.start..=self.end).contains(&self.cleaned_to);
        let first_dirty = if is_known { self.cleaned_to } else { self.start };
        let active = self.segments.back().map_or(self.end, |active| active.base_offset);
        let dirty = || self.closed_segments().skip(self.position(first_dirty));
        let lag = config.min_compaction_lag_ms;
        let is_young = |segment: &&Segment| segment.largest_timestamp() > now.millis().saturating_sub(lag);
        let young = dirty().find(is_young).filter(|_| lag > 0);
        let bound = last_stable_offset.min(active).min(young.map_or(active, |segment| segment.base_offset));
        let end = self.segments.get(self.position(bound.max(first_dirty)));
        let end = end.map_or(active, |segment| segment.base_offset);
        let oldest = dirty().filter_map(Segment::first_timestamp).filter(|timestamp| *timestamp > 0).min();
        let clean_until = now.millis().saturating_sub(config.max_compaction_lag_ms);
        let clean = self.segments.iter().filter(|segment| segment.base_offset < first_dirty);
        Cleanable {
            first_dirty,
            end,
            clean_bytes: clean.map(|segment| segment.bytes).sum(),
            dirty_bytes: dirty().filter(|segment| segment.base_offset < end).map(|segment| segment.bytes).sum(),
            is_overdue: oldest.is_some_and(|timestamp| timestamp < clean_until),
        }
    }

    /// Returns all segments except for the active one.
    fn closed_segments(&self) -> impl Iterator<Item = &Segment> {
        let count = self.segments.len().saturating_sub(1);
        self.segments.iter().take(count).map(|segment| &**segment)
    }
}

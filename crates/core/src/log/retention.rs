//! Retention deletes old segments (`UnifiedLog.deleteOldSegments`).

use super::Log;
use super::segment::Segment;
use crate::{LogConfig, Time};

impl Log {
    /// Moves the log start up to `offset`, at most to the end of the log. Segments that end below it are dropped,
    /// except for the active one.
    pub fn delete_before(&mut self, offset: i64) {
        self.start = self.start.max(offset.min(self.end));
        while self.segments.get(1).is_some_and(|next| next.base_offset <= self.start) {
            self.drop_oldest();
        }
        self.epochs.truncate_from_start(self.start);
    }

    /// Returns whether [`Log::enforce_retention`] has a segment to drop.
    pub(crate) fn has_expired(&self, config: &LogConfig, now: Time) -> bool {
        let oldest = self.segments.front().filter(|_| config.delete);
        oldest.is_some_and(|oldest| self.is_oversized_without(oldest, config) || is_past(oldest, config, now))
    }

    /// Returns whether the log still has `retention.bytes` without its oldest segment.
    fn is_oversized_without(&self, oldest: &Segment, config: &LogConfig) -> bool {
        u64::try_from(config.retention_bytes).is_ok_and(|limit| self.bytes.saturating_sub(oldest.bytes) >= limit)
    }

    /// Drops the segments that `retention.bytes` and `retention.ms` no longer keep. The active segment goes too when
    /// all of its records are too old; the next batch then begins a new segment.
    pub(crate) fn enforce_retention(&mut self, config: &LogConfig, now: Time) {
        if !config.delete {
            return;
        }
        self.delete_oldest_while(|log, oldest| log.is_oversized_without(oldest, config));
        self.delete_oldest_while(|_, oldest| is_past(oldest, config, now));
        self.epochs.truncate_from_start(self.start);
    }

    fn delete_oldest_while(&mut self, is_past: impl Fn(&Self, &Segment) -> bool) {
        while self.segments.front().is_some_and(|oldest| is_past(self, oldest)) {
            self.drop_oldest();
            let first = self.segments.front().map_or(self.end, |segment| segment.base_offset);
            self.start = self.start.max(first);
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(gone) = self.segments.pop_front() {
            self.bytes -= gone.bytes.min(self.bytes);
        }
    }
}

/// Returns whether all records of a segment are older than `retention.ms`.
fn is_past(segment: &Segment, config: &LogConfig, now: Time) -> bool {
    config.retention_ms >= 0 && now.millis().saturating_sub(segment.largest_timestamp()) > config.retention_ms
}

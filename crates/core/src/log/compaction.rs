//! Compaction keeps the last record of each key (`Cleaner`, `MemoryRecords.RecordFilter`).
//!
//! A round reads the dirty part for the last offset of each key, then rewrites every segment before its end. Offsets
//! stay, so they have gaps afterwards; the batches' first and last offsets stay too. A tombstone or marker that is no
//! longer needed first gets a delete horizon; a round after that horizon removes it (KIP-534).

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use kafka_trial_wire::records::{Batch, BatchError, Record};

use super::cleaned_transactions::CleanedTransactions;
use super::segment::Segment;
use super::{Cleanable, Log, MAX_UNPACKED_BYTES};
use crate::{AbortedTransaction, LogConfig, Producers, Rng, Time};

/// The rest of a batch without records (`BatchRetention`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Retention {
    /// The batch goes; its records are not read.
    Delete,
    /// The batch goes if none of its records stays.
    DeleteEmpty,
    /// The batch's header stays: it is the last of its producer or of the round.
    RetainEmpty,
}

struct Round<'a> {
    cleanable: Cleanable,
    config: &'a LogConfig,
    producers: &'a Producers,
    now: Time,
    last_offsets: BTreeMap<Bytes, i64>,
}

impl Log {
    /// Closes the active segment, so that its records can be cleaned. Kafka has no such operation: there, a later batch
    /// closes the segment.
    pub(crate) fn roll(&mut self, config: &LogConfig, now: Time, rng: &mut Rng) {
        if self.segments.back().is_some_and(|active| !active.entries.is_empty()) {
            self.segments.push_back(Arc::new(Segment::new(self.end, config.segment_jitter(rng), now)));
        }
    }

    /// Compacts the cleanable part, and returns the aborted transactions of which no record is left.
    pub(crate) fn compact(
        &mut self,
        cleanable: Cleanable,
        producers: &Producers,
        config: &LogConfig,
        now: Time,
    ) -> Result<Vec<AbortedTransaction>, BatchError> {
        let Cleanable { first_dirty, end, .. } = cleanable;
        let mut transactions = CleanedTransactions::new(producers.aborted.between(first_dirty, end));
        let mut last_offsets = BTreeMap::new();
        for entry in self.entries_from(first_dirty).take_while(|entry| entry.batch.base_offset() < end) {
            if transactions.is_needless(&entry.batch) || entry.batch.is_control() {
                continue;
            }
            for record in entry.batch.records(MAX_UNPACKED_BYTES)? {
                let record = record?;
                if let Some(key) = record.key.filter(|_| record.offset >= first_dirty) {
                    last_offsets.insert(key, record.offset);
                }
            }
        }
        let round = Round { cleanable, config, producers, now, last_offsets };
        let mut transactions = CleanedTransactions::new(producers.aborted.between(i64::MIN, end));
        let mut cleaned: Vec<Segment> = Vec::new();
        let mut group_bytes = 0;
        let limit = u64::try_from(config.segment_bytes).unwrap_or(u64::MAX);
        for segment in self.segments.iter().take_while(|segment| segment.base_offset < end) {
            // Small segments are merged as long as their sizes before the round fit into one.
            group_bytes += segment.bytes;
            if cleaned.is_empty() || group_bytes > limit {
                // The segment never grows again, so it needs no jitter.
                cleaned.push(Segment::new(segment.base_offset, 0, now));
                group_bytes = segment.bytes;
            }
            let Some(target) = cleaned.last_mut() else { continue };
            for entry in segment.entries.iter_from(0) {
                if let Some(batch) = round.filter(&entry.batch, &mut transactions)? {
                    target.push(batch, entry.appended);
                }
            }
            target.set_modified(segment);
        }
        let kept = self.segments.iter().skip_while(|segment| segment.base_offset < end).cloned();
        self.segments = cleaned.into_iter().map(Arc::new).chain(kept).collect();
        self.bytes = self.segments.iter().map(|segment| segment.bytes).sum();
        self.cleaned_to = end;
        Ok(transactions.gone)
    }
}

impl Round<'_> {
    /// Returns the rest of a batch; `None` when the batch goes.
    fn filter(&self, batch: &Batch, transactions: &mut CleanedTransactions) -> Result<Option<Batch>, BatchError> {
        let is_needless = transactions.is_needless(batch);
        let horizon = batch.delete_horizon();
        let is_past_horizon = horizon.is_some_and(|horizon| horizon <= self.now.millis());
        let discards = is_needless && (!batch.is_control() || is_past_horizon);
        let retention = if self.producers.end_with(batch) || batch.next_offset() == self.cleanable.end {
            Retention::RetainEmpty
        } else if discards {
            Retention::Delete
        } else {
            Retention::DeleteEmpty
        };
        if retention == Retention::Delete {
            return Ok(None);
        }
        let mut kept = Vec::new();
        let mut is_whole = true;
        for record in batch.records(MAX_UNPACKED_BYTES)? {
            let record = record?;
            if !discards && (batch.is_control() || self.retains(&record, horizon)) {
                kept.push(record);
            } else {
                is_whole = false;
            }
        }
        if kept.is_empty() {
            return if retention == Retention::RetainEmpty { batch.emptied().map(Some) } else { Ok(None) };
        }
        let is_needless_marker = is_needless && batch.is_control();
        let waits = is_needless_marker || kept.iter().any(|record| record.value.is_none());
        let sets_horizon = waits && horizon.is_none();
        if is_whole && !sets_horizon {
            return Ok(Some(batch.clone()));
        }
        let from_now = self.now.plus_millis(self.config.delete_retention_ms).millis();
        batch.with_records(&kept, if sets_horizon { Some(from_now) } else { horizon }).map(Some)
    }

    /// Returns whether a record stays: it is the last of its key, and not a tombstone past its horizon.
    fn retains(&self, record: &Record, horizon: Option<i64>) -> bool {
        let Some(key) = &record.key else { return false };
        let is_last = self.last_offsets.get(key).is_none_or(|last| record.offset >= *last);
        let may_delete = horizon.is_some_and(|horizon| horizon <= self.now.millis());
        is_last && (record.value.is_some() || !may_delete)
    }
}

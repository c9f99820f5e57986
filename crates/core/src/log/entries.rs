//! A segment stores its batches in chunks, which clones of a cluster share.

use std::sync::Arc;

use kafka_trial_wire::records::Batch;

use crate::Time;

/// The batches per chunk. A clone copies at most one chunk when it first appends.
const CHUNK: usize = 64;

/// A stored batch with the time of its append.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// The batch, with its final offsets and leader epoch.
    pub batch: Batch,
    /// The time at which the batch was appended.
    pub appended: Time,
    /// The bytes before the batch in its segment.
    pub(crate) position: u64,
    /// The largest timestamp of the segment up to this batch. It never falls, so it can be searched (`TimeIndex`).
    pub(crate) reached: i64,
}

/// The batches in the order of their offsets. Full chunks never change; only the open one grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    full: Arc<Vec<Arc<Vec<LogEntry>>>>,
    open: Vec<LogEntry>,
}

impl Entries {
    pub(crate) fn is_empty(&self) -> bool {
        self.full.is_empty() && self.open.is_empty()
    }

    pub(crate) fn push(&mut self, entry: LogEntry) {
        if self.open.len() == CHUNK {
            let chunk = std::mem::replace(&mut self.open, Vec::with_capacity(CHUNK));
            Arc::make_mut(&mut self.full).push(Arc::new(chunk));
        }
        self.open.push(entry);
    }

    pub(crate) fn get(&self, index: usize) -> Option<&LogEntry> {
        match self.full.get(index / CHUNK) {
            Some(chunk) => chunk.get(index % CHUNK),
            None => self.open.get(index - self.full.len() * CHUNK),
        }
    }

    pub(crate) fn first(&self) -> Option<&LogEntry> {
        self.get(0)
    }

    pub(crate) fn last(&self) -> Option<&LogEntry> {
        self.open.last().or_else(|| self.full.last()?.last())
    }

    /// Returns the batches from `index` on.
    pub(crate) fn iter_from(&self, index: usize) -> impl Iterator<Item = &LogEntry> {
        let (first, rest) = match self.full.get(index / CHUNK..) {
            Some([first, rest @ ..]) => (first.get(index % CHUNK..), rest),
            _ => (None, &[][..]),
        };
        let open = self.open.get(index.saturating_sub(self.full.len() * CHUNK)..);
        let rest = rest.iter().flat_map(|chunk| chunk.iter());
        first.unwrap_or_default().iter().chain(rest).chain(open.unwrap_or_default())
    }

    /// Returns how many batches at the beginning satisfy `is_before`; no batch after them may.
    pub(crate) fn partition_point(&self, is_before: impl Fn(&LogEntry) -> bool) -> usize {
        let full = self.full.partition_point(|chunk| chunk.last().is_some_and(&is_before));
        match self.full.get(full) {
            Some(chunk) => full * CHUNK + chunk.partition_point(is_before),
            None => full * CHUNK + self.open.partition_point(is_before),
        }
    }
}

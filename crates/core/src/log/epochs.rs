//! A log knows where each of its leader epochs begins (`LeaderEpochFileCache`, KIP-101).

/// The leader epochs, each with its first offset; both rise.
#[derive(Clone, Debug, Default)]
pub(super) struct LeaderEpochs {
    starts: Vec<(i32, i64)>,
}

impl LeaderEpochs {
    /// Notes that `offset` was written in `epoch`.
    pub(super) fn assign(&mut self, epoch: i32, offset: i64) {
        if self.starts.last().is_none_or(|(latest, _)| *latest < epoch) {
            self.starts.push((epoch, offset));
        }
    }

    /// Returns the largest known epoch up to `requested`, and its end offset; the current epoch ends at the end of the
    /// log. Returns `None` for an epoch in the future.
    pub(super) fn end_of(&self, requested: i32, current: i32, log_end: i64) -> Option<(i32, i64)> {
        if requested == current {
            return Some((requested, log_end));
        }
        if requested > current {
            return None;
        }
        let next = self.starts.partition_point(|(epoch, _)| *epoch <= requested);
        let end = self.starts.get(next).map_or(log_end, |(_, start)| *start);
        match next.checked_sub(1).and_then(|index| self.starts.get(index)) {
            Some((epoch, _)) => Some((*epoch, end)),
            None => self.starts.first().map(|(_, start)| (requested, *start)),
        }
    }

    /// Returns the epoch in which `offset` was written; -1 when it is unknown.
    pub(super) fn at(&self, offset: i64) -> i32 {
        let next = self.starts.partition_point(|(_, start)| *start <= offset);
        next.checked_sub(1).and_then(|index| self.starts.get(index)).map_or(-1, |(epoch, _)| *epoch)
    }

    /// Forgets the epochs that end before `start`; the epoch of `start` begins there from now on.
    pub(super) fn truncate_from_start(&mut self, start: i64) {
        let stale = self.starts.partition_point(|(_, first)| *first <= start).saturating_sub(1);
        self.starts.drain(..stale);
        if let Some((_, first)) = self.starts.first_mut() {
            *first = start.max(*first);
        }
    }
}

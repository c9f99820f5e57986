//! Which records of transactions a reader sees.

use std::collections::BTreeSet;

use kafka_trial_wire::messages::fetch_response::AbortedTransaction;
use kafka_trial_wire::records::{Batch, ControlMarker};

use super::UNPACKED;

/// Which records of transactions are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// None of a transaction that was aborted or has not ended: what a test's service sees, and the default.
    #[default]
    ReadCommitted,
    /// All, as they lie in the log.
    ReadUncommitted,
}

impl Isolation {
    /// As Fetch writes it.
    pub(super) fn level(self) -> i8 {
        match self {
            Self::ReadCommitted => 1,
            Self::ReadUncommitted => 0,
        }
    }
}

/// The aborted transactions of one answer, as a consumer of committed records passes over them.
///
/// Kafka: `CompletedFetch.nextFetchedRecord`.
pub(super) struct Aborted {
    /// Those that have not begun yet, the last first.
    ahead: Vec<AbortedTransaction>,
    /// The producers whose transaction at this place was aborted.
    producers: BTreeSet<i64>,
}

impl Aborted {
    pub(super) fn of(transactions: Option<Vec<AbortedTransaction>>) -> Self {
        let mut ahead = transactions.unwrap_or_default();
        ahead.sort_by_key(|transaction| std::cmp::Reverse(transaction.first_offset));
        Self { ahead, producers: BTreeSet::new() }
    }

    /// Goes past a batch and says whether its records were aborted.
    pub(super) fn has(&mut self, batch: &Batch) -> bool {
        while let Some(begun) = self.ahead.pop_if(|next| next.first_offset < batch.next_offset()) {
            self.producers.insert(begun.producer_id);
        }
        if batch.is_control() {
            if marker(batch) == Some(ControlMarker::Abort) {
                self.producers.remove(&batch.producer_id());
            }
            return false;
        }
        batch.is_transactional() && self.producers.contains(&batch.producer_id())
    }
}

/// What the marker of a transaction says.
pub(crate) fn marker(batch: &Batch) -> Option<ControlMarker> {
    let record = batch.records(UNPACKED).ok()?.next()?.ok()?;
    ControlMarker::of_key(record.key.as_deref()?)
}

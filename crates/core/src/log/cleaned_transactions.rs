//! A round of cleaning follows the transactions of a log (`CleanedTransactionMetadata`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kafka_trial_wire::records::{Batch, ControlMarker};

use super::MAX_UNPACKED_BYTES;
use crate::AbortedTransaction;

struct Ongoing {
    transaction: AbortedTransaction,
    has_batches: bool,
}

/// The transactions that are open at the current batch of a round.
#[derive(Default)]
pub(super) struct CleanedTransactions {
    /// The aborted transactions that begin after the current batch, by their first offsets.
    ahead: VecDeque<AbortedTransaction>,
    aborted: BTreeMap<i64, Ongoing>,
    committed: BTreeSet<i64>,
    /// Aborted transactions of which only the marker was left.
    pub(super) gone: Vec<AbortedTransaction>,
}

impl CleanedTransactions {
    pub(super) fn new<'a>(aborted: impl Iterator<Item = &'a AbortedTransaction>) -> Self {
        let mut ahead: Vec<AbortedTransaction> = aborted.copied().collect();
        ahead.sort_by_key(|transaction| transaction.first_offset);
        Self { ahead: ahead.into(), ..Self::default() }
    }

    /// Advances by one batch, and returns whether none of its records is needed: the batch was aborted, or it is the
    /// marker of a transaction without batches.
    pub(super) fn is_needless(&mut self, batch: &Batch) -> bool {
        while let Some(next) = self.ahead.front().filter(|next| next.first_offset <= batch.last_offset()) {
            let ongoing = Ongoing { transaction: *next, has_batches: false };
            self.aborted.entry(next.producer_id).or_insert(ongoing);
            self.ahead.pop_front();
        }
        let producer = batch.producer_id();
        if batch.is_control() {
            return match marker(batch) {
                Some(ControlMarker::Abort) => match self.aborted.remove(&producer) {
                    Some(ongoing) if ongoing.has_batches => false,
                    Some(ongoing) => {
                        self.gone.push(ongoing.transaction);
                        true
                    }
                    None => true,
                },
                Some(ControlMarker::Commit) => !self.committed.remove(&producer),
                // An earlier round has emptied the marker's batch.
                None => true,
            };
        }
        if !batch.is_transactional() {
            return false;
        }
        match self.aborted.get_mut(&producer) {
            Some(ongoing) => ongoing.has_batches = true,
            None => {
                self.committed.insert(producer);
            }
        }
        self.aborted.contains_key(&producer)
    }
}

fn marker(batch: &Batch) -> Option<ControlMarker> {
    let record = batch.records(MAX_UNPACKED_BYTES).ok()?.next()?.ok()?;
    ControlMarker::of_key(record.key.as_deref()?)
}

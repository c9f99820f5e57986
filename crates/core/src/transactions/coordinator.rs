//! The transaction coordinator keeps all transactional ids and their time-outs.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_trial_wire::ErrorCode;

use super::{Ended, Transaction, TransactionVersion};
use crate::event::Event;
use crate::state::Timer;
use crate::{InternalTopic, Node, State, TopicPartition, string_hash};

/// Returns the partition of an internal topic to which a key belongs (`Utils.abs(key.hashCode) % count`).
pub(crate) fn partition_of(key: &str, count: i32) -> i32 {
    (string_hash(key) & i32::MAX) % count.max(1)
}

/// All transactional ids of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Transactions {
    by_id: BTreeMap<Arc<str>, Arc<Transaction>>,
}

impl Transactions {
    /// Returns the state of a transactional id; `None` before its first InitProducerId.
    pub fn get(&self, id: &str) -> Option<&Transaction> {
        self.by_id.get(id).map(|transaction| &**transaction)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Transaction> {
        self.by_id.get_mut(id).map(Arc::make_mut)
    }

    /// Returns the transactional ids in order, each with its state.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Transaction)> {
        self.by_id.iter().map(|(id, transaction)| (&**id, &**transaction))
    }

    /// Keeps the ids for which `keep` is true, and returns the others.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Transaction) -> bool) -> Vec<Arc<str>> {
        let mut gone = Vec::new();
        self.by_id.retain(|id, transaction| {
            let stays = keep(transaction);
            if !stays {
                gone.push(Arc::clone(id));
            }
            stays
        });
        gone
    }
}

impl State {
    /// Returns a new producer id, for a producer without a transactional id.
    pub fn allocate_producer_id(&mut self) -> i64 {
        self.producer_ids.allocate()
    }

    /// Returns the broker that coordinates a transactional id: the leader of its partition of `__transaction_state`.
    pub fn transaction_coordinator(&self, id: &str) -> Option<&Node> {
        let partition = partition_of(id, self.settings.transaction_state_log_num_partitions);
        self.coordinator_of_partition(InternalTopic::TransactionState, partition)
    }

    /// Checks that the transactional id is not empty and that `node` coordinates it.
    pub fn check_transaction_coordinator(&self, node: i32, id: &str) -> Result<(), ErrorCode> {
        if id.is_empty() {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        match self.transaction_coordinator(id) {
            Some(coordinator) if coordinator.id == node => Ok(()),
            _ => Err(ErrorCode::NOT_COORDINATOR),
        }
    }

    /// Handles InitProducerId of a transactional producer, and returns its id and epoch
    /// (`TransactionCoordinator.handleInitProducerId`). An ongoing transaction is aborted first; the client then asks
    /// again.
    pub fn begin_transactional_producer(
        &mut self,
        id: &str,
        timeout_ms: i32,
        expected: Option<(i64, i16)>,
    ) -> Result<(i64, i16), ErrorCode> {
        if timeout_ms <= 0 || timeout_ms > self.settings.transaction_max_timeout_ms {
            return Err(ErrorCode::INVALID_TRANSACTION_TIMEOUT);
        }
        let now = self.now;
        let ids = &mut self.producer_ids;
        let by_id = &mut self.transactions.by_id;
        let transaction =
            by_id.entry(id.into()).or_insert_with(|| Arc::new(Transaction::new(ids.allocate(), timeout_ms, now)));
        let transaction = Arc::make_mut(transaction);
        let begun = transaction.begin_producer(timeout_ms, expected, ids, now);
        let current = (transaction.producer_id, transaction.epoch);
        if begun == Err(ErrorCode::CONCURRENT_TRANSACTIONS) && transaction.fence(now) {
            self.note(Event::ProducerFenced { id: id.into(), reason: ErrorCode::PRODUCER_FENCED });
            self.schedule_markers(id);
        }
        if begun.is_ok() {
            self.write_transaction(id);
        }
        begun.map(|()| current)
    }

    /// Adds partitions to a transaction of a client of this version (`handleAddPartitionsToTransaction`). Its time-out starts
    /// with the first one.
    pub fn add_to_transaction(
        &mut self,
        id: &str,
        (producer_id, epoch): (i64, i16),
        version: TransactionVersion,
        partitions: impl IntoIterator<Item = TopicPartition>,
    ) -> Result<(), ErrorCode> {
        let now = self.now;
        let transaction = self.transactions.get_mut(id).ok_or(ErrorCode::INVALID_PRODUCER_ID_MAPPING)?;
        let (before, count) = (transaction.round, transaction.partitions.len());
        transaction.add((producer_id, epoch), version, partitions, now)?;
        let is_changed = transaction.round != before || transaction.partitions.len() != count;
        if transaction.round != before {
            let due = now.plus_millis(transaction.timeout_ms.into());
            let round = transaction.round;
            let timer = Timer::TransactionExpires { id: id.into(), round };
            transaction.expiry = Some(self.timers.at(due, timer));
            let producer_id = transaction.producer_id;
            self.note(Event::TransactionBegan { id: id.into(), producer_id });
        }
        if is_changed {
            self.write_transaction(id);
        }
        Ok(())
    }

    /// Checks that a transaction has a partition (`handleVerifyPartitionsInTransaction`).
    pub fn verify_in_transaction(
        &self,
        id: &str,
        producer_id: i64,
        epoch: i16,
        partition: &TopicPartition,
    ) -> Result<(), ErrorCode> {
        let transaction = self.transactions.get(id).ok_or(ErrorCode::INVALID_PRODUCER_ID_MAPPING)?;
        transaction.verify(producer_id, epoch, partition)
    }

    /// Handles EndTxn, and returns the producer's next id and epoch (`TransactionCoordinator.endTransaction`).
    pub fn end_transaction(
        &mut self,
        id: &str,
        producer_id: i64,
        epoch: i16,
        commits: bool,
        version: TransactionVersion,
    ) -> Result<(i64, i16), ErrorCode> {
        let now = self.now;
        let transaction =
            self.transactions.by_id.get_mut(id).map(Arc::make_mut).ok_or(ErrorCode::INVALID_PRODUCER_ID_MAPPING)?;
        let ended = transaction.end(producer_id, epoch, commits, version, &mut self.producer_ids, now)?;
        let successor = transaction.successor();
        if ended == Ended::Prepared {
            self.schedule_markers(id);
        }
        Ok(successor)
    }

    /// Aborts a transaction that has reached its time-out, and fences its producer (`abortTimedOutTransactions`).
    pub(crate) fn transaction_expires(&mut self, id: &str, round: u64) {
        let now = self.now;
        let Some(transaction) = self.transactions.get_mut(id).filter(|transaction| transaction.round == round) else {
            return;
        };
        if transaction.fence(now) {
            self.note(Event::ProducerFenced { id: id.into(), reason: ErrorCode::TRANSACTION_ABORTABLE });
            self.schedule_markers(id);
        }
    }

    fn schedule_markers(&mut self, id: &str) {
        let Some(transaction) = self.transactions.get_mut(id) else { return };
        let round = transaction.round;
        if let Some(expiry) = transaction.expiry.take() {
            self.timers.cancel(expiry);
        }
        self.write_transaction(id);
        let delay = self.settings.transaction_marker_delay_ms;
        if delay <= 0 {
            self.write_markers(id, round);
        } else {
            self.timers.at(self.now.plus_millis(delay), Timer::Markers { id: id.into(), round });
        }
    }
}

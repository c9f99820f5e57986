//! A partition keeps the state of each idempotent producer: its epoch, its last five batches and the start of its open
//! transaction (`ProducerStateManager`, `ProducerAppendInfo`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::Batch;

use crate::{AbortedTransaction, AbortedTransactions, Marker, Time, TransactionVersion};

/// The number of batches per producer among which a duplicate is recognised
/// (`ProducerStateEntry.NUM_BATCHES_TO_RETAIN`).
const REMEMBERED_BATCHES: usize = 5;

/// The next producer id; ids count up from 0, as in a new Kafka cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProducerIds {
    next: i64,
}

impl ProducerIds {
    pub(crate) fn allocate(&mut self) -> i64 {
        let id = self.next;
        self.next += 1;
        id
    }
}

#[derive(Clone, Copy, Debug)]
struct Remembered {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
    timestamp: i64,
}

/// The state of one producer (`ProducerStateEntry`).
#[derive(Clone, Debug)]
pub struct Producer {
    /// The epoch of the producer's last batch or marker.
    pub epoch: i16,
    batches: VecDeque<Remembered>,
    /// The timestamp of the producer's last batch or marker, in milliseconds.
    pub last_timestamp: i64,
    /// The coordinator epoch of the last marker; -1 before the first.
    pub coordinator_epoch: i32,
    /// The first offset of the producer's open transaction.
    pub transaction_start: Option<i64>,
}

impl Producer {
    fn new(epoch: i16) -> Self {
        Self {
            epoch,
            batches: VecDeque::with_capacity(REMEMBERED_BATCHES),
            last_timestamp: Batch::NO_TIMESTAMP,
            coordinator_epoch: -1,
            transaction_start: None,
        }
    }

    /// Returns the last sequence of this epoch; -1 before the first batch.
    pub fn last_sequence(&self) -> i32 {
        self.batches.back().map_or(-1, |batch| batch.last_sequence)
    }

    fn raise_epoch(&mut self, epoch: i16) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.batches.clear();
        }
    }
}

/// A transaction that its coordinator verifies before the producer's first batch is appended
/// (`VerificationStateEntry`).
#[derive(Clone, Copy, Debug)]
struct Verification {
    epoch: i16,
    lowest_sequence: i32,
    since: Time,
}

/// The result of a check of a batch against its producer's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// The batch is new: append it.
    Next,
    /// The batch is in the log already: answer with its offset and its largest timestamp.
    Duplicate { base_offset: i64, timestamp: i64 },
}

/// The producers of one partition.
#[derive(Clone, Debug, Default)]
pub struct Producers {
    by_id: BTreeMap<i64, Arc<Producer>>,
    verifications: BTreeMap<i64, Verification>,
    /// The first offsets of the open transactions. Each belongs to one producer: transactions share no offset.
    open: BTreeSet<i64>,
    /// The aborted transactions with records in the partition.
    pub aborted: AbortedTransactions,
}

impl Producers {
    /// Notes a batch that will begin a transaction, while the coordinator verifies it. If that fails, no later batch
    /// may overtake this one.
    pub(crate) fn begin_verification(&mut self, batch: &Batch, now: Time) {
        let (epoch, sequence) = (batch.producer_epoch(), batch.base_sequence());
        let asked = Verification { epoch, lowest_sequence: sequence, since: now };
        let asking = self.verifications.entry(batch.producer_id()).or_insert(asked);
        if epoch > asking.epoch {
            (asking.epoch, asking.lowest_sequence) = (epoch, sequence);
        } else if epoch == asking.epoch {
            asking.lowest_sequence = asking.lowest_sequence.min(sequence);
        }
    }

    /// Checks a batch against its producer's epoch and sequence. An unknown producer may start at any sequence (since
    /// Kafka 2.5), unless the batch `begins` a transaction. It may then not start above a sequence that it has tried
    /// before, and with version 2 it must start at 0 (KIP-890).
    pub(crate) fn check(&self, batch: &Batch, begins: Option<TransactionVersion>) -> Result<Sequence, ErrorCode> {
        let (first, last) = (batch.base_sequence(), batch.last_sequence());
        let asking = self.verifications.get(&batch.producer_id()).filter(|_| begins.is_some());
        let overtakes = asking.is_some_and(|asking| first > asking.lowest_sequence);
        let Some(producer) = self.by_id.get(&batch.producer_id()) else {
            let starts_late = overtakes || begins == Some(TransactionVersion::V2) && first != 0;
            return if starts_late { Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER) } else { Ok(Sequence::Next) };
        };
        let epoch = batch.producer_epoch();
        if epoch < producer.epoch {
            return Err(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        let is_same_epoch = epoch == producer.epoch;
        let repeated = producer.batches.iter().find(|b| b.first_sequence == first && b.last_sequence == last);
        if let Some(known) = repeated.filter(|_| is_same_epoch) {
            return Ok(Sequence::Duplicate { base_offset: known.base_offset, timestamp: known.timestamp });
        }
        if overtakes {
            return Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
        }
        // After a batch without an epoch, any sequence may follow.
        if producer.epoch < 0 {
            return Ok(Sequence::Next);
        }
        // A new epoch starts at sequence 0; within an epoch, sequences wrap around to 0.
        let expected = if is_same_epoch { producer.last_sequence().checked_add(1).unwrap_or(0) } else { 0 };
        if first != expected {
            return Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
        }
        // An open transaction takes transactional batches only (`ProducerAppendInfo.appendDataBatch`).
        if producer.transaction_start.is_some() && !batch.is_transactional() {
            return Err(ErrorCode::INVALID_TXN_STATE);
        }
        Ok(Sequence::Next)
    }

    /// Remembers an appended batch.
    pub(crate) fn record(&mut self, batch: &Batch, base_offset: i64) {
        let epoch = batch.producer_epoch();
        let producer = self.by_id.entry(batch.producer_id()).or_insert_with(|| Arc::new(Producer::new(epoch)));
        let producer = Arc::make_mut(producer);
        producer.raise_epoch(epoch);
        if producer.batches.len() == REMEMBERED_BATCHES {
            producer.batches.pop_front();
        }
        producer.last_timestamp = batch.max_timestamp();
        if batch.is_transactional() {
            self.verifications.remove(&batch.producer_id());
            self.open.insert(*producer.transaction_start.get_or_insert(base_offset));
        }
        producer.batches.push_back(Remembered {
            first_sequence: batch.base_sequence(),
            last_sequence: batch.last_sequence(),
            base_offset,
            timestamp: batch.max_timestamp(),
        });
    }

    /// Returns whether a producer has written in a transaction that is still open; its coordinator is then not asked
    /// again.
    pub fn is_in_transaction(&self, producer_id: i64, epoch: i16) -> bool {
        self.by_id.get(&producer_id).is_some_and(|p| p.epoch == epoch && p.transaction_start.is_some())
    }

    /// Checks whether a marker may be written: neither its producer nor its coordinator is fenced
    /// (`ProducerAppendInfo.appendEndTxnMarker`).
    pub(crate) fn check_marker(&self, marker: Marker) -> Result<(), ErrorCode> {
        let Some(producer) = self.by_id.get(&marker.producer_id) else { return Ok(()) };
        let least = if marker.raises_epoch { producer.epoch.saturating_add(1) } else { producer.epoch };
        if marker.epoch < least {
            return Err(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        if marker.coordinator_epoch < producer.coordinator_epoch {
            return Err(ErrorCode::TRANSACTION_COORDINATOR_FENCED);
        }
        Ok(())
    }

    /// Ends the producer's transaction with the marker at `offset`.
    pub(crate) fn end_transaction(&mut self, marker: Marker, offset: i64, now: Time) {
        let id = marker.producer_id;
        self.verifications.remove(&id);
        let producer = Arc::make_mut(self.by_id.entry(id).or_insert_with(|| Arc::new(Producer::new(marker.epoch))));
        producer.raise_epoch(marker.epoch);
        producer.coordinator_epoch = marker.coordinator_epoch;
        producer.last_timestamp = now.millis();
        let Some(first_offset) = producer.transaction_start.take() else { return };
        self.open.remove(&first_offset);
        if !marker.commits {
            self.aborted.push(AbortedTransaction { producer_id: id, first_offset, last_offset: offset });
        }
    }

    /// Returns the start of the earliest open transaction, at which `read_committed` ends.
    pub(crate) fn first_unstable_offset(&self) -> Option<i64> {
        self.open.first().copied()
    }

    /// Returns whether a batch is the last of its producer, or the marker that holds its epoch: compaction keeps the
    /// header of such a batch.
    pub(crate) fn end_with(&self, batch: &Batch) -> bool {
        let producer = self.by_id.get(&batch.producer_id()).filter(|_| batch.producer_id() >= 0);
        producer.is_some_and(|producer| match producer.batches.back() {
            Some(last) => last.base_offset == batch.base_offset(),
            None => batch.is_control() && batch.producer_epoch() == producer.epoch,
        })
    }

    /// Returns the producers by id.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Producer)> {
        self.by_id.iter().map(|(id, producer)| (*id, &**producer))
    }

    /// Returns whether any producer is known.
    pub(crate) fn has_any(&self) -> bool {
        !self.by_id.is_empty() || !self.verifications.is_empty()
    }

    /// Forgets producers whose last timestamps are older than `producer.id.expiration.ms`, except for those with an
    /// open transaction.
    pub(crate) fn expire(&mut self, expiration_ms: i64, now: Time) {
        self.by_id.retain(|_, producer| {
            let age = now.millis().saturating_sub(producer.last_timestamp);
            producer.transaction_start.is_some() || age < expiration_ms
        });
        self.verifications.retain(|_, asking| asking.since.plus_millis(expiration_ms) > now);
    }
}

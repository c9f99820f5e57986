//! A transactional id has a producer and at most one open transaction (`TransactionMetadata`).

use std::collections::BTreeSet;

use kafka_trial_wire::ErrorCode;

use crate::{ProducerIds, Time, TimerId, TopicPartition};

/// The last epoch of a producer; one more must be left to fence it.
const LAST_EPOCH: i16 = i16::MAX - 1;

/// The state of a transactional id (`TransactionState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionState {
    /// No transaction has begun since the last InitProducerId.
    Empty,
    /// A transaction is open.
    Ongoing,
    /// A commit was decided; some markers are not written yet.
    PrepareCommit,
    /// An abort was decided; some markers are not written yet.
    PrepareAbort,
    /// The last transaction was committed, and all its markers are written.
    CompleteCommit,
    /// The last transaction was aborted, and all its markers are written.
    CompleteAbort,
}

impl TransactionState {
    /// Returns the state's name as DescribeTransactions and ListTransactions show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Ongoing => "Ongoing",
            Self::PrepareCommit => "PrepareCommit",
            Self::PrepareAbort => "PrepareAbort",
            Self::CompleteCommit => "CompleteCommit",
            Self::CompleteAbort => "CompleteAbort",
        }
    }

    /// The number that stands in `__transaction_state`.
    pub(crate) fn code(self) -> i8 {
        match self {
            Self::Empty => 0,
            Self::Ongoing => 1,
            Self::PrepareCommit => 2,
            Self::PrepareAbort => 3,
            Self::CompleteCommit => 4,
            Self::CompleteAbort => 5,
        }
    }

    /// Whether there is a state of this name. Kafka has two more, which no id shows to a client.
    pub fn is_known(name: &str) -> bool {
        const NAMES: [&str; 8] = [
            "Empty",
            "Ongoing",
            "PrepareCommit",
            "PrepareAbort",
            "CompleteCommit",
            "CompleteAbort",
            "Dead",
            "PrepareEpochFence",
        ];
        NAMES.contains(&name)
    }

    fn is_preparing(self) -> bool {
        matches!(self, Self::PrepareCommit | Self::PrepareAbort)
    }
}

/// The transaction protocol of a client (`TransactionVersion`): V2 from EndTxn 5 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TransactionVersion {
    /// The epoch stays the same from one transaction to the next.
    V1,
    /// The epoch rises with the end of each transaction (KIP-890).
    V2,
}

/// The result of EndTxn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The transaction ends now; its markers must be written.
    Prepared,
    /// The transaction has ended this way before.
    Already,
}

/// The state of a transactional id and its producer.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// The id of the producer.
    pub producer_id: i64,
    /// The producer id before the last change; -1 for none.
    pub(crate) previous_producer_id: i64,
    /// The producer id for the time after the markers, because the epochs of the present one are used up.
    pub(crate) next_producer_id: Option<i64>,
    /// The producer's epoch; -1 until the first InitProducerId has succeeded.
    pub epoch: i16,
    last_epoch: i16,
    /// How long a transaction may take, in milliseconds (`transaction.timeout.ms`).
    pub timeout_ms: i32,
    /// The state of the current or last transaction.
    pub state: TransactionState,
    /// The transaction's partitions; group offsets appear as partitions of `__consumer_offsets`.
    pub partitions: BTreeSet<TopicPartition>,
    /// When the first partition was added.
    pub started: Option<Time>,
    /// The last change of the state; `transactional.id.expiration.ms` counts from it.
    pub updated: Time,
    version: TransactionVersion,
    /// Counts the transactions, so that the timer of an earlier one is recognised.
    pub(crate) round: u64,
    /// The timer of the transaction's time-out.
    pub(crate) expiry: Option<TimerId>,
}

impl Transaction {
    pub(crate) fn new(producer_id: i64, timeout_ms: i32, now: Time) -> Self {
        Self {
            producer_id,
            previous_producer_id: -1,
            next_producer_id: None,
            epoch: -1,
            last_epoch: -1,
            timeout_ms,
            state: TransactionState::Empty,
            partitions: BTreeSet::new(),
            started: None,
            updated: now,
            version: TransactionVersion::V1,
            round: 0,
            expiry: None,
        }
    }

    /// The version of the client that wrote or ended the transaction last, as `__transaction_state` has it.
    pub(crate) fn client_version(&self) -> i16 {
        match self.version {
            TransactionVersion::V1 => 0,
            TransactionVersion::V2 => 2,
        }
    }

    fn is_exhausted(&self) -> bool {
        self.epoch >= LAST_EPOCH
    }

    /// Starts a producer, for the first time or again (`prepareInitProducerIdTransit`); `expected` is the id and epoch
    /// that it has (KIP-360). An ongoing transaction must end first: the caller aborts it and answers
    /// CONCURRENT_TRANSACTIONS.
    pub(crate) fn begin_producer(
        &mut self,
        timeout_ms: i32,
        expected: Option<(i64, i16)>,
        ids: &mut ProducerIds,
        now: Time,
    ) -> Result<(), ErrorCode> {
        // The client may repeat its request after a lost answer: it then has the previous id, whose epochs are used up.
        let is_ours = |(id, epoch): (i64, i16)| {
            self.epoch == -1 || id == self.producer_id || (id == self.previous_producer_id && epoch >= LAST_EPOCH)
        };
        if !expected.is_none_or(is_ours) {
            return Err(ErrorCode::PRODUCER_FENCED);
        }
        if self.state.is_preparing() || self.state == TransactionState::Ongoing {
            return Err(ErrorCode::CONCURRENT_TRANSACTIONS);
        }
        // The epochs of this producer id are used up, so the producer gets a new id.
        if self.is_exhausted() && expected.is_none_or(|(_, epoch)| epoch == self.epoch) {
            self.previous_producer_id = self.producer_id;
            self.producer_id = ids.allocate();
            self.last_epoch = if expected.is_some() { self.epoch } else { -1 };
            self.epoch = 0;
        } else {
            match expected {
                // A new producer, which fences the one before it.
                None => (self.epoch, self.last_epoch) = (self.epoch + 1, -1),
                Some((_, epoch)) if self.epoch == -1 || epoch == self.epoch => {
                    (self.epoch, self.last_epoch) = (self.epoch + 1, self.epoch);
                }
                // The answer to the same request was lost.
                Some((_, epoch)) if epoch == self.last_epoch => {}
                Some(_) => return Err(ErrorCode::PRODUCER_FENCED),
            }
            self.previous_producer_id = self.producer_id;
        }
        self.timeout_ms = timeout_ms;
        self.state = TransactionState::Empty;
        self.partitions.clear();
        self.started = None;
        self.updated = now;
        Ok(())
    }

    fn check_producer(&self, id: i64, epoch: i16) -> Result<(), ErrorCode> {
        if self.producer_id != id {
            Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING)
        } else if self.epoch != epoch {
            Err(ErrorCode::PRODUCER_FENCED)
        } else if self.state.is_preparing() {
            Err(ErrorCode::CONCURRENT_TRANSACTIONS)
        } else {
            Ok(())
        }
    }

    /// Adds partitions; the first ones start the transaction.
    pub(crate) fn add(
        &mut self,
        (id, epoch): (i64, i16),
        version: TransactionVersion,
        partitions: impl IntoIterator<Item = TopicPartition>,
        now: Time,
    ) -> Result<(), ErrorCode> {
        self.check_producer(id, epoch)?;
        if self.state != TransactionState::Ongoing {
            self.state = TransactionState::Ongoing;
            self.started = Some(now);
            self.round += 1;
        }
        self.partitions.extend(partitions);
        self.version = version;
        self.updated = now;
        Ok(())
    }

    /// Checks that the transaction has a partition; otherwise returns TRANSACTION_ABORTABLE.
    pub(crate) fn verify(&self, id: i64, epoch: i16, partition: &TopicPartition) -> Result<(), ErrorCode> {
        self.check_producer(id, epoch)?;
        if self.partitions.contains(partition) { Ok(()) } else { Err(ErrorCode::TRANSACTION_ABORTABLE) }
    }

    /// Ends the transaction for a client of this version (`endTransaction`).
    pub(crate) fn end(
        &mut self,
        id: i64,
        epoch: i16,
        commits: bool,
        version: TransactionVersion,
        ids: &mut ProducerIds,
        now: Time,
    ) -> Result<Ended, ErrorCode> {
        // With version 2 the epoch rises at the end, so a retry has the epoch before it, or the last epoch of the
        // previous id.
        let bumped = self.version == TransactionVersion::V2 && i32::from(self.epoch) == i32::from(epoch) + 1;
        let overflowed = self.version == TransactionVersion::V2
            && self.previous_producer_id == id
            && epoch == LAST_EPOCH
            && self.epoch == 0;
        let is_retry = bumped || overflowed;
        let (preparing, complete) = if commits {
            (TransactionState::PrepareCommit, TransactionState::CompleteCommit)
        } else {
            (TransactionState::PrepareAbort, TransactionState::CompleteAbort)
        };
        if self.producer_id != id && !(version == TransactionVersion::V2 && overflowed) {
            return Err(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
        }
        let is_current = match (version, self.state) {
            (TransactionVersion::V1, _) | (_, TransactionState::Ongoing | TransactionState::Empty) => {
                epoch == self.epoch
            }
            (TransactionVersion::V2, TransactionState::PrepareCommit | TransactionState::PrepareAbort) => bumped,
            (TransactionVersion::V2, _) => is_retry || epoch == self.epoch,
        };
        if !is_current {
            return Err(ErrorCode::PRODUCER_FENCED);
        }
        match self.state {
            TransactionState::Ongoing => {}
            // The same end is under way, so the client asks again; the opposite end comes too late.
            state if state.is_preparing() => {
                let again = state == preparing;
                return Err(if again { ErrorCode::CONCURRENT_TRANSACTIONS } else { ErrorCode::INVALID_TXN_STATE });
            }
            // The answer to the same request was lost.
            state if state == complete && (version == TransactionVersion::V1 || is_retry) => return Ok(Ended::Already),
            // With version 2, a client may abort a transaction that it has not begun; the epoch rises all the same.
            _ if version == TransactionVersion::V2 && !commits && !is_retry => self.started = Some(now),
            _ => return Err(ErrorCode::INVALID_TXN_STATE),
        }
        if version == TransactionVersion::V2 {
            if self.is_exhausted() {
                self.next_producer_id = Some(ids.allocate());
            }
            self.raise_epoch();
        }
        self.version = version;
        self.state = preparing;
        self.updated = now;
        Ok(Ended::Prepared)
    }

    /// Aborts an ongoing transaction and fences its producer, because a new producer has started or the time-out is
    /// over (`prepareFenceProducerEpoch`). Returns whether there was a transaction.
    pub(crate) fn fence(&mut self, now: Time) -> bool {
        if self.state != TransactionState::Ongoing {
            return false;
        }
        self.raise_epoch();
        self.version = TransactionVersion::V2;
        self.state = TransactionState::PrepareAbort;
        self.updated = now;
        true
    }

    fn raise_epoch(&mut self) {
        (self.epoch, self.last_epoch) = (self.epoch.saturating_add(1), self.epoch);
    }

    /// Returns the producer's id and epoch for its next transaction.
    pub(crate) fn successor(&self) -> (i64, i16) {
        self.next_producer_id.map_or((self.producer_id, self.epoch), |id| (id, 0))
    }

    /// Completes the transaction, after its last marker.
    pub(crate) fn complete(&mut self, now: Time) {
        self.state = match self.state {
            TransactionState::PrepareCommit => TransactionState::CompleteCommit,
            TransactionState::PrepareAbort => TransactionState::CompleteAbort,
            other => other,
        };
        if let Some(next) = self.next_producer_id.take() {
            self.previous_producer_id = self.producer_id;
            self.producer_id = next;
            self.last_epoch = self.epoch;
            self.epoch = 0;
        }
        self.partitions.clear();
        self.updated = now;
    }

    /// Returns whether the id may be forgotten after `transactional.id.expiration.ms` (`isExpirationAllowed`).
    pub(crate) fn may_expire(&self) -> bool {
        !(self.state.is_preparing() || self.state == TransactionState::Ongoing)
    }
}

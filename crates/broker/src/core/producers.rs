//! What a partition knows of each idempotent producer: epoch, and the last five batches.

use std::collections::{BTreeMap, VecDeque};

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::Batch;

use super::Time;

/// How many batches a duplicate is recognised among (`ProducerStateEntry.NUM_BATCHES_TO_RETAIN`).
const REMEMBERED_BATCHES: usize = 5;

/// Gives out producer ids, counting up from 0 as a fresh Kafka cluster does.
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

#[derive(Clone, Debug)]
struct Producer {
    epoch: i16,
    batches: VecDeque<Remembered>,
    seen: Time,
}

/// What the state of its producer says about a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// Append it.
    Next,
    /// It is there already: answer with its offset and its largest timestamp.
    Duplicate { base_offset: i64, timestamp: i64 },
}

/// The producers of one partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Producers {
    by_id: BTreeMap<i64, Producer>,
}

impl Producers {
    /// Checks a batch against its producer's epoch and sequence (`ProducerAppendInfo`). A producer that is not known
    /// may start at any sequence (since Kafka 2.5).
    pub(crate) fn check(&self, batch: &Batch) -> Result<Sequence, ErrorCode> {
        let Some(producer) = self.by_id.get(&batch.producer_id()) else { return Ok(Sequence::Next) };
        let (first, last) = (batch.base_sequence(), batch.last_sequence());
        let epoch = batch.producer_epoch();
        if epoch < producer.epoch {
            return Err(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        if epoch > producer.epoch {
            return if first == 0 { Ok(Sequence::Next) } else { Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER) };
        }
        if let Some(known) = producer.batches.iter().find(|b| b.first_sequence == first && b.last_sequence == last) {
            return Ok(Sequence::Duplicate { base_offset: known.base_offset, timestamp: known.timestamp });
        }
        let follows = producer
            .batches
            .back()
            .is_none_or(|b| if b.last_sequence == i32::MAX { first == 0 } else { first == b.last_sequence + 1 });
        if follows { Ok(Sequence::Next) } else { Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER) }
    }

    /// Remembers an appended batch.
    pub(crate) fn record(&mut self, batch: &Batch, base_offset: i64, now: Time) {
        let epoch = batch.producer_epoch();
        let producer = self.by_id.entry(batch.producer_id()).or_insert_with(|| Producer {
            epoch,
            batches: VecDeque::with_capacity(REMEMBERED_BATCHES),
            seen: now,
        });
        if producer.epoch != epoch {
            producer.epoch = epoch;
            producer.batches.clear();
        }
        if producer.batches.len() == REMEMBERED_BATCHES {
            producer.batches.pop_front();
        }
        producer.seen = now;
        producer.batches.push_back(Remembered {
            first_sequence: batch.base_sequence(),
            last_sequence: batch.last_sequence(),
            base_offset,
            timestamp: batch.max_timestamp(),
        });
    }

    /// Forgets producers that have been silent for `producer.id.expiration.ms`.
    pub(crate) fn expire(&mut self, expiration_ms: i64, now: Time) {
        self.by_id.retain(|_, producer| producer.seen.plus_millis(expiration_ms) > now);
    }
}

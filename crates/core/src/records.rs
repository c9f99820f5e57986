//! The records of a partition are appended at its end and deleted from its start.

use std::sync::Arc;

use kafka_trial_wire::records::Batch;
use kafka_trial_wire::{ErrorCode, Uuid};

use crate::event::Event;
use crate::{Appended, State, TransactionVersion};

impl State {
    /// Notes that the coordinator of a transaction verifies this partition, before the first batch of the transaction
    /// is appended. If it refuses, no later batch may overtake this one (`VerificationStateEntry`).
    pub fn begin_verification(&mut self, topic: Uuid, index: i32, batch: &Batch) {
        let now = self.now;
        self.change_partition(topic, index, |partition| partition.producers.begin_verification(batch, now));
    }

    /// Appends a batch whose bytes and records were checked. Its producer's epoch and sequence are checked here; for a
    /// duplicate, the place of the earlier batch is returned. `begins` is set when the batch is the first of a
    /// transaction in this partition.
    pub fn append(
        &mut self,
        topic: Uuid,
        index: i32,
        batch: Batch,
        begins: Option<TransactionVersion>,
    ) -> Result<Appended, ErrorCode> {
        let now = self.now;
        let found = self.topics.by_id_mut(topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        let (name, config) = (Arc::clone(&found.name), Arc::clone(&found.config));
        let partition = found.partition_mut(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        let appended = partition.append(batch, begins, &config, now, &mut self.rng)?;
        if appended.is_new {
            let (first, last) = (appended.base_offset, partition.log.end_offset() - 1);
            self.note(Event::Appended { topic: name, id: topic, partition: index, first, last });
        }
        Ok(appended)
    }

    /// Deletes the records of a partition below `offset`, and returns the first remaining offset. An offset below that
    /// changes nothing.
    pub fn delete_records(&mut self, topic: Uuid, index: i32, offset: i64) -> Result<i64, ErrorCode> {
        let found = self.topics.by_id_mut(topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        let name = Arc::clone(&found.name);
        let partition = found.partition_mut(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        partition.log.delete_before(offset);
        let start = partition.log.start_offset();
        self.note(Event::Truncated { topic: name, id: topic, partition: index, start });
        Ok(start)
    }
}

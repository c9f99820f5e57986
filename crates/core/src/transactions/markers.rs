//! Markers end a transaction in each of its partitions.

use std::sync::Arc;

use kafka_trial_wire::ErrorCode;

use super::TransactionState;
use crate::event::Event;
use crate::state::Timer;
use crate::{InternalTopic, State, TopicPartition};

/// The time until a partition without a leader is tried again, in milliseconds.
const RETRY_MS: i64 = 100;

/// The marker that ends a transaction in a partition.
#[derive(Clone, Copy, Debug)]
pub struct Marker {
    /// The id of the transaction's producer.
    pub producer_id: i64,
    /// The epoch of the producer from now on.
    pub epoch: i16,
    /// Whether the transaction is committed; otherwise it is aborted.
    pub commits: bool,
    /// The leader epoch of the coordinator's partition of `__transaction_state`, which fences earlier coordinators.
    pub coordinator_epoch: i32,
    /// Whether the marker's epoch must be above the producer's, as with transaction version 2 (KIP-890).
    pub raises_epoch: bool,
}

impl State {
    /// Writes the markers of a transaction that ends, and completes the transaction after the last one.
    pub(crate) fn write_markers(&mut self, id: &str, round: u64) {
        let Some(transaction) = self.transactions.get(id).filter(|transaction| transaction.round == round) else {
            return;
        };
        let commits = match transaction.state {
            TransactionState::PrepareCommit => true,
            TransactionState::PrepareAbort => false,
            _ => return,
        };
        let marker = Marker {
            producer_id: transaction.producer_id,
            epoch: transaction.epoch,
            commits,
            coordinator_epoch: 0,
            raises_epoch: false,
        };
        let partitions: Vec<TopicPartition> = transaction.partitions.iter().cloned().collect();
        for partition in partitions {
            // All other refusals (a deleted topic, a fenced producer) leave nothing to end.
            if self.write_marker(&partition, marker) == Err(ErrorCode::LEADER_NOT_AVAILABLE) {
                continue;
            }
            if let Some(transaction) = self.transactions.get_mut(id) {
                transaction.partitions.remove(&partition);
            }
        }
        let now = self.now;
        match self.transactions.get_mut(id) {
            Some(transaction) if transaction.partitions.is_empty() => {
                transaction.complete(now);
                self.write_transaction(id);
                self.note(Event::TransactionEnded {
                    id: id.into(),
                    producer_id: marker.producer_id,
                    committed: commits,
                });
            }
            _ => _ = self.timers.at(now.plus_millis(RETRY_MS), Timer::Markers { id: id.into(), round }),
        }
    }

    /// Writes one marker, for WriteTxnMarkers and at the end of every transaction.
    pub fn write_marker(&mut self, at: &TopicPartition, marker: Marker) -> Result<(), ErrorCode> {
        let now = self.now;
        let topic = self.topics.get_mut(&at.topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        let (topic_id, config) = (topic.id, Arc::clone(&topic.config));
        let partition = topic.partition_mut(at.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        if partition.leader < 0 {
            return Err(ErrorCode::LEADER_NOT_AVAILABLE);
        }
        let offset = partition.append_marker(marker, &config, now, &mut self.rng)?;
        self.note(Event::Appended {
            topic: Arc::clone(&at.topic),
            id: topic_id,
            partition: at.partition,
            first: offset,
            last: offset,
        });
        if *at.topic == *InternalTopic::ConsumerOffsets.name() {
            self.end_offsets(at.partition, marker);
        }
        Ok(())
    }

    /// Commits or drops a producer's pending offsets in one partition of `__consumer_offsets`. A later commit of the
    /// same partition stays.
    fn end_offsets(&mut self, index: i32, marker: Marker) {
        let count = self.settings.offsets_topic_num_partitions;
        let belongs = |group: &str| super::coordinator::partition_of(group, count) == index;
        for (group, offsets) in self.transactional_offsets.take(index, marker.producer_id, belongs) {
            if !marker.commits {
                continue;
            }
            for (partition, offset) in offsets.into_iter() {
                let found = self.groups.get_or_create(&group);
                let known = found.offsets.get(&partition.topic, partition.partition);
                if known.is_none_or(|known| known.order < offset.order) {
                    self.keep_offset(&group, &partition, offset);
                }
            }
        }
    }
}

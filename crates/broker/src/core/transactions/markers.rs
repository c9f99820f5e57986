//! Markers: the end of a transaction as each of its partitions has it.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::{Batch, BatchBuilder, ControlMarker};

use super::{TransactionPartition, TransactionState};
use crate::core::{Core, InternalTopic, Timer};

/// How long it is until a partition without a leader is tried again.
const RETRY_MS: i64 = 100;

/// What a marker says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marker {
    pub(crate) producer_id: i64,
    pub(crate) epoch: i16,
    pub(crate) commits: bool,
    pub(crate) coordinator_epoch: i32,
    /// Whether it must be above the epoch of what it ends, as another broker's of the second generation is.
    pub(crate) raises_epoch: bool,
}

impl Core {
    /// Writes the markers of a transaction that is being ended, and completes it when all of them are written.
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
        let partitions: Vec<TransactionPartition> = transaction.partitions.iter().cloned().collect();
        for partition in partitions {
            // Whatever else is refused (a topic that is gone, a producer that is fenced) has nothing left to end.
            if self.write_marker(&partition, marker) == Err(ErrorCode::LEADER_NOT_AVAILABLE) {
                continue;
            }
            if let Some(transaction) = self.transactions.get_mut(id) {
                transaction.partitions.remove(&partition);
            }
        }
        let now = self.now;
        match self.transactions.get_mut(id) {
            Some(transaction) if transaction.partitions.is_empty() => transaction.complete(now),
            _ => self.timers.at(now.plus_millis(RETRY_MS), Timer::Markers { id: id.to_owned(), round }),
        }
    }

    /// Writes one marker. Fetches that waited for the transaction's end are answered.
    pub(crate) fn write_marker(&mut self, at: &TransactionPartition, marker: Marker) -> Result<(), ErrorCode> {
        let (name, index) = at;
        if name == InternalTopic::ConsumerOffsets.name() {
            self.end_offsets(*index, marker);
            return Ok(());
        }
        let now = self.now;
        let topic = self.topics.get_mut(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        let (topic_id, config) = (topic.id, topic.config.clone());
        let partition = topic.partition_mut(*index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        if partition.leader < 0 {
            return Err(ErrorCode::LEADER_NOT_AVAILABLE);
        }
        partition.producers.check_marker(marker)?;
        let kind = if marker.commits { ControlMarker::Commit } else { ControlMarker::Abort };
        let mut bytes = BatchBuilder::new().producer(marker.producer_id, marker.epoch, -1).control(
            kind,
            marker.coordinator_epoch,
            now.millis(),
        );
        let Ok(batch) = Batch::split(&mut bytes) else { return Err(ErrorCode::UNKNOWN_SERVER_ERROR) };
        let offset = partition.log.append(batch, partition.leader_epoch, &config, now, &mut self.rng);
        partition.producers.end_transaction(marker, offset, now);
        self.wake_partition(topic_id, *index);
        Ok(())
    }

    /// Commits or drops the offsets that a producer has pending in one partition of `__consumer_offsets`. A commit
    /// that came after them stays.
    fn end_offsets(&mut self, index: i32, marker: Marker) {
        let count = self.settings.offsets_topic_num_partitions;
        let belongs = |group: &str| super::coordinator::partition_of(group, count) == index;
        for (group, offsets) in self.transactional_offsets.take(index, marker.producer_id, belongs) {
            if !marker.commits {
                continue;
            }
            let group = self.groups.get_or_create(&group);
            for (partition, offset) in offsets {
                let is_newer = group.offsets.get(&partition).is_none_or(|known| known.order < offset.order);
                if is_newer {
                    group.offsets.insert(partition, offset);
                }
            }
        }
    }
}

//! Committed offsets as records.

use kafka_trial_wire::Uuid;
use kafka_trial_wire::messages::{OffsetCommitKey, OffsetCommitValue};

use super::CoordinatorRecord;
use crate::{Committed, InternalTopic, State, TopicPartition};

/// The version of an offset without an expiration of its own (`offsetCommitValueVersion`).
const OFFSET: i16 = 4;
/// The last version that says when the offset expires.
const EXPIRING_OFFSET: i16 = 1;

impl CoordinatorRecord {
    /// `topic_id` is zero for offsets of a transaction, which Kafka keeps without.
    pub(crate) fn offset(
        group: &str,
        partition: &TopicPartition,
        committed: &Committed,
        topic_id: Uuid,
    ) -> Option<Self> {
        let value = OffsetCommitValue {
            offset: committed.offset,
            leader_epoch: committed.leader_epoch,
            metadata: committed.metadata.as_str().into(),
            commit_timestamp: committed.at.millis(),
            expire_timestamp: committed.expires.map_or(-1, crate::Time::millis),
            topic_id,
            ..OffsetCommitValue::default()
        };
        let version = if committed.expires.is_some() { EXPIRING_OFFSET } else { OFFSET };
        Self::new(&key(group, partition), &value, version)
    }

    pub(crate) fn offset_tombstone(group: &str, partition: &TopicPartition) -> Option<Self> {
        Self::tombstone(&key(group, partition))
    }
}

fn key(group: &str, TopicPartition { topic, partition }: &TopicPartition) -> OffsetCommitKey {
    OffsetCommitKey { group: group.into(), topic: (&**topic).into(), partition: *partition }
}

impl State {
    /// Writes records about a group.
    pub(crate) fn write_of_group(&mut self, group: &str, records: &[CoordinatorRecord]) {
        let index = self.offsets_partition_of(group);
        self.write_records(InternalTopic::ConsumerOffsets, index, records, None);
    }

    /// Writes that the offsets of a group for these partitions are gone.
    pub(crate) fn write_offset_tombstones<'a>(
        &mut self,
        group: &str,
        partitions: impl IntoIterator<Item = &'a TopicPartition>,
    ) {
        let tombstone = |partition| CoordinatorRecord::offset_tombstone(group, partition);
        let records: Vec<_> = partitions.into_iter().filter_map(tombstone).collect();
        self.write_of_group(group, &records);
    }
}

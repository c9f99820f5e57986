//! Groups commit offsets at once or with the end of a transaction.

use std::sync::Arc;

use kafka_trial_wire::ErrorCode;

use super::{Commit, Committed};
use crate::event::Event;
use crate::transactions::offsets_partition;
use crate::{State, TopicPartition, TransactionVersion};

impl State {
    /// Commits the offset of a partition for a group, which is created if it does not exist.
    pub fn commit(&mut self, group: &str, partition: &TopicPartition, commit: Commit) {
        let committed = self.committed(commit);
        self.keep_offset(group, partition, committed);
    }

    /// Commits an offset for a group when a producer's transaction ends. The group is created at once if it does not
    /// exist.
    pub fn commit_in_transaction(&mut self, group: &str, producer_id: i64, partition: &TopicPartition, commit: Commit) {
        self.groups.get_or_create(group);
        let committed = self.committed(commit);
        self.transactional_offsets.add(group, producer_id, partition, committed);
    }

    /// Deletes a group's committed offset for a partition, and its pending offsets there in transactions.
    pub fn delete_offset(&mut self, group: &str, topic: &str, partition: i32) {
        if let Some(group) = self.groups.get_mut(group) {
            group.offsets.remove(topic, partition);
        }
        self.transactional_offsets.forget_offset(group, topic, partition);
    }

    /// Restarts the session of a member of a classic group, because it has committed.
    pub fn heard_of_member(&mut self, group: &str, member: &str) {
        self.step_classic(group, |group, effects| group.touch(member, effects));
    }

    /// Adds a group's offsets to a transaction (TxnOffsetCommit). The transaction's coordinator is asked once per
    /// transaction and partition of `__consumer_offsets`. Version 2 adds the partition here; version 1 requires that it
    /// was added before.
    pub fn enter_transaction(
        &mut self,
        group: &str,
        id: &str,
        producer_id: i64,
        epoch: i16,
        version: TransactionVersion,
    ) -> Result<(), ErrorCode> {
        let index = self.offsets_partition_of(group);
        if self.transactional_offsets.is_open(index, producer_id, epoch) {
            return Ok(());
        }
        if id.is_empty() {
            return Err(ErrorCode::INVALID_REQUEST);
        }
        let place = offsets_partition(index);
        match version {
            TransactionVersion::V1 => self.verify_in_transaction(id, producer_id, epoch, &place)?,
            TransactionVersion::V2 => self.add_to_transaction(id, producer_id, epoch, [place])?,
        }
        self.transactional_offsets.open(index, producer_id, epoch);
        Ok(())
    }

    fn committed(&mut self, commit: Commit) -> Committed {
        let Commit { offset, leader_epoch, metadata, expires } = commit;
        Committed { offset, leader_epoch, metadata, at: self.now, expires, order: self.groups.next_commit() }
    }

    /// Stores a committed offset.
    pub(crate) fn keep_offset(&mut self, group: &str, partition: &TopicPartition, committed: Committed) {
        let group = self.groups.get_or_create(group);
        let event = Event::OffsetCommitted {
            group: Arc::clone(&group.id),
            topic: Arc::clone(&partition.topic),
            partition: partition.partition,
            offset: committed.offset,
        };
        group.offsets.insert(partition, committed);
        self.note(event);
    }
}

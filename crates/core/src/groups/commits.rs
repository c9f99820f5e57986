//! Groups commit offsets at once or with the end of a transaction.

use std::sync::Arc;

use kafka_trial_wire::{ErrorCode, Uuid};

use super::{Commit, Committed};
use crate::event::Event;
use crate::transactions::offsets_partition;
use crate::{CoordinatorRecord, InternalTopic, State, TopicPartition, TransactionVersion};

impl State {
    /// Commits offsets for a group, which is created if it does not exist.
    pub fn commit(&mut self, group: &str, commits: Vec<(TopicPartition, Commit)>) {
        let commits = self.committed(commits);
        self.write_offsets(group, &commits, None);
        for (partition, committed) in commits {
            self.keep_offset(group, &partition, committed);
        }
    }

    /// Commits offsets for a group with the end of the transaction of a producer, given by its id and epoch. The group is
    /// created at once if it does not exist.
    pub fn commit_in_transaction(&mut self, group: &str, producer: (i64, i16), commits: Vec<(TopicPartition, Commit)>) {
        self.groups.get_or_create(group);
        let commits = self.committed(commits);
        self.write_offsets(group, &commits, Some(producer));
        for (partition, committed) in commits {
            self.transactional_offsets.add(group, producer.0, &partition, committed);
        }
    }

    /// Deletes a group's committed offset for a partition, and its pending offsets there in transactions.
    pub fn delete_offset(&mut self, group: &str, topic: &str, partition: i32) {
        let removed = self.groups.get_mut(group).and_then(|group| group.offsets.remove(topic, partition));
        if removed.is_some() {
            self.write_offset_tombstones(group, &[TopicPartition::new(topic, partition)]);
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
            TransactionVersion::V2 => self.add_to_transaction(id, (producer_id, epoch), version, [place])?,
        }
        self.transactional_offsets.open(index, producer_id, epoch);
        Ok(())
    }

    fn committed(&mut self, commits: Vec<(TopicPartition, Commit)>) -> Vec<(TopicPartition, Committed)> {
        let committed = commits.into_iter().map(|(partition, commit)| {
            let Commit { offset, leader_epoch, metadata, expires } = commit;
            let order = self.groups.next_commit();
            (partition, Committed { offset, leader_epoch, metadata, at: self.now, expires, order })
        });
        committed.collect()
    }

    fn write_offsets(&mut self, group: &str, commits: &[(TopicPartition, Committed)], producer: Option<(i64, i16)>) {
        let topic_id = |topic: &str| self.topics.get(topic).filter(|_| producer.is_none()).map(|topic| topic.id);
        let record = |(partition, committed): &(TopicPartition, Committed)| {
            CoordinatorRecord::offset(group, partition, committed, topic_id(&partition.topic).unwrap_or(Uuid::ZERO))
        };
        let records: Vec<_> = commits.iter().filter_map(record).collect();
        let index = self.offsets_partition_of(group);
        self.write_records(InternalTopic::ConsumerOffsets, index, &records, producer);
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

//! Group offsets in a transaction become visible when it ends (KIP-98, KIP-447).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Committed, InternalTopic, Offsets, TopicPartition};

/// Returns the partition of `__consumer_offsets` with this index.
pub(crate) fn offsets_partition(index: i32) -> TopicPartition {
    TopicPartition::new(InternalTopic::ConsumerOffsets.name(), index)
}

/// Offsets that wait for the ends of their transactions, by group and producer id.
#[derive(Clone, Debug, Default)]
pub struct TransactionalOffsets {
    pending: BTreeMap<Arc<str>, BTreeMap<i64, Offsets>>,
    /// The epochs of producers with an open transaction, by partition of `__consumer_offsets` and producer id.
    open: BTreeMap<(i32, i64), i16>,
}

impl TransactionalOffsets {
    /// Returns whether a producer has written to the partition in this transaction already; its coordinator is then not
    /// asked again.
    pub(crate) fn is_open(&self, partition: i32, producer_id: i64, epoch: i16) -> bool {
        self.open.get(&(partition, producer_id)) == Some(&epoch)
    }

    pub(crate) fn open(&mut self, partition: i32, producer_id: i64, epoch: i16) {
        self.open.insert((partition, producer_id), epoch);
    }

    pub(crate) fn add(&mut self, group: &str, producer_id: i64, partition: &TopicPartition, offset: Committed) {
        let of_group = self.pending.entry(group.into()).or_default();
        of_group.entry(producer_id).or_default().insert(partition, offset);
    }

    /// Returns whether the offset of a partition may change when a transaction ends.
    pub fn is_unstable(&self, group: &str, topic: &str, index: i32) -> bool {
        let of_group = self.pending.get(group);
        of_group.is_some_and(|of_group| of_group.values().any(|offsets| offsets.get(topic, index).is_some()))
    }

    /// Returns whether a group has pending offsets.
    pub(crate) fn concerns(&self, group: &str) -> bool {
        self.pending.contains_key(group)
    }

    /// Removes and returns a producer's pending offsets in the groups for which `belongs` is true.
    pub(crate) fn take(
        &mut self,
        partition: i32,
        producer_id: i64,
        belongs: impl Fn(&str) -> bool,
    ) -> Vec<(Arc<str>, Offsets)> {
        self.open.remove(&(partition, producer_id));
        let mut taken = Vec::new();
        for (group, of_group) in &mut self.pending {
            if belongs(group)
                && let Some(offsets) = of_group.remove(&producer_id)
            {
                taken.push((Arc::clone(group), offsets));
            }
        }
        self.pending.retain(|_, of_group| !of_group.is_empty());
        taken
    }

    pub(crate) fn forget_group(&mut self, group: &str) {
        self.pending.remove(group);
    }

    /// Drops all producers' pending offsets of a partition.
    pub(crate) fn forget_offset(&mut self, group: &str, topic: &str, index: i32) {
        let Some(of_group) = self.pending.get_mut(group) else { return };
        of_group.values_mut().for_each(|offsets| _ = offsets.remove(topic, index));
        of_group.retain(|_, offsets| !offsets.is_empty());
        if of_group.is_empty() {
            self.pending.remove(group);
        }
    }

    pub(crate) fn forget_topic(&mut self, topic: &str) {
        self.pending.values_mut().flat_map(BTreeMap::values_mut).for_each(|offsets| _ = offsets.remove_topic(topic));
    }
}

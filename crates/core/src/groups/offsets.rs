//! Groups keep committed offsets until they expire.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ClassicGroupState, Group, GroupKind};
use crate::{Time, TopicPartition};

/// An offset that a group has committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The offset of the record that the group reads next.
    pub offset: i64,
    /// The leader epoch of that record; -1 when the client does not know it.
    pub leader_epoch: i32,
    /// Text that the client stores with the offset.
    pub metadata: String,
    /// The time of the commit.
    pub at: Time,
    /// When the offset expires, if the client has set it; otherwise `offsets.retention.minutes` decides.
    pub expires: Option<Time>,
    /// The commit's number, which orders commits.
    pub order: u64,
}

/// The offset that a client commits for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The offset of the record that the group reads next.
    pub offset: i64,
    /// The leader epoch of that record; -1 when the client does not know it.
    pub leader_epoch: i32,
    /// Text that the client stores with the offset.
    pub metadata: String,
    /// When the offset expires, if the client sets it; otherwise `offsets.retention.minutes` decides.
    pub expires: Option<Time>,
}

/// Committed offsets by topic and partition.
#[derive(Clone, Debug, Default)]
pub struct Offsets {
    by_topic: BTreeMap<Arc<str>, BTreeMap<i32, Committed>>,
}

impl Offsets {
    /// Returns the committed offset of a partition.
    pub fn get(&self, topic: &str, partition: i32) -> Option<&Committed> {
        self.by_topic.get(topic)?.get(&partition)
    }

    /// Returns whether no offset is committed.
    pub fn is_empty(&self) -> bool {
        self.by_topic.is_empty()
    }

    /// Returns the offsets by topic and partition.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, i32, &Committed)> {
        let rows = |(topic, of_topic)| std::iter::repeat(topic).zip(of_topic);
        let rows = self.by_topic.iter().flat_map(rows);
        rows.map(|(topic, (partition, committed)): (_, (&i32, _))| (topic, *partition, committed))
    }

    pub(crate) fn insert(&mut self, partition: &TopicPartition, committed: Committed) {
        let of_topic = self.by_topic.entry(Arc::clone(&partition.topic)).or_default();
        of_topic.insert(partition.partition, committed);
    }

    pub(crate) fn remove(&mut self, topic: &str, partition: i32) -> Option<Committed> {
        let of_topic = self.by_topic.get_mut(topic)?;
        let removed = of_topic.remove(&partition);
        if of_topic.is_empty() {
            self.by_topic.remove(topic);
        }
        removed
    }

    /// Removes the offsets of a topic, and returns its partitions.
    pub(crate) fn remove_topic(&mut self, topic: &str) -> Vec<TopicPartition> {
        let Some((topic, of_topic)) = self.by_topic.remove_entry(topic) else { return Vec::new() };
        of_topic.into_keys().map(|partition| TopicPartition { topic: Arc::clone(&topic), partition }).collect()
    }

    /// The partitions that have an offset.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = TopicPartition> {
        self.iter().map(|(topic, partition, _)| TopicPartition { topic: Arc::clone(topic), partition })
    }

    /// Keeps the offsets that `keep` wants, and returns the partitions of the others.
    fn retain(&mut self, keep: impl Fn(&str, i32, &Committed) -> bool) -> Vec<TopicPartition> {
        let mut gone = Vec::new();
        for (topic, of_topic) in &mut self.by_topic {
            of_topic.retain(|partition, committed| {
                let stays = keep(topic, *partition, committed);
                if !stays {
                    gone.push(TopicPartition { topic: Arc::clone(topic), partition: *partition });
                }
                stays
            });
        }
        self.by_topic.retain(|_, of_topic| !of_topic.is_empty());
        gone
    }

    /// Returns the offsets by topic and partition.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = (TopicPartition, Committed)> {
        self.by_topic.into_iter().flat_map(|(topic, of_topic)| {
            let at = move |partition| TopicPartition { topic: Arc::clone(&topic), partition };
            of_topic.into_iter().map(move |(partition, committed)| (at(partition), committed))
        })
    }
}

impl Group {
    /// Deletes the offsets that have been kept for long enough, and returns their partitions. Those of a topic that a
    /// member reads stay, and those that are pending in a transaction (`OffsetMetadataManager.cleanupExpiredOffsets`).
    pub(crate) fn expire_offsets(
        &mut self,
        kept_ms: i64,
        now: Time,
        is_pending: impl Fn(&str, i32) -> bool,
    ) -> Vec<TopicPartition> {
        let Some(base) = self.expiration_base() else { return Vec::new() };
        let mut offsets = std::mem::take(&mut self.offsets);
        let gone = offsets.retain(|topic, index, committed| {
            let since = match base {
                Base::Commit => committed.at,
                Base::Since(time) => time,
            };
            let end = committed.expires.unwrap_or_else(|| since.plus_millis(kept_ms));
            end > now || self.is_subscribed_to(topic) || is_pending(topic, index)
        });
        self.offsets = offsets;
        gone
    }

    /// Returns the start of the retention time; `None` keeps all offsets, while the group rebalances or the coordinator
    /// does not know the members' topics (`ClassicGroup.offsetExpirationCondition`).
    fn expiration_base(&self) -> Option<Base> {
        match &self.kind {
            GroupKind::Classic(group) => match group.state {
                // No member ever joined: simple consumers use the group only to store offsets.
                _ if group.protocol_type.is_none() => Some(Base::Commit),
                ClassicGroupState::Empty => Some(Base::Since(group.state_since)),
                ClassicGroupState::Stable if group.knows_subscriptions() => Some(Base::Commit),
                _ => None,
            },
            GroupKind::Consumer(_) => Some(Base::Commit),
        }
    }
}

/// The start of `offsets.retention.minutes`.
#[derive(Clone, Copy)]
enum Base {
    Commit,
    /// The time at which the last member left.
    Since(Time),
}

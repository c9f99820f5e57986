//! Groups of consumers, after Kafka's `GroupMetadataManager`.
//!
//! - [`Group`]: committed offsets, and the members under one of the two protocols.
//! - [`ClassicGroup`]: JoinGroup, SyncGroup; the members assign the partitions among themselves.
//! - [`ConsumerGroup`]: ConsumerGroupHeartbeat; the coordinator assigns them (KIP-848).
//! - [`Effects`]: what a step of a group wants done outside of it: replies and timers.

mod classic;
mod consumer;
mod consumer_protocol;
mod effects;
mod group;
mod offsets;
mod steps;

use std::collections::BTreeMap;

use kafka_trial_wire::ErrorCode;

pub(crate) use self::classic::*;
pub(crate) use self::consumer::*;
pub(crate) use self::effects::{Effects, GroupReply};
pub(crate) use self::group::{Group, GroupKind};
pub(crate) use self::offsets::Committed;
use super::{Core, InternalTopic};

/// All groups of a cluster by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    by_id: BTreeMap<String, Group>,
}

impl Groups {
    pub(crate) fn get(&self, id: &str) -> Option<&Group> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.by_id.get_mut(id)
    }

    pub(crate) fn get_or_create(&mut self, id: &str) -> &mut Group {
        self.by_id.entry(id.to_owned()).or_insert_with(|| Group::new(id))
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Group> {
        self.by_id.remove(id)
    }

    /// Drops what all groups have committed for a topic.
    pub(crate) fn forget_topic(&mut self, topic: &str) {
        for group in self.by_id.values_mut() {
            group.offsets.retain(|(name, _), _| name != topic);
        }
    }

    /// Keeps the groups that `keep` wants; it may change them.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&mut Group) -> bool) {
        self.by_id.retain(|_, group| keep(group));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.by_id.values()
    }
}

impl Core {
    /// The broker that coordinates a group: that of its partition of `__consumer_offsets`.
    pub(crate) fn coordinator(&self, group: &str) -> Option<&super::Node> {
        self.coordinator_of_partition(InternalTopic::ConsumerOffsets, self.offsets_partition_of(group))
    }

    /// Whether `node` may answer for a group that can have members: one with a name.
    pub(crate) fn check_named_coordinator(&self, node: i32, group: &str) -> Result<(), ErrorCode> {
        if group.is_empty() {
            return Err(ErrorCode::INVALID_GROUP_ID);
        }
        self.check_coordinator(node, group)
    }

    /// Whether `node` may answer for a group. Offsets can be kept for one without a name, too, as they were before
    /// Kafka knew members.
    pub(crate) fn check_coordinator(&self, node: i32, group: &str) -> Result<(), ErrorCode> {
        match self.coordinator(group) {
            Some(coordinator) if coordinator.id == node => Ok(()),
            _ => Err(ErrorCode::NOT_COORDINATOR),
        }
    }
}

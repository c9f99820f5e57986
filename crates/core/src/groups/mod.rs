//! Groups of consumers share the partitions of topics (`GroupMetadataManager`).
//!
//! - [`Group`]: committed offsets, and the members under one of two protocols.
//! - [`ClassicGroup`]: JoinGroup and SyncGroup; the members assign the partitions among themselves.
//! - [`ConsumerGroup`]: ConsumerGroupHeartbeat; the coordinator assigns the partitions (KIP-848).
//! - `steps`: how requests and timers change groups. `effects`: the answers, timers and events of a step.

mod carry;
mod classic;
mod commits;
mod consumer;
mod consumer_protocol;
mod effects;
mod expire;
mod group;
mod offsets;
mod steps;
mod timer;

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_trial_wire::ErrorCode;

pub use self::classic::{ClassicGroup, ClassicGroupState, ClassicMember, JoinRequest, SyncRequest};
pub(crate) use self::consumer::ResolvedRegex;
pub use self::consumer::{
    Assignor, ClassicProtocols, ConsumerGroup, ConsumerGroupConfig, ConsumerHeartbeat, ConsumerHeartbeatReply,
    ConsumerMember, MemberState, MigrationPolicy,
};
use self::effects::Effects;
pub use self::group::{Group, GroupKind};
pub use self::offsets::{Commit, Committed, Offsets};
pub(crate) use self::timer::GroupTimer;
use crate::event::Event;
use crate::{InternalTopic, Node, State, TopicPartition};

/// All groups of a cluster by id. A clone shares each group until one of the two changes it.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    by_id: BTreeMap<Arc<str>, Arc<Group>>,
    /// Counts the committed offsets, which orders commits.
    commits: u64,
}

impl Groups {
    /// Returns the group with this id.
    pub fn get(&self, id: &str) -> Option<&Group> {
        self.by_id.get(id).map(|group| &**group)
    }

    /// Returns the groups by id.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.by_id.values().map(|group| &**group)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.by_id.get_mut(id).map(Arc::make_mut)
    }

    pub(crate) fn get_or_create(&mut self, id: &str) -> &mut Group {
        if !self.by_id.contains_key(id) {
            self.by_id.insert(id.into(), Arc::new(Group::new(id)));
        }
        Arc::make_mut(self.by_id.entry(id.into()).or_insert_with(|| Arc::new(Group::new(id))))
    }

    pub(crate) fn next_commit(&mut self) -> u64 {
        self.commits += 1;
        self.commits
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<Group>> {
        self.by_id.remove(id)
    }

    /// Deletes the committed offsets of a topic in all groups. Returns those groups, each with its partitions.
    pub(crate) fn forget_topic(&mut self, topic: &str) -> Vec<(Arc<str>, Vec<TopicPartition>)> {
        let mut forgotten = Vec::new();
        for group in self.by_id.values_mut() {
            if group.offsets.iter().any(|(known, _, _)| **known == *topic) {
                let group = Arc::make_mut(group);
                forgotten.push((Arc::clone(&group.id), group.offsets.remove_topic(topic)));
            }
        }
        forgotten
    }

    /// Keeps the groups for which `keep` is true, and returns the others.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&mut Group) -> bool) -> Vec<Arc<Group>> {
        let mut gone = Vec::new();
        self.by_id.retain(|_, group| {
            let stays = keep(Arc::make_mut(group));
            if !stays {
                gone.push(Arc::clone(group));
            }
            stays
        });
        gone
    }
}

impl State {
    /// Returns the broker that coordinates a group: the leader of its partition of `__consumer_offsets`.
    pub fn coordinator(&self, group: &str) -> Option<&Node> {
        self.coordinator_of_partition(InternalTopic::ConsumerOffsets, self.offsets_partition_of(group))
    }

    /// Checks whether `node` coordinates a group that can have members, which needs a name.
    pub fn check_named_coordinator(&self, node: i32, group: &str) -> Result<(), ErrorCode> {
        if group.is_empty() {
            return Err(ErrorCode::INVALID_GROUP_ID);
        }
        self.check_coordinator(node, group)
    }

    /// Checks whether `node` coordinates a group. The empty name is valid here: such a group can keep offsets, but no
    /// members.
    pub fn check_coordinator(&self, node: i32, group: &str) -> Result<(), ErrorCode> {
        match self.coordinator(group) {
            Some(coordinator) if coordinator.id == node => Ok(()),
            _ => Err(ErrorCode::NOT_COORDINATOR),
        }
    }

    /// Returns the partition of `__consumer_offsets` that holds a group's offsets.
    pub(crate) fn offsets_partition_of(&self, group: &str) -> i32 {
        crate::transactions::partition_of(group, self.settings.offsets_topic_num_partitions)
    }

    /// Returns a group's partition of `__consumer_offsets`, in the form that transactions use.
    pub fn offsets_partition(&self, group: &str) -> TopicPartition {
        crate::transactions::offsets_partition(self.offsets_partition_of(group))
    }

    /// Creates a group without members, if the id is new.
    pub fn ensure_group(&mut self, id: &str) {
        self.groups.get_or_create(id);
    }

    /// Deletes a group, with its committed offsets and those that are pending in transactions.
    pub fn delete_group(&mut self, id: &str) {
        if let Some(group) = self.groups.remove(id) {
            self.write_of_group(id, &group.tombstones());
        }
        self.transactional_offsets.forget_group(id);
        self.note(Event::GroupDeleted { group: id.into() });
    }
}

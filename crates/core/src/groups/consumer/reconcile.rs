//! A member takes one step at a time towards its target assignment (`CurrentAssignmentBuilder`).
//!
//! ```text
//! Stable ──must revoke──> UnrevokedPartitions ──revoked──> Stable
//!    └──others own──> UnreleasedPartitions ──released───────┘
//! ```
//! A partition is assigned to a member only after its former owner has given it up.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::Uuid;

use super::{ConsumerMember, MemberState};
use crate::TopicIdPartition;

/// The target of a member, and the partitions that it cannot have yet.
pub(super) struct Reconciliation<'a> {
    pub(super) target_epoch: i32,
    pub(super) target: &'a [TopicIdPartition],
    /// The topics that the member subscribes to now; the target may be older.
    pub(super) subscribed: &'a BTreeSet<Uuid>,
    pub(super) subscription_changed: bool,
    /// The partitions that the member reports as its own; `None` when it reports none.
    pub(super) owned: Option<&'a BTreeSet<TopicIdPartition>>,
    /// The partitions that other members have.
    pub(super) taken: &'a BTreeSet<TopicIdPartition>,
}

impl Reconciliation<'_> {
    /// Takes the step, and returns whether the member has changed.
    pub(super) fn step(&self, member: &mut ConsumerMember) -> bool {
        match member.state {
            MemberState::Stable if member.epoch != self.target_epoch => self.advance(member),
            MemberState::UnrevokedPartitions if !self.owns_any(&member.revoking) => self.advance(member),
            MemberState::UnreleasedPartitions => self.advance(member),
            MemberState::Stable | MemberState::UnrevokedPartitions => {
                self.subscription_changed && self.drop_unsubscribed(member)
            }
        }
    }

    /// Returns whether the member owns any of the partitions. Until it reports its partitions, it counts as their
    /// owner.
    fn owns_any(&self, partitions: &BTreeMap<TopicIdPartition, i32>) -> bool {
        self.owned.is_none_or(|owned| owned.iter().any(|partition| partitions.contains_key(partition)))
    }

    fn advance(&self, member: &mut ConsumerMember) -> bool {
        // `CurrentAssignmentBuilder.computeNextAssignment`. The target may still name topics that the member has left.
        let before = (member.state, member.epoch, member.previous_epoch);
        let target: BTreeSet<_> =
            self.target.iter().filter(|at| self.subscribed.contains(&at.topic)).copied().collect();
        let (kept, revoking): (BTreeMap<_, _>, BTreeMap<_, _>) =
            member.assigned.iter().map(|(key, epoch)| (*key, *epoch)).partition(|(key, _)| target.contains(key));
        // The epoch stays until the member has given up its partitions: it may still commit offsets for them.
        if self.owns_any(&revoking) && !revoking.is_empty() {
            member.state = MemberState::UnrevokedPartitions;
            member.set_epoch(member.epoch);
            member.assigned = kept;
            member.revoking = revoking;
            return true;
        }
        // The member gets the free partitions now, and the others when their owners release them.
        let missing = target.iter().filter(|partition| !kept.contains_key(partition));
        let (free, unreleased): (Vec<_>, Vec<_>) = missing.copied().partition(|key| !self.taken.contains(key));
        let has_moved = !free.is_empty() || !revoking.is_empty() || !member.revoking.is_empty();
        member.state = if unreleased.is_empty() { MemberState::Stable } else { MemberState::UnreleasedPartitions };
        member.set_epoch(self.target_epoch);
        member.assigned = kept;
        member.assigned.extend(free.into_iter().map(|partition| (partition, self.target_epoch)));
        member.revoking = BTreeMap::new();
        has_moved || before != (member.state, member.epoch, member.previous_epoch)
    }

    /// Revokes partitions of topics that the member has left, before there is a new target
    /// (`updateCurrentAssignment`).
    fn drop_unsubscribed(&self, member: &mut ConsumerMember) -> bool {
        let (kept, dropped): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut member.assigned).into_iter().partition(|(at, _)| self.subscribed.contains(&at.topic));
        member.assigned = kept;
        if dropped.is_empty() {
            return false;
        }
        let mut revoking = member.revoking.clone();
        revoking.extend(dropped);
        if self.owns_any(&revoking) {
            member.state = MemberState::UnrevokedPartitions;
            member.revoking = revoking;
        }
        member.set_epoch(member.epoch);
        true
    }
}

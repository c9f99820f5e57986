//! A group of the consumer protocol keeps its members, its epochs and its target assignment.

use std::collections::{BTreeMap, BTreeSet};

use super::regex::ResolvedRegex;
use super::subscription::SubscribedTopic;
use super::{ConsumerMember, Effects, MemberOrder};
use crate::TopicIdPartition;
use crate::{GroupTimer, Time};

/// A group whose coordinator assigns the partitions (`ConsumerGroup`).
#[derive(Clone, Debug)]
pub struct ConsumerGroup {
    /// The group's id.
    pub id: String,
    /// The group epoch; it grows with every change that needs a new assignment.
    pub epoch: i32,
    /// The epoch that the target assignment was computed for.
    pub assignment_epoch: i32,
    /// The time at which the target assignment was computed.
    pub(super) assigned_at: Option<Time>,
    /// The members by id.
    pub members: BTreeMap<String, ConsumerMember>,
    /// Static members by instance id.
    pub(super) instances: BTreeMap<String, String>,
    /// Each member's target, in the order in which Kafka walks over it for the next assignment.
    pub target: BTreeMap<String, Vec<TopicIdPartition>>,
    /// The topics at the group's epoch, by name.
    pub(super) topics: BTreeMap<String, SubscribedTopic>,
    pub(super) regexes: BTreeMap<String, ResolvedRegex>,
    pub(super) order: MemberOrder,
    pub(super) arrivals: u64,
}

impl ConsumerGroup {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            epoch: 1,
            assignment_epoch: 0,
            assigned_at: None,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            target: BTreeMap::new(),
            topics: BTreeMap::new(),
            regexes: BTreeMap::new(),
            order: MemberOrder::default(),
            arrivals: 0,
        }
    }

    /// Returns the state's name as ListGroups and ConsumerGroupDescribe show it (`ConsumerGroupState`).
    pub fn state_name(&self) -> &'static str {
        if self.members.is_empty() {
            "Empty"
        } else if self.epoch > self.assignment_epoch {
            "Assigning"
        } else if self.members.values().all(|member| member.is_reconciled_to(self.assignment_epoch)) {
            "Stable"
        } else {
            "Reconciling"
        }
    }

    /// Returns the members in the order in which Kafka walks over them.
    pub fn in_order(&self) -> Vec<&ConsumerMember> {
        let mut members: Vec<&ConsumerMember> = self.members.values().collect();
        // Kafka takes the members of one slot from the last to the first.
        members.sort_by_key(|member| std::cmp::Reverse(member.arrival));
        self.order.sort(&mut members, |member| &member.id);
        members
    }

    /// When the target was computed.
    pub(crate) fn assigned_at(&self) -> Option<Time> {
        self.assigned_at
    }

    /// The static member with this instance id.
    pub(super) fn static_member(&self, instance: &str) -> Option<&ConsumerMember> {
        self.instances.get(instance).and_then(|id| self.members.get(id))
    }

    /// Adds a member, or replaces the member of the same id.
    pub(super) fn insert(&mut self, mut member: ConsumerMember) {
        match self.members.get(&member.id) {
            Some(before) => member.arrival = before.arrival,
            None => {
                self.arrivals += 1;
                member.arrival = self.arrivals;
            }
        }
        if let Some(instance) = &member.instance_id {
            self.instances.insert(instance.clone(), member.id.clone());
        }
        self.members.insert(member.id.clone(), member);
    }

    /// Removes a member and returns it with its target.
    pub(super) fn take(&mut self, id: &str) -> Option<(ConsumerMember, Vec<TopicIdPartition>)> {
        let member = self.members.remove(id)?;
        if let Some(instance) = &member.instance_id {
            self.instances.remove(instance);
        }
        Some((member, self.target.remove(id).unwrap_or_default()))
    }

    /// Returns the partitions that other members have.
    pub(super) fn taken_by_others(&self, id: &str) -> BTreeSet<TopicIdPartition> {
        let others = self.members.values().filter(|member| member.id != id);
        others.flat_map(|member| member.assigned.keys().chain(member.revoking.keys())).copied().collect()
    }

    /// Sets a timer for a member's earliest deadline. A timer that is due before that deadline sets the next one.
    pub(super) fn arm(&mut self, id: &str, effects: &mut Effects) {
        let Some(member) = self.members.get_mut(id) else { return };
        let Some(next) = member.deadlines.next() else { return };
        let is_armed = member.deadlines.timer.is_some_and(|timer| timer > effects.now && timer <= next);
        if !is_armed {
            member.deadlines.timer = Some(next);
            effects.timers.push((next, GroupTimer::Session { member: id.to_owned() }));
        }
    }

    /// Returns whether a member has missed a deadline; otherwise sets a timer for the next one.
    pub(crate) fn is_overdue(&mut self, id: &str, effects: &mut Effects) -> bool {
        let Some(member) = self.members.get(id) else { return false };
        let is_overdue = member.deadlines.next().is_some_and(|deadline| deadline <= effects.now);
        if !is_overdue {
            self.arm(id, effects);
        }
        is_overdue
    }
}

//! The target assignment holds the partitions that each member will have in the end (`TargetAssignmentBuilder`).

use std::collections::BTreeMap;

use kafka_trial_wire::Uuid;

use super::assignor::{GroupSpec, Subscriber};
use super::member_order::{sort_as_hash_map, sort_as_hash_set};
use super::{Assignor, ConsumerGroup, ConsumerMember, GroupView};
use crate::{Time, TopicIdPartition};

impl ConsumerGroup {
    /// Computes the target for the group's epoch if it has none yet and the last target is old enough.
    pub(super) fn update_target(&mut self, newcomer: Option<&str>, view: &GroupView<'_>, now: Time) {
        let is_due = self.assigned_at.is_none_or(|last| last.plus_millis(view.config.assignment_interval_ms) <= now);
        if self.assignment_epoch >= self.epoch || !is_due {
            return;
        }
        let spec = GroupSpec {
            members: self.subscribers(newcomer, view),
            is_homogeneous: self.is_homogeneous(),
            partitions: view.topics.iter().map(|topic| (topic.id, topic.count())).collect(),
        };
        let assignments = self.assignor(view.config.default_assignor()).assign(&spec);
        let assigned = spec.members.iter().zip(assignments);
        let target =
            assigned.map(|(member, assigned)| (member.id.to_owned(), in_hash_order(member.assigned, assigned)));
        self.target = target.collect();
        self.assignment_epoch = self.epoch;
        self.assigned_at = Some(now);
    }

    fn subscribers<'a>(&'a self, newcomer: Option<&str>, view: &GroupView<'_>) -> Vec<Subscriber<'a>> {
        let mut members: Vec<&ConsumerMember> = self.in_order();
        // Kafka adds a new member to its table only after this step, so the member comes last.
        if let Some(place) = members.iter().position(|member| Some(member.id.as_str()) == newcomer) {
            let newcomer = members.remove(place);
            members.push(newcomer);
        }
        sort_as_hash_map(&mut members, |member| &member.id);
        let subscriber = |member: &'a ConsumerMember| Subscriber {
            id: &member.id,
            instance_id: member.instance_id.as_deref(),
            topics: self.topics_of(member, view),
            assigned: self.target.get(&member.id).map_or(&[], Vec::as_slice),
        };
        members.into_iter().map(subscriber).collect()
    }

    /// Sets a member's target to partitions that it takes over from a predecessor or from the classic protocol. Kafka
    /// walks over them in numeric order.
    pub(super) fn take_over(&mut self, member: &str, mut partitions: Vec<TopicIdPartition>) {
        partitions.sort_unstable();
        self.target.insert(member.to_owned(), in_hash_order(&[], partitions));
    }

    /// Returns the assignor that most members ask for; in a tie, `uniform`.
    pub fn assignor(&self, default: Assignor) -> Assignor {
        let votes = |assignor: Assignor| {
            self.members.values().filter(|member| member.assignor.as_deref() == Some(assignor.name())).count()
        };
        match (votes(Assignor::Uniform), votes(Assignor::Range)) {
            (0, 0) => default,
            (uniform, range) if range > uniform => Assignor::Range,
            _ => Assignor::Uniform,
        }
    }
}

/// Returns a new assignment in the order in which Kafka walks over it, topic by topic.
fn in_hash_order(before: &[TopicIdPartition], assigned: Vec<TopicIdPartition>) -> Vec<TopicIdPartition> {
    let mut topics: BTreeMap<Uuid, Vec<i32>> = BTreeMap::new();
    for TopicIdPartition { topic, partition } in assigned {
        topics.entry(topic).or_default().push(partition);
    }
    let in_order = topics.into_iter().flat_map(|(topic, mut partitions)| {
        sort_as_hash_set(&mut partitions, before.iter().filter(|held| held.topic == topic).count());
        partitions.into_iter().map(move |partition| TopicIdPartition::new(topic, partition))
    });
    in_order.collect()
}

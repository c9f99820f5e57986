//! The target assignment: what each member is to have in the end (`TargetAssignmentBuilder`).

use std::collections::BTreeMap;

use super::assignor::{GroupSpec, Subscriber};
use super::member_order::sort_as_hash_map;
use super::{Assignor, ConsumerGroup, ConsumerMember, GroupView};
use crate::core::Time;

impl ConsumerGroup {
    /// Computes the target for the group's epoch when there is none yet, and the last one is old enough.
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
        let target: BTreeMap<_, _> = spec.members.iter().map(|member| member.id.to_owned()).zip(assignments).collect();
        self.target = target;
        self.assignment_epoch = self.epoch;
        self.assigned_at = Some(now);
    }

    fn subscribers<'a>(&'a self, newcomer: Option<&str>, view: &GroupView<'_>) -> Vec<Subscriber<'a>> {
        let mut members: Vec<&ConsumerMember> = self.in_order();
        // Who is not in Kafka's table yet comes after those who are.
        if let Some(place) = members.iter().position(|member| Some(member.id.as_str()) == newcomer) {
            let newcomer = members.remove(place);
            members.push(newcomer);
        }
        sort_as_hash_map(&mut members, |member| &member.id);
        let subscriber = |member: &'a ConsumerMember| Subscriber {
            id: &member.id,
            instance_id: member.instance_id.as_deref(),
            topics: self.topics_of(member, view),
            assigned: self.target.get(&member.id).cloned().unwrap_or_default(),
        };
        members.into_iter().map(subscriber).collect()
    }

    /// The assignor that most members ask for; of as many votes `uniform` wins.
    pub(crate) fn assignor(&self, default: Assignor) -> Assignor {
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

//! The members of a consumer group subscribe to topics that exist or do not exist yet.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::Uuid;

use super::{ConsumerGroup, ConsumerMember, GroupView};
use crate::Topic;

/// A topic's properties that an assignment depends on: its id, and the racks of each partition's replicas. A change
/// leads to a new target (Kafka compares a hash of them).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SubscribedTopic {
    id: Uuid,
    racks: Vec<BTreeSet<String>>,
}

impl SubscribedTopic {
    fn of(topic: &Topic, view: &GroupView<'_>) -> Self {
        let rack = |id: &i32| view.nodes.iter().find(|node| node.id == *id).and_then(|node| node.rack.clone());
        let racks = topic.partitions.iter().map(|partition| partition.replicas.iter().filter_map(rack).collect());
        Self { id: topic.id, racks: racks.collect() }
    }
}

impl ConsumerGroup {
    /// Returns the topic names that a member subscribes to, including those of topics that do not exist.
    fn names_of<'a>(&'a self, member: &'a ConsumerMember) -> impl Iterator<Item = &'a str> {
        let resolved = self.regexes.get(&member.regex).into_iter().flat_map(|regex| &regex.topics);
        member.names.iter().chain(resolved).map(String::as_str)
    }

    /// Returns the existing topics that a member subscribes to.
    pub(super) fn topics_of(&self, member: &ConsumerMember, view: &GroupView<'_>) -> BTreeSet<Uuid> {
        self.names_of(member).filter_map(|name| view.topics.get(name)).map(|topic| topic.id).collect()
    }

    /// Returns whether a member reads the topic.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        self.members.values().flat_map(|member| self.names_of(member)).any(|name| name == topic)
    }

    /// Returns the existing topics that the members subscribe to, by name.
    pub(super) fn subscribed_topics(&self, view: &GroupView<'_>) -> BTreeMap<String, SubscribedTopic> {
        let names: BTreeSet<&str> = self.members.values().flat_map(|member| self.names_of(member)).collect();
        let topics = names.into_iter().filter_map(|name| view.topics.get(name));
        topics.map(|topic| (topic.name.to_string(), SubscribedTopic::of(topic, view))).collect()
    }

    /// Returns whether all members have one subscription: the same names, or one expression and no names.
    pub(super) fn is_homogeneous(&self) -> bool {
        let mut members = self.members.values();
        let Some(first) = members.next() else { return true };
        let has_both = !first.regex.is_empty() && !first.names.is_empty();
        !has_both && members.all(|member| member.names == first.names && member.regex == first.regex)
    }
}

//! The uniform assignor balances members with different subscriptions (`UniformHeterogeneousAssignmentBuilder`).

use std::collections::BTreeMap;

use kafka_trial_wire::Uuid;

use super::balance::Balancer;
use super::{Assignments, GroupSpec};
use crate::TopicIdPartition;

/// The most rounds over all topics that balance them.
const MAX_ROUNDS: usize = 16;

/// Assigns the partitions: members keep those of their topics, free partitions go to the lightest subscribers, and then
/// partitions move from heavy to light subscribers, topic by topic, until no move helps.
pub(super) fn assign(spec: &GroupSpec<'_>) -> Assignments {
    let mut builder = Builder::new(spec);
    let topics = builder.topics();
    for topic in &topics {
        builder.assign_free(*topic);
    }
    let shared = topics.into_iter().filter(|topic| builder.subscribers_of(*topic).len() > 1);
    builder.balance(&shared.collect::<Vec<_>>());
    builder.into_assignments()
}

struct Builder {
    /// The members that subscribe to each topic.
    subscribers: BTreeMap<Uuid, Vec<usize>>,
    /// The member that has each partition, by topic.
    owners: BTreeMap<Uuid, Vec<Option<usize>>>,
    /// The number of partitions of each member.
    loads: Vec<usize>,
}

impl Builder {
    fn new(spec: &GroupSpec<'_>) -> Self {
        let mut subscribers: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
        for (index, member) in spec.members.iter().enumerate() {
            for topic in &member.topics {
                subscribers.entry(*topic).or_default().push(index);
            }
        }
        let unowned = |topic| vec![None; usize::try_from(spec.partitions_of(topic)).unwrap_or(0)];
        let owners = subscribers.keys().map(|topic| (*topic, unowned(*topic))).collect();
        let mut builder = Self { subscribers, owners, loads: vec![0; spec.members.len()] };
        for (index, member) in spec.members.iter().enumerate() {
            for held in member.assigned.iter().filter(|held| member.topics.contains(&held.topic)) {
                builder.give(held.topic, usize::try_from(held.partition).unwrap_or(usize::MAX), index);
            }
        }
        builder
    }

    fn subscribers_of(&self, topic: Uuid) -> &[usize] {
        self.subscribers.get(&topic).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the topics with the most partitions per subscriber first, then those with the fewest subscribers, then
    /// by id.
    fn topics(&self) -> Vec<Uuid> {
        let mut topics: Vec<Uuid> = self.subscribers.keys().copied().collect();
        let partitions = |topic: &Uuid| self.owners.get(topic).map_or(0, Vec::len);
        topics.sort_by(|one, other| {
            let (mine, theirs) = (self.subscribers_of(*one).len(), self.subscribers_of(*other).len());
            // The fractions compare as a/b > c/d if a*d > c*b.
            let per_subscriber = (partitions(other) * mine).cmp(&(partitions(one) * theirs));
            per_subscriber.then(mine.cmp(&theirs)).then_with(|| signed(*one).cmp(&signed(*other)))
        });
        topics
    }

    fn give(&mut self, topic: Uuid, partition: usize, member: usize) {
        let Some(owner) = self.owners.get_mut(&topic).and_then(|owners| owners.get_mut(partition)) else { return };
        if let Some(load) = owner.and_then(|before| self.loads.get_mut(before)) {
            *load -= 1;
        }
        *owner = Some(member);
        if let Some(load) = self.loads.get_mut(member) {
            *load += 1;
        }
    }

    fn assign_free(&mut self, topic: Uuid) {
        let mut balancer = Balancer::new(self.subscribers_of(topic), &self.loads);
        let owners = self.owners.get(&topic).into_iter().flatten().enumerate();
        let free: Vec<usize> = owners.filter(|(_, owner)| owner.is_none()).map(|(partition, _)| partition).collect();
        for partition in free {
            if let Some(member) = balancer.next_taker(&self.loads) {
                self.give(topic, partition, member);
            }
        }
    }

    fn balance(&mut self, topics: &[Uuid]) {
        let mut last_moved = None;
        for _ in 0..MAX_ROUNDS {
            for topic in topics {
                if last_moved == Some(*topic) {
                    return;
                }
                if self.balance_topic(*topic) || last_moved.is_none() {
                    last_moved = Some(*topic);
                }
            }
        }
    }

    /// Balances one topic, and returns whether a partition has moved.
    fn balance_topic(&mut self, topic: Uuid) -> bool {
        let mut balancer = Balancer::new(self.subscribers_of(topic), &self.loads);
        if balancer.imbalance(&self.loads) <= 1 {
            return false;
        }
        let mut owned: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (partition, owner) in self.owners.get(&topic).into_iter().flatten().enumerate() {
            owned.entry(owner.unwrap_or(usize::MAX)).or_default().push(partition);
        }
        let mut has_moved = false;
        loop {
            let partition = loop {
                let Some(giver) = balancer.next_giver(&self.loads) else { return has_moved };
                match owned.get_mut(&giver).and_then(Vec::pop) {
                    Some(partition) => break partition,
                    None => balancer.exclude_giver(),
                }
            };
            let Some(taker) = balancer.next_taker(&self.loads) else { return has_moved };
            if balancer.is_balanced() {
                return has_moved;
            }
            self.give(topic, partition, taker);
            has_moved = true;
        }
    }

    fn into_assignments(self) -> Assignments {
        let mut assignments = vec![Vec::new(); self.loads.len()];
        for (topic, owners) in self.owners {
            for (owner, partition) in owners.into_iter().zip(0..) {
                if let Some(assignment) = owner.and_then(|owner| assignments.get_mut(owner)) {
                    assignment.push(TopicIdPartition::new(topic, partition));
                }
            }
        }
        assignments
    }
}

/// Returns the halves of an id as signed numbers, by which Kafka compares ids.
fn signed(id: Uuid) -> (i64, i64) {
    let bits = u128::from_be_bytes(id.0);
    ((bits >> 64) as i64, bits as i64)
}

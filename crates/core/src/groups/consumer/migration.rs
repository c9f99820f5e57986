//! Groups change their protocol while they have members (`group.consumer.migration.policy`).

use std::collections::BTreeSet;

use super::super::consumer_protocol::{CONSUMER, read_assignment, read_subscription, write_assignment};
use super::super::{ClassicGroup, ClassicMember};
use super::classic_members::named;
use super::{ClassicProtocols, ConsumerGroup, ConsumerMember, Effects, GroupView};
use crate::Time;
use crate::{Refusal, TopicIdPartition};

impl ConsumerGroup {
    /// Returns the consumer group that replaces a classic one when a member of the consumer protocol joins
    /// (`ConsumerGroup.fromClassicGroup`). The members stay, with their last assignments.
    pub(crate) fn from_classic(id: &str, classic: &ClassicGroup, view: &GroupView<'_>) -> Result<Self, Refusal> {
        let refuse = |why: &str| {
            Err(Refusal::group_not_found(format!("Cannot upgrade classic group {id} to consumer group because {why}.")))
        };
        if !view.config.migration_policy.allows_upgrade() {
            return refuse("online upgrade is disabled");
        }
        if classic.protocol_type.as_deref() != Some(CONSUMER) {
            return refuse("the group does not use the consumer embedded protocol");
        }
        if classic.members.len() > view.config.max_size {
            return refuse("the group size exceeds the consumer group maximum size");
        }
        let mut group = Self::new(id);
        group.epoch = classic.generation;
        group.assignment_epoch = classic.generation;
        let protocol = classic.protocol.as_deref().unwrap_or_default();
        let mut members: Vec<&ClassicMember> = classic.members.values().collect();
        members.sort_by_key(|member| member.arrival);
        for member in members {
            let Some(subscription) = read_subscription(member.metadata(protocol)) else {
                return refuse("the embedded consumer protocol is malformed");
            };
            let mut assigned = BTreeSet::new();
            if !member.assignment.is_empty() {
                let Some(assignment) = read_assignment(member.assignment.clone()) else {
                    return refuse("the embedded consumer protocol is malformed");
                };
                if assignment.user_data.is_some_and(|data| !data.is_empty()) {
                    return refuse(
                        "an unsupported custom assignor is in use. Please refer to the documentation or switch to a default assignor before re-attempting the upgrade",
                    );
                }
                for topic in assignment.assigned_partitions {
                    let id = view.topics.get(&topic.topic).map(|topic| topic.id);
                    assigned
                        .extend(id.into_iter().flat_map(|id| {
                            topic.partitions.iter().map(move |index| TopicIdPartition::new(id, *index))
                        }));
                }
            }
            let epoch = classic.generation;
            let upgraded = ConsumerMember {
                instance_id: member.instance_id.clone(),
                rack_id: subscription.rack_id.map(|rack| rack.as_str().to_owned()),
                client_id: member.client_id.clone(),
                client_host: member.client_host.clone(),
                rebalance_timeout_ms: member.rebalance_timeout_ms,
                names: subscription.topics.iter().map(|topic| topic.as_str().to_owned()).collect(),
                classic: Some(ClassicProtocols {
                    session_timeout_ms: member.session_timeout_ms,
                    protocols: member.protocols.clone(),
                }),
                epoch,
                previous_epoch: epoch,
                assigned: assigned.iter().map(|partition| (*partition, epoch)).collect(),
                ..ConsumerMember::new(&member.id)
            };
            group.order.grow(group.members.len());
            group.take_over(&member.id, assigned.into_iter().collect());
            group.insert(upgraded);
        }
        group.topics = group.subscribed_topics(view);
        Ok(group)
    }

    /// Starts the sessions of members that were taken over from the classic protocol.
    pub(crate) fn start_sessions(&mut self, effects: &mut Effects) {
        for id in self.members.keys().cloned().collect::<Vec<_>>() {
            if let Some(member) = self.members.get_mut(&id)
                && let Some(classic) = &member.classic
            {
                member.deadlines.session = Some(effects.now.plus_millis(classic.session_timeout_ms.into()));
            }
            self.arm(&id, effects);
        }
    }

    /// Returns whether the group becomes classic when these members leave: all other members speak the classic
    /// protocol, and the policy allows it.
    pub(crate) fn may_downgrade_without(&self, leaving: &BTreeSet<String>, view: &GroupView<'_>) -> bool {
        let mut staying = self.members.values().filter(|member| !leaving.contains(&member.id)).peekable();
        let count = self.members.len().saturating_sub(leaving.len());
        staying.peek().is_some()
            && staying.all(|member| member.classic.is_some())
            && view.config.migration_policy.allows_downgrade()
            && count <= view.classic_max_size
    }

    /// Returns the classic group that remains without these members (`ClassicGroup.fromConsumerGroup`): it is stable,
    /// and each member's target is its assignment.
    pub(crate) fn to_classic(&self, leaving: &BTreeSet<String>, view: &GroupView<'_>) -> ClassicGroup {
        let mut group = ClassicGroup::taken_over(self.epoch);
        for member in self.in_order().into_iter().filter(|member| !leaving.contains(&member.id)) {
            let Some(classic) = &member.classic else { continue };
            group.arrivals += 1;
            group.leader.get_or_insert_with(|| member.id.clone());
            if let Some(instance) = &member.instance_id {
                group.instances.insert(instance.clone(), member.id.clone());
            }
            let downgraded = ClassicMember {
                id: member.id.clone(),
                instance_id: member.instance_id.clone(),
                client_id: member.client_id.clone(),
                client_host: member.client_host.clone(),
                session_timeout_ms: classic.session_timeout_ms,
                rebalance_timeout_ms: member.rebalance_timeout_ms,
                protocols: classic.protocols.clone(),
                assignment: bytes::Bytes::new(),
                awaiting_join: None,
                awaiting_sync: None,
                session_ends: Time::default(),
                session_timer: Time::default(),
                arrival: group.arrivals,
            };
            group.put_member(downgraded);
        }
        group.protocol = group.elect_protocol();
        let protocol = group.protocol.clone().unwrap_or_default();
        for member in group.members.values_mut() {
            let target = self.target.get(&member.id).into_iter().flatten();
            member.assignment = write_assignment(&named(target, view), &member.metadata(&protocol));
        }
        group
    }
}

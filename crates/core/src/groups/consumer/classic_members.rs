//! A consumer group may have members that speak the classic protocol (KIP-848, "Supporting Online Consumer Group
//! Upgrade").
//!
//! A classic member sends JoinGroup in place of the heartbeat: it states the member's subscription and partitions, and
//! takes one step towards the target. SyncGroup fetches the assignment; Heartbeat tells the member when to join again.

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::ConsumerProtocolSubscription;

use super::super::classic::known_by_all;
use super::super::consumer_protocol::{CONSUMER, read_subscription, write_assignment};
use super::super::{JoinRequest, SyncRequest};
use super::{ClassicProtocols, ConsumerGroup, ConsumerMember, Effects, GroupView, MemberState, MigrationPolicy};
use crate::{JoinReply, SyncReply, TopicIdPartition, TopicPartition};

impl ConsumerGroup {
    /// Handles a join by the classic protocol (`classicGroupJoinToConsumerGroup`). A refusal holds the member id that
    /// Kafka sends with it, and the error.
    pub(crate) fn join_classic(
        &mut self,
        request: JoinRequest,
        view: &GroupView<'_>,
        effects: &mut Effects,
    ) -> Result<JoinReply, (String, ErrorCode)> {
        let refuse = |error: ErrorCode| (String::new(), error);
        if view.config.migration_policy == MigrationPolicy::Disabled || !self.supports(&request) {
            return Err(refuse(ErrorCode::INCONSISTENT_GROUP_PROTOCOL));
        }
        let is_nameless = request.member_id.is_empty();
        let id = if is_nameless { request.fresh_id.clone() } else { request.member_id.clone() };
        self.check_room(&id, view).map_err(|error| refuse(error.code))?;
        if is_nameless && request.require_known_id && request.instance_id.is_none() {
            return Err((id, ErrorCode::MEMBER_ID_REQUIRED));
        }
        let first = request.protocols.first().map(|(_, metadata)| metadata.clone()).unwrap_or_default();
        let Some(subscription) = read_subscription(first) else { return Err(refuse(ErrorCode::UNKNOWN_SERVER_ERROR)) };
        let before = match &request.instance_id {
            None => self.members.get(&id).cloned().unwrap_or_else(|| ConsumerMember::new(&id)),
            Some(instance) if is_nameless => match self.static_member(instance) {
                Some(owner) => owner.renamed(&id),
                None => ConsumerMember::new(&id),
            },
            Some(instance) => self.check_instance(&id, instance).map_err(|error| refuse(error.code))?.clone(),
        };
        let owned = owned_partitions(&subscription, view);
        let mut member = before.clone();
        member.instance_id = request.instance_id.or(member.instance_id);
        member.rack_id = subscription.rack_id.map(|rack| rack.as_str().to_owned()).or(member.rack_id);
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
        member.names = subscription.topics.iter().map(|topic| topic.as_str().to_owned()).collect();
        member.regex = String::new();
        member.client_id = request.client_id;
        member.client_host = request.client_host;
        let (session_timeout_ms, protocols) = (request.session_timeout_ms, request.protocols);
        member.classic = Some(ClassicProtocols { session_timeout_ms, protocols });
        self.bring_on(&before, member, Some(&owned), view, effects).map_err(|error| refuse(error.code))?;
        if let Some(member) = self.members.get_mut(&id) {
            member.deadlines.rebalance = None;
            member.deadlines.join = None;
            member.deadlines.sync = Some(effects.now.plus_millis(request.rebalance_timeout_ms.into()));
        }
        self.hear_of(&id, effects);
        let member = self.members.get(&id);
        Ok(JoinReply {
            generation: member.map_or(-1, |member| member.epoch),
            protocol_type: Some(CONSUMER.to_owned()),
            protocol: member.and_then(first_protocol).map(str::to_owned),
            member_id: id,
            ..JoinReply::default()
        })
    }

    /// Returns whether the request comes from a consumer that shares an assignor with all classic members
    /// (`ConsumerGroup.supportsClassicProtocols`).
    fn supports(&self, request: &JoinRequest) -> bool {
        let others = self.members.values().filter_map(|member| member.classic.as_ref());
        let known = known_by_all(others.map(|classic| classic.protocols.as_slice()));
        let is_known = |name: &str| known.as_ref().is_none_or(|known| known.contains(name));
        request.protocol_type == CONSUMER && request.protocols.iter().any(|(name, _)| is_known(name))
    }

    /// Returns the classic member that sent a request, after a check of its generation.
    fn classic_member(&self, id: &str, instance: Option<&str>, generation: i32) -> Result<&ConsumerMember, ErrorCode> {
        let member = match instance {
            Some(instance) => self.check_instance(id, instance).map_err(|error| error.code)?,
            None => self.members.get(id).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?,
        };
        if member.classic.is_none() {
            return Err(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        if member.epoch == generation { Ok(member) } else { Err(ErrorCode::ILLEGAL_GENERATION) }
    }

    /// Handles a classic member's SyncGroup (`classicGroupSyncToConsumerGroup`).
    pub(crate) fn sync_classic(
        &mut self,
        request: SyncRequest,
        view: &GroupView<'_>,
        effects: &mut Effects,
    ) -> Result<SyncReply, ErrorCode> {
        let id = request.member_id;
        let member = self.classic_member(&id, request.instance_id.as_deref(), request.generation)?;
        let is_other_type = request.protocol_type.as_deref().is_some_and(|name| name != CONSUMER);
        let is_other_protocol = request.protocol.as_deref().is_some_and(|name| Some(name) != first_protocol(member));
        if is_other_type || is_other_protocol {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        // A newer target exists, so the member must join again to take its next step.
        if self.assignment_epoch > member.epoch && member.state != MemberState::UnrevokedPartitions {
            self.wait_for_join(&id, effects);
            return Err(ErrorCode::REBALANCE_IN_PROGRESS);
        }
        let subscription = member.classic.as_ref().and_then(|classic| classic.protocols.first());
        let partitions = named(member.assigned.keys(), view);
        let assignment =
            write_assignment(&partitions, &subscription.map(|(_, bytes)| bytes.clone()).unwrap_or_default());
        if let Some(member) = self.members.get_mut(&id) {
            member.deadlines.sync = None;
        }
        self.hear_of(&id, effects);
        let (protocol_type, protocol) = (request.protocol_type, request.protocol);
        Ok(SyncReply { error: ErrorCode::NONE, protocol_type, protocol, assignment })
    }

    /// Handles a classic member's heartbeat (`classicGroupHeartbeatToConsumerGroup`). REBALANCE_IN_PROGRESS tells the
    /// member to join again, for its next step towards its target.
    pub(crate) fn heartbeat_classic(
        &mut self,
        id: &str,
        instance: Option<&str>,
        generation: i32,
        effects: &mut Effects,
    ) -> Result<(), ErrorCode> {
        let member = self.classic_member(id, instance, generation)?;
        let is_to_join = match member.state {
            MemberState::UnrevokedPartitions => true,
            MemberState::UnreleasedPartitions => !self.waits_for_others(member),
            MemberState::Stable => false,
        } || member.epoch < self.assignment_epoch;
        self.hear_of(id, effects);
        if is_to_join {
            self.wait_for_join(id, effects);
            return Err(ErrorCode::REBALANCE_IN_PROGRESS);
        }
        Ok(())
    }

    /// Returns whether other members still have partitions of the member's target.
    fn waits_for_others(&self, member: &ConsumerMember) -> bool {
        let taken = self.taken_by_others(&member.id);
        let target = self.target.get(&member.id).into_iter().flatten();
        target.filter(|partition| !member.assigned.contains_key(partition)).any(|partition| taken.contains(partition))
    }

    /// Restarts a classic member's session, whose length the member itself has set.
    fn hear_of(&mut self, id: &str, effects: &mut Effects) {
        if let Some(member) = self.members.get_mut(id)
            && let Some(classic) = &member.classic
        {
            member.deadlines.session = Some(effects.now.plus_millis(classic.session_timeout_ms.into()));
        }
        self.arm(id, effects);
    }

    fn wait_for_join(&mut self, id: &str, effects: &mut Effects) {
        if let Some(member) = self.members.get_mut(id) {
            let ends = effects.now.plus_millis(member.rebalance_timeout_ms.into());
            member.deadlines.join.get_or_insert(ends);
        }
        self.arm(id, effects);
    }
}

/// Returns the assignor that JoinGroup reports to a classic member: the first of its own.
fn first_protocol(member: &ConsumerMember) -> Option<&str> {
    member.classic.as_ref()?.protocols.first().map(|(name, _)| name.as_str())
}

fn owned_partitions(subscription: &ConsumerProtocolSubscription, view: &GroupView<'_>) -> BTreeSet<TopicIdPartition> {
    let topics =
        subscription.owned_partitions.iter().filter_map(|owned| Some((view.topics.get(&owned.topic)?.id, owned)));
    topics
        .flat_map(|(id, owned)| owned.partitions.iter().map(move |partition| TopicIdPartition::new(id, *partition)))
        .collect()
}

/// Returns partitions by topic name, without those of deleted topics.
pub(super) fn named<'a>(
    partitions: impl Iterator<Item = &'a TopicIdPartition>,
    view: &GroupView<'_>,
) -> BTreeSet<TopicPartition> {
    let named =
        |at: &TopicIdPartition| Some(TopicPartition::new(Arc::clone(&view.topics.by_id(at.topic)?.name), at.partition));
    partitions.filter_map(named).collect()
}

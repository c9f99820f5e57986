//! A group has committed offsets, and members under one of two protocols.

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_trial_wire::ErrorCode;

use super::consumer::GroupView;
use super::{
    ClassicGroup, ClassicGroupState, ConsumerGroup, ConsumerHeartbeat, ConsumerHeartbeatReply, Effects, JoinRequest,
    Offsets,
};
use crate::{JoinReply, Refusal, TopicIdPartition, WrittenGroup};

/// A group of consumers. Its offsets stay when its protocol changes.
#[derive(Clone, Debug)]
pub struct Group {
    /// The group's id.
    pub id: Arc<str>,
    /// The group's committed offsets.
    pub offsets: Offsets,
    /// The group's protocol, with its members.
    pub kind: GroupKind,
    /// What its coordinator has written about its members.
    pub(crate) written: WrittenGroup,
}

/// The protocol of a group, with its members (`Group.GroupType`).
#[derive(Clone, Debug)]
pub enum GroupKind {
    /// The classic protocol (JoinGroup, SyncGroup): the members assign the partitions among themselves.
    Classic(ClassicGroup),
    /// The consumer protocol (ConsumerGroupHeartbeat): the coordinator assigns the partitions (KIP-848).
    Consumer(ConsumerGroup),
}

impl Group {
    /// Returns a group without members; as in Kafka, it is a classic one.
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.into(),
            offsets: Offsets::default(),
            kind: GroupKind::Classic(ClassicGroup::new()),
            written: WrittenGroup::default(),
        }
    }

    /// Returns the classic group; `None` when the group uses the consumer protocol.
    pub fn classic(&self) -> Option<&ClassicGroup> {
        match &self.kind {
            GroupKind::Classic(group) => Some(group),
            GroupKind::Consumer(_) => None,
        }
    }

    pub(crate) fn classic_mut(&mut self) -> Option<&mut ClassicGroup> {
        match &mut self.kind {
            GroupKind::Classic(group) => Some(group),
            GroupKind::Consumer(_) => None,
        }
    }

    /// Returns the consumer group; `None` when the group uses the classic protocol.
    pub fn consumer(&self) -> Option<&ConsumerGroup> {
        match &self.kind {
            GroupKind::Consumer(group) => Some(group),
            GroupKind::Classic(_) => None,
        }
    }

    pub(crate) fn consumer_mut(&mut self) -> Option<&mut ConsumerGroup> {
        match &mut self.kind {
            GroupKind::Consumer(group) => Some(group),
            GroupKind::Classic(_) => None,
        }
    }

    /// Returns the group's type as ListGroups shows it.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            GroupKind::Classic(_) => "classic",
            GroupKind::Consumer(_) => "consumer",
        }
    }

    /// Returns the group's state as ListGroups shows it.
    pub fn state_name(&self) -> &'static str {
        match &self.kind {
            GroupKind::Classic(group) => group.state.name(),
            GroupKind::Consumer(group) => group.state_name(),
        }
    }

    /// Returns the members' protocol type: `consumer` for consumers, empty until the first member joins.
    pub fn protocol_type(&self) -> &str {
        match &self.kind {
            GroupKind::Classic(group) => group.protocol_type.as_deref().unwrap_or_default(),
            GroupKind::Consumer(_) => super::consumer_protocol::CONSUMER,
        }
    }

    /// Returns whether the group has no members.
    pub fn is_empty(&self) -> bool {
        match &self.kind {
            GroupKind::Classic(group) => group.state == ClassicGroupState::Empty,
            GroupKind::Consumer(group) => group.members.is_empty(),
        }
    }

    /// Returns the number of rebalances: the generation of a classic group, the epoch of a consumer group.
    pub fn generation(&self) -> i32 {
        match &self.kind {
            GroupKind::Classic(group) => group.generation,
            GroupKind::Consumer(group) => group.epoch,
        }
    }

    /// Returns the client ids of the members.
    pub fn client_ids(&self) -> Vec<String> {
        match &self.kind {
            GroupKind::Classic(group) => group.members.values().map(|member| member.client_id.clone()).collect(),
            GroupKind::Consumer(group) => group.members.values().map(|member| member.client_id.clone()).collect(),
        }
    }

    /// Checks whether this member may commit to these partitions now. `generation` is the member epoch in a consumer
    /// group.
    pub fn validate_commit(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
        partitions: &[TopicIdPartition],
    ) -> Result<(), ErrorCode> {
        match &self.kind {
            GroupKind::Classic(group) => group.validate_commit(member, instance, generation),
            GroupKind::Consumer(group) => group.validate_commit(member, generation, partitions),
        }
    }

    /// Checks whether this member may add offsets to a transaction now.
    pub fn validate_transactional_commit(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
        partitions: &[TopicIdPartition],
    ) -> Result<(), ErrorCode> {
        match &self.kind {
            GroupKind::Classic(group) => group.validate_transactional_commit(member, instance, generation),
            // A producer may commit for a group without naming a member; its transaction vouches for it.
            GroupKind::Consumer(_) if generation == -1 && member.is_empty() && instance.is_none() => Ok(()),
            GroupKind::Consumer(group) => match group.validate_commit(member, generation, partitions) {
                // Producers know no member epochs, only generations.
                Err(ErrorCode::STALE_MEMBER_EPOCH) => Err(ErrorCode::ILLEGAL_GENERATION),
                checked => checked,
            },
        }
    }

    /// Checks whether a client may delete committed offsets now.
    pub fn validate_offset_delete(&self) -> Result<(), ErrorCode> {
        match &self.kind {
            GroupKind::Classic(group) => group.validate_offset_delete(),
            GroupKind::Consumer(_) => Ok(()),
        }
    }

    /// Returns whether a member reads the topic.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        match &self.kind {
            GroupKind::Classic(group) => group.is_subscribed_to(topic),
            GroupKind::Consumer(group) => group.is_subscribed_to(topic),
        }
    }

    /// Handles a heartbeat of the consumer protocol. A join turns a classic group into a consumer group.
    pub(super) fn heartbeat(
        &mut self,
        beat: ConsumerHeartbeat,
        view: &GroupView<'_>,
        effects: &mut Effects,
    ) -> Result<ConsumerHeartbeatReply, Refusal> {
        let classic = match &mut self.kind {
            GroupKind::Consumer(group) => return group.heartbeat(beat, view, effects),
            GroupKind::Classic(_) if beat.epoch != 0 => return Err(self.is_no_consumer_group()),
            GroupKind::Classic(classic) => classic,
        };
        let is_empty = classic.state == ClassicGroupState::Empty;
        let mut group =
            if is_empty { ConsumerGroup::new(&self.id) } else { ConsumerGroup::from_classic(&self.id, classic, view)? };
        let reply = group.heartbeat(beat, view, effects)?;
        classic.send_away(ErrorCode::REBALANCE_IN_PROGRESS, effects);
        group.start_sessions(effects);
        self.kind = GroupKind::Consumer(group);
        Ok(reply)
    }

    /// Refuses a request of the consumer protocol because this group is a classic one (GROUP_ID_NOT_FOUND).
    pub fn is_no_consumer_group(&self) -> Refusal {
        Refusal::group_not_found(format!("Group {} is not a consumer group.", self.id))
    }

    /// Handles a join by the classic protocol. The answer comes through the effects, now or when all members have
    /// joined.
    pub(super) fn join(&mut self, request: JoinRequest, view: &GroupView<'_>, effects: &mut Effects) {
        // An empty consumer group has no member to migrate, so the first classic member replaces it.
        if self.is_empty() && self.consumer().is_some() {
            self.kind = GroupKind::Classic(ClassicGroup::new());
        }
        match &mut self.kind {
            GroupKind::Classic(group) => group.join(request, effects),
            GroupKind::Consumer(group) => {
                let ticket = request.ticket;
                let spoke_consumer = group.members.values().any(|member| member.classic.is_none());
                let joined = group.join_classic(request, view, effects);
                let is_stale = group.assignment_epoch < group.epoch;
                if joined.is_ok() && spoke_consumer && group.may_downgrade_without(&BTreeSet::new(), view) {
                    self.downgrade(&BTreeSet::new(), is_stale, view, effects);
                }
                effects.join(ticket, joined.unwrap_or_else(|(member_id, error)| JoinReply::error(member_id, error)));
            }
        }
    }

    /// Removes members from a consumer group, which becomes classic if all remaining members speak the classic
    /// protocol.
    pub(crate) fn fence(&mut self, leaving: &BTreeSet<String>, view: &GroupView<'_>, effects: &mut Effects) {
        let Some(group) = self.consumer_mut() else { return };
        if leaving.is_empty() {
            return;
        }
        if group.may_downgrade_without(leaving, view) {
            self.downgrade(leaving, true, view, effects);
        } else {
            group.fence(leaving, view);
        }
    }

    fn downgrade(&mut self, leaving: &BTreeSet<String>, rebalance: bool, view: &GroupView<'_>, effects: &mut Effects) {
        let Some(group) = self.consumer() else { return };
        let mut classic = group.to_classic(leaving, view);
        classic.start_sessions(effects);
        if rebalance {
            classic.prepare_rebalance(effects);
        }
        self.kind = GroupKind::Classic(classic);
    }
}

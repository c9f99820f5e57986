//! A group: its committed offsets, and its members by one of the two protocols.

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_trial_wire::ErrorCode;

use super::consumer::GroupView;
use super::{
    ClassicGroup, ClassicGroupState, ConsumerGroup, ConsumerHeartbeat, ConsumerHeartbeatReply, Effects, JoinRequest,
    Offsets,
};
use crate::{JoinReply, Refusal, TopicIdPartition};

/// A group. Its offsets stay when its protocol changes.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its id.
    pub id: Arc<str>,
    /// Its committed offsets.
    pub offsets: Offsets,
    /// Its protocol, with its members.
    pub kind: GroupKind,
}

/// The protocol of a group, with its members (`Group.GroupType`).
#[derive(Clone, Debug)]
pub enum GroupKind {
    /// JoinGroup and SyncGroup: the members assign the partitions among themselves.
    Classic(ClassicGroup),
    /// ConsumerGroupHeartbeat: the coordinator assigns the partitions (KIP-848).
    Consumer(ConsumerGroup),
}

impl Group {
    /// Kafka makes a group that nobody has joined a classic one.
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.into(), offsets: Offsets::default(), kind: GroupKind::Classic(ClassicGroup::new()) }
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

    /// The name of its type in ListGroups.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            GroupKind::Classic(_) => "classic",
            GroupKind::Consumer(_) => "consumer",
        }
    }

    /// The name of its state in ListGroups.
    pub fn state_name(&self) -> &'static str {
        match &self.kind {
            GroupKind::Classic(group) => group.state.name(),
            GroupKind::Consumer(group) => group.state_name(),
        }
    }

    /// The kind of its members, `consumer` for consumers; empty until a member has joined.
    pub fn protocol_type(&self) -> &str {
        match &self.kind {
            GroupKind::Classic(group) => group.protocol_type.as_deref().unwrap_or_default(),
            GroupKind::Consumer(_) => super::consumer_protocol::CONSUMER,
        }
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        match &self.kind {
            GroupKind::Classic(group) => group.state == ClassicGroupState::Empty,
            GroupKind::Consumer(group) => group.members.is_empty(),
        }
    }

    /// How many rebalances it has seen: the generation of a classic group, the epoch of a consumer group.
    pub fn generation(&self) -> i32 {
        match &self.kind {
            GroupKind::Classic(group) => group.generation,
            GroupKind::Consumer(group) => group.epoch,
        }
    }

    /// The client ids of its members.
    pub fn client_ids(&self) -> Vec<String> {
        match &self.kind {
            GroupKind::Classic(group) => group.members.values().map(|member| member.client_id.clone()).collect(),
            GroupKind::Consumer(group) => group.members.values().map(|member| member.client_id.clone()).collect(),
        }
    }

    /// Whether a commit to these partitions may come now and from this member. `generation` is its member epoch in a
    /// consumer group.
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

    /// Whether offsets may become part of a transaction now and from this member.
    pub fn validate_transactional_commit(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
        partitions: &[TopicIdPartition],
    ) -> Result<(), ErrorCode> {
        match &self.kind {
            GroupKind::Classic(group) => group.validate_transactional_commit(member, instance, generation),
            GroupKind::Consumer(_) if generation == -1 && member.is_empty() && instance.is_none() => Ok(()),
            GroupKind::Consumer(group) => match group.validate_commit(member, generation, partitions) {
                // Producers know generations, not epochs.
                Err(ErrorCode::STALE_MEMBER_EPOCH) => Err(ErrorCode::ILLEGAL_GENERATION),
                checked => checked,
            },
        }
    }

    /// Whether a client outside of the group may delete committed offsets now.
    pub fn validate_offset_delete(&self) -> Result<(), ErrorCode> {
        match &self.kind {
            GroupKind::Classic(group) => group.validate_offset_delete(),
            GroupKind::Consumer(_) => Ok(()),
        }
    }

    /// Whether a member reads the topic.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        match &self.kind {
            GroupKind::Classic(group) => group.is_subscribed_to(topic),
            GroupKind::Consumer(group) => group.is_subscribed_to(topic),
        }
    }

    /// A member's heartbeat by the consumer protocol. A member that joins turns a classic group into a consumer group.
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

    /// A member joins by the classic protocol. The answer comes through the effects, now or when the others have joined.
    pub(super) fn join(&mut self, request: JoinRequest, view: &GroupView<'_>, effects: &mut Effects) {
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

    /// Removes members from a consumer group. The group becomes classic when no member is left that speaks the consumer
    /// protocol.
    pub(super) fn fence(&mut self, leaving: &BTreeSet<String>, view: &GroupView<'_>, effects: &mut Effects) {
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

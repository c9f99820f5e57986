//! ConsumerGroupHeartbeat lets a member join, report its partitions and learn its assignment.

use std::collections::BTreeSet;

use kafka_trial_wire::ErrorCode;

use super::reconcile::Reconciliation;
use super::{ConsumerGroup, ConsumerMember, Effects, GroupView, MemberState};
use crate::{Refusal, TopicIdPartition};

/// The epoch of a static member that is away for a while
/// (`ConsumerGroupHeartbeatRequest.LEAVE_GROUP_STATIC_MEMBER_EPOCH`).
pub(crate) const LEFT_FOR_A_WHILE: i32 = -2;

/// A member's heartbeat. A field that has not changed since the member sent it last may be left out.
#[derive(Clone, Debug)]
pub struct ConsumerHeartbeat {
    /// The member's id.
    pub member_id: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// The member epoch; 0 when the member joins.
    pub epoch: i32,
    /// `client.rack` of the client; `None` when it has not changed.
    pub rack_id: Option<String>,
    /// `client.id` of the client.
    pub client_id: String,
    /// The address that the client connects from.
    pub client_host: String,
    /// How long the member may take to revoke partitions, in milliseconds; `None` when it has not changed.
    pub rebalance_timeout_ms: Option<i32>,
    /// The topics that the member subscribes to by name; `None` when they have not changed.
    pub names: Option<BTreeSet<String>>,
    /// The regular expression that the member subscribes to; `None` when it has not changed.
    pub regex: Option<String>,
    /// The assignor that the member asks for (`group.remote.assignor`); `None` when it has not changed.
    pub assignor: Option<String>,
    /// The partitions that the member owns; `None` when they have not changed.
    pub owned: Option<BTreeSet<TopicIdPartition>>,
}

impl ConsumerHeartbeat {
    /// Returns whether the heartbeat has all fields: the member may then not know its assignment.
    fn is_full(&self) -> bool {
        let is_subscribed = self.names.is_some() || self.regex.is_some();
        self.epoch == 0 || self.rebalance_timeout_ms.is_some() && is_subscribed && self.owned.is_some()
    }
}

/// The answer to a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerHeartbeatReply {
    /// The member's id.
    pub member_id: String,
    /// The member's epoch from now on.
    pub epoch: i32,
    /// The member's partitions; `None` when they have not changed and the member knows them.
    pub assignment: Option<BTreeSet<TopicIdPartition>>,
}

impl ConsumerGroup {
    /// Handles a member's heartbeat, including a join (`GroupMetadataManager.consumerGroupHeartbeat`). A refused
    /// heartbeat changes nothing.
    pub(crate) fn heartbeat(
        &mut self,
        beat: ConsumerHeartbeat,
        view: &GroupView<'_>,
        effects: &mut Effects,
    ) -> Result<ConsumerHeartbeatReply, Refusal> {
        self.check_room(&beat.member_id, view)?;
        let before = self.find(&beat)?;
        let mut member = before.clone();
        let is_full = beat.is_full();
        member.instance_id = beat.instance_id.or(member.instance_id);
        member.rack_id = beat.rack_id.or(member.rack_id);
        member.rebalance_timeout_ms = beat.rebalance_timeout_ms.unwrap_or(member.rebalance_timeout_ms);
        member.assignor = beat.assignor.or(member.assignor);
        member.names = beat.names.unwrap_or(member.names);
        member.regex = beat.regex.unwrap_or(member.regex);
        member.client_id = beat.client_id;
        member.client_host = beat.client_host;
        // A classic member that sends this heartbeat has moved to the consumer protocol.
        member.classic = None;
        let id = member.id.clone();
        let regexes_refreshed_at = self.regexes_refreshed_at();
        self.bring_on(&before, member, beat.owned.as_ref(), view, effects)?;
        if let Some(member) = self.members.get_mut(&id) {
            let session_ms = view.config.session_timeout_ms;
            member.deadlines.session = Some(effects.now.plus_millis(session_ms.into()));
            member.deadlines.join = None;
            member.deadlines.sync = None;
        }
        self.arm(&id, effects);
        let member = self.members.get(&id).unwrap_or(&before);
        let tells = is_full || member.assigned != before.assigned;
        let reply = ConsumerHeartbeatReply {
            epoch: member.epoch,
            assignment: tells.then(|| member.assigned.keys().copied().collect()),
            member_id: id,
        };
        // Kafka resolves expressions in the background, so this answer does not include their topics yet.
        self.refresh_regexes(regexes_refreshed_at, view, effects.now);
        Ok(reply)
    }

    /// Refuses a new member when the group has reached `group.consumer.max.size` (`throwIfConsumerGroupIsFull`).
    pub(super) fn check_room(&self, member: &str, view: &GroupView<'_>) -> Result<(), Refusal> {
        let limit = view.config.max_size;
        if self.members.len() < limit || self.members.contains_key(member) {
            return Ok(());
        }
        let message = format!("The consumer group has reached its maximum capacity of {limit} members.");
        Err(Refusal::new(ErrorCode::GROUP_MAX_SIZE_REACHED, message))
    }

    /// Returns the member that sent the heartbeat, in its state before; a joining member may be new.
    fn find(&self, beat: &ConsumerHeartbeat) -> Result<ConsumerMember, Refusal> {
        let id = &beat.member_id;
        let joins = beat.epoch == 0;
        let Some(instance) = &beat.instance_id else {
            return match self.members.get(id) {
                Some(member) => self.check_epoch(member, beat).map(|()| member.clone()),
                None if joins => Ok(ConsumerMember::new(id)),
                None => Err(Refusal::unknown_member(id, &self.id)),
            };
        };
        match self.static_member(instance) {
            None if joins => Ok(self.members.get(id).cloned().unwrap_or_else(|| ConsumerMember::new(id))),
            Some(owner) if joins => {
                // A static member's place is free after its owner has left, or when the owner speaks the classic
                // protocol.
                if owner.classic.is_none() && owner.epoch != LEFT_FOR_A_WHILE {
                    let message = format!(
                        "Static member {id} with instance id {instance} cannot join the group because the instance id is owned by {} member.",
                        owner.id
                    );
                    return Err(Refusal::new(ErrorCode::UNRELEASED_INSTANCE_ID, message));
                }
                Ok(owner.renamed(id))
            }
            _ => {
                let member = self.check_instance(id, instance)?;
                self.check_epoch(member, beat)?;
                Ok(member.clone())
            }
        }
    }

    /// Returns the static member `instance`, which must have this id.
    pub(super) fn check_instance(&self, id: &str, instance: &str) -> Result<&ConsumerMember, Refusal> {
        let unknown = || Refusal::new(ErrorCode::UNKNOWN_MEMBER_ID, format!("Instance id {instance} is unknown."));
        let owner = self.static_member(instance).ok_or_else(unknown)?;
        if owner.id == id {
            return Ok(owner);
        }
        let message = format!("Static member {id} with instance id {instance} was fenced by member {}.", owner.id);
        Err(Refusal::new(ErrorCode::FENCED_INSTANCE_ID, message))
    }

    /// Checks the epoch: it must be the member's, or its previous one while the member owns no more than its
    /// assignment. The answer with the new epoch may have been lost
    /// (`GroupMetadataManager.throwIfConsumerGroupMemberEpochIsInvalid`).
    fn check_epoch(&self, member: &ConsumerMember, beat: &ConsumerHeartbeat) -> Result<(), Refusal> {
        let (said, known) = (beat.epoch, member.epoch);
        let owns_its_own = || {
            let is_assigned = |partition: &TopicIdPartition| member.assigned.contains_key(partition);
            beat.owned.as_ref().is_some_and(|owned| owned.iter().all(is_assigned))
        };
        let comparison = if said == 0 || said == known {
            return Ok(());
        } else if said > known {
            "greater"
        } else if said == member.previous_epoch && owns_its_own() {
            return Ok(());
        } else {
            "smaller"
        };
        let message = format!(
            "The consumer group member has a {comparison} member epoch ({said}) than the one known by the group coordinator ({known}). The member must abandon all its partitions and rejoin."
        );
        Err(Refusal::new(ErrorCode::FENCED_MEMBER_EPOCH, message))
    }

    /// Stores a member and applies the consequences: a new group epoch, a new target, the member's next step towards
    /// it. `before` is the member's former state.
    pub(super) fn bring_on(
        &mut self,
        before: &ConsumerMember,
        member: ConsumerMember,
        owned: Option<&BTreeSet<TopicIdPartition>>,
        view: &GroupView<'_>,
        effects: &Effects,
    ) -> Result<(), Refusal> {
        let names_changed = before.names != member.names;
        let regex = self.change_regex(&before.regex, &member.regex)?;
        let id = member.id.clone();
        let is_new = !self.members.contains_key(&id);
        let predecessor = member.instance_id.as_ref().and_then(|instance| self.instances.get(instance)).cloned();
        if let Some((_, target)) = predecessor.filter(|other| *other != id).and_then(|other| self.take(&other)) {
            self.take_over(&id, target);
        }
        self.insert(member);
        let topics = self.subscribed_topics(view);
        if names_changed || regex.is_resolved || topics != self.topics {
            self.epoch += 1;
            self.topics = topics;
        }
        self.update_target(is_new.then_some(id.as_str()), view, effects.now);
        if is_new {
            self.order.grow(self.members.len().saturating_sub(1));
        }
        self.reconcile(&id, names_changed || regex.is_changed, owned, view, effects);
        Ok(())
    }

    fn reconcile(
        &mut self,
        id: &str,
        subscription_changed: bool,
        owned: Option<&BTreeSet<TopicIdPartition>>,
        view: &GroupView<'_>,
        effects: &Effects,
    ) {
        let Some(mut member) = self.members.get(id).cloned() else { return };
        if !subscription_changed && member.is_reconciled_to(self.assignment_epoch) {
            return;
        }
        let reconciliation = Reconciliation {
            target_epoch: self.assignment_epoch,
            target: self.target.get(id).map_or(&[], Vec::as_slice),
            subscribed: &self.topics_of(&member, view),
            subscription_changed,
            owned,
            taken: &self.taken_by_others(id),
        };
        // A classic member has a deadline for its next JoinGroup, not for its revocation.
        if reconciliation.step(&mut member) && member.classic.is_none() {
            let is_to_revoke = member.state == MemberState::UnrevokedPartitions;
            let ends = effects.now.plus_millis(member.rebalance_timeout_ms.into());
            member.deadlines.rebalance = is_to_revoke.then_some(ends);
        }
        self.insert(member);
    }
}

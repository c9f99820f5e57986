//! A group of the classic protocol has members that agree on a leader, an assignor and an assignment.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::ErrorCode;

use super::super::consumer_protocol::CONSUMER;
use super::join::InitialDelay;
use super::vote::KnownProtocols;
use super::{ClassicMember, Effects};
use crate::{GroupTimer, JoinReply, SyncReply, Time};

/// The state of a classic group (`ClassicGroupState`). A deleted group is not kept, so there is no `Dead`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassicGroupState {
    /// The group has no members; it may have committed offsets.
    Empty,
    /// The members must join again.
    PreparingRebalance,
    /// All members have joined; the leader has not sent the assignment yet.
    CompletingRebalance,
    /// Every member has an assignment.
    Stable,
}

impl ClassicGroupState {
    /// Returns the state's name as ListGroups and DescribeGroups show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// A group of the classic protocol.
#[derive(Clone, Debug)]
pub struct ClassicGroup {
    /// The state of the group.
    pub state: ClassicGroupState,
    /// How many rebalances the group has completed.
    pub generation: i32,
    /// `consumer` for consumers; `None` until the first member joins.
    pub protocol_type: Option<String>,
    /// The assignor that the members have elected.
    pub protocol: Option<String>,
    /// The id of the member that assigns the partitions.
    pub leader: Option<String>,
    /// The members by id.
    pub members: BTreeMap<String, ClassicMember>,
    pub(super) known: KnownProtocols,
    /// Member ids that the coordinator has handed out and that have not joined yet, each with the end of its session
    /// (KIP-394).
    pub pending: BTreeMap<String, Time>,
    /// Static members by instance id.
    pub instances: BTreeMap<String, String>,
    /// Members that have not sent SyncGroup in this generation.
    pub pending_sync: BTreeSet<String>,
    /// Counts the join phases, so that the timer of an earlier phase is recognised.
    pub(super) round: u64,
    /// The wait for the first members; `None` otherwise.
    pub(super) initial_delay: Option<InitialDelay>,
    /// Counts the members that have joined, which orders them by arrival.
    pub(crate) arrivals: u64,
    /// Since when the group has been in its state.
    pub(crate) state_since: Time,
    /// The group as it was written down last: a different coordinator would load this.
    pub(super) written: Option<Box<ClassicGroup>>,
}

impl ClassicGroup {
    pub(crate) fn new() -> Self {
        Self {
            state: ClassicGroupState::Empty,
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            known: KnownProtocols::default(),
            pending: BTreeMap::new(),
            instances: BTreeMap::new(),
            pending_sync: BTreeSet::new(),
            round: 0,
            initial_delay: None,
            arrivals: 0,
            state_since: Time::default(),
            written: None,
        }
    }

    /// The group is in another state from now on.
    pub(super) fn enter(&mut self, state: ClassicGroupState, effects: &Effects) {
        self.state = state;
        self.state_since = effects.now;
    }

    /// A stable group of consumers, before it takes over the members of a consumer group.
    pub(crate) fn taken_over(generation: i32) -> Self {
        let (state, protocol_type) = (ClassicGroupState::Stable, Some(CONSUMER.to_owned()));
        Self { state, generation, protocol_type, ..Self::new() }
    }

    /// Starts the sessions of members that were taken over from the consumer protocol or from a former coordinator.
    pub(crate) fn start_sessions(&mut self, effects: &mut Effects) {
        self.keep();
        for id in self.members.keys().cloned().collect::<Vec<_>>() {
            self.touch(&id, effects);
        }
    }

    /// Answers all waiting members with `error`: the group continues under the other protocol or on a different broker.
    pub(crate) fn send_away(&mut self, error: ErrorCode, effects: &mut Effects) {
        for member in self.members.values_mut() {
            if let Some(ticket) = member.awaiting_join.take() {
                effects.join(ticket, JoinReply::error(&member.id, error));
            }
        }
        self.refuse_syncs(error, effects);
    }

    /// Checks that the member is in the group, and that a static member still owns its instance id
    /// (`ClassicGroup.validateMember`).
    pub(crate) fn validate_member(&self, member: &str, instance: Option<&str>) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            return match self.instances.get(instance) {
                None => Err(ErrorCode::UNKNOWN_MEMBER_ID),
                Some(current) if current != member => Err(ErrorCode::FENCED_INSTANCE_ID),
                Some(_) => Ok(()),
            };
        }
        if self.members.contains_key(member) { Ok(()) } else { Err(ErrorCode::UNKNOWN_MEMBER_ID) }
    }

    /// Handles a member's heartbeat (`GroupMetadataManager.classicGroupHeartbeatToClassicGroup`).
    pub(crate) fn heartbeat(
        &mut self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
        effects: &mut Effects,
    ) -> Result<(), ErrorCode> {
        self.validate_member(member, instance)?;
        if generation != self.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        self.touch(member, effects);
        match self.state {
            ClassicGroupState::Empty => Err(ErrorCode::UNKNOWN_MEMBER_ID),
            ClassicGroupState::PreparingRebalance => Err(ErrorCode::REBALANCE_IN_PROGRESS),
            // Members send heartbeats as soon as JoinGroup is answered, before the leader has sent the
            // assignment.
            ClassicGroupState::CompletingRebalance | ClassicGroupState::Stable => Ok(()),
        }
    }

    /// Restarts a member's session, because it has sent a request.
    pub(crate) fn touch(&mut self, member: &str, effects: &mut Effects) {
        if let Some(member) = self.members.get_mut(member) {
            member.session_ends = effects.now.plus_millis(member.session_timeout_ms.into());
            member.arm(effects);
        }
    }

    /// Handles a timer of the group.
    pub(crate) fn due(&mut self, timer: GroupTimer, effects: &mut Effects) {
        match timer {
            GroupTimer::JoinEnds { round } => self.join_ends(round, effects),
            GroupTimer::SyncEnds { generation } => self.sync_ends(generation, effects),
            GroupTimer::Session { member } => self.session_ends(&member, effects),
        }
    }

    /// Removes a member whose session has ended; a session that was restarted gets a new timer.
    fn session_ends(&mut self, id: &str, effects: &mut Effects) {
        if let Some(ends) = self.pending.get(id).copied() {
            if ends <= effects.now {
                self.pending.remove(id);
                // The join phase also waits for pending members, so it may be complete without this one.
                if self.state == ClassicGroupState::PreparingRebalance {
                    self.maybe_complete_join(effects);
                }
            }
            return;
        }
        let Some(member) = self.members.get_mut(id) else { return };
        // A member cannot send heartbeats while it waits for an answer (`ClassicGroupMember.hasSatisfiedHeartbeat`).
        if member.is_waiting() {
            member.session_ends = effects.now.plus_millis(member.session_timeout_ms.into());
        }
        if member.session_ends > effects.now {
            member.arm(effects);
            return;
        }
        effects.expired(id);
        self.remove_member(id, effects);
        self.after_removal(effects);
    }

    /// Removes a member at once, as the end of its session would.
    pub(crate) fn expire(&mut self, id: &str, effects: &mut Effects) {
        if self.members.contains_key(id) {
            effects.expired(id);
            self.remove_member(id, effects);
            self.after_removal(effects);
        }
    }

    /// Handles a LeaveGroup, and returns the id of the member that left
    /// (`GroupMetadataManager.classicGroupLeaveToClassicGroup`).
    pub(crate) fn leave(
        &mut self,
        member: &str,
        instance: Option<&str>,
        effects: &mut Effects,
    ) -> Result<String, ErrorCode> {
        let id = match instance {
            // An administrator may remove a static member by its instance id alone.
            Some(instance) => {
                let current = self.instances.get(instance).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
                if !member.is_empty() && current != member {
                    return Err(ErrorCode::FENCED_INSTANCE_ID);
                }
                current.clone()
            }
            None => member.to_owned(),
        };
        if self.pending.remove(&id).is_none() && self.remove_member(&id, effects).is_none() {
            return Err(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        self.after_removal(effects);
        Ok(id)
    }

    /// Removes a member and answers its waiting requests: they may come from a different, open connection
    /// (`GroupMetadataManager.removeMemberAndUpdateClassicGroup` does so for joins).
    pub(super) fn remove_member(&mut self, id: &str, effects: &mut Effects) -> Option<ClassicMember> {
        let mut member = self.take_member(id)?;
        let error = ErrorCode::UNKNOWN_MEMBER_ID;
        if let Some(ticket) = member.awaiting_join.take() {
            effects.join(ticket, JoinReply::error("", error));
        }
        if let Some(ticket) = member.awaiting_sync.take() {
            effects.sync(ticket, SyncReply::error(error));
        }
        if let Some(instance) = &member.instance_id {
            self.instances.remove(instance);
        }
        self.pending_sync.remove(id);
        if self.leader.as_deref() == Some(id) {
            self.leader = self.earliest(|_| true);
        }
        Some(member)
    }

    /// Rebalances after members have left, or completes a join phase that waited for them.
    fn after_removal(&mut self, effects: &mut Effects) {
        match self.state {
            ClassicGroupState::Stable | ClassicGroupState::CompletingRebalance => self.prepare_rebalance(effects),
            ClassicGroupState::PreparingRebalance => self.maybe_complete_join(effects),
            ClassicGroupState::Empty => {}
        }
    }

    /// Returns the id of the earliest member that fits.
    pub(super) fn earliest(&self, fits: impl Fn(&ClassicMember) -> bool) -> Option<String> {
        self.members.values().filter(|member| fits(member)).min_by_key(|member| member.arrival).map(|m| m.id.clone())
    }

    /// Returns how long a rebalance may take, in milliseconds: the longest time-out of all members.
    pub(super) fn rebalance_timeout_ms(&self) -> i64 {
        self.members.values().map(|member| i64::from(member.rebalance_timeout_ms)).max().unwrap_or(0)
    }
}

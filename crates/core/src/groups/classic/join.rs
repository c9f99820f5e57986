//! JoinGroup gathers the members of the next generation.

use bytes::Bytes;
use kafka_trial_wire::ErrorCode;

use super::super::consumer_protocol::{CONSUMER, Unreadable, read_topics};
use super::{ClassicGroup, ClassicGroupState, ClassicMember, Effects};
use crate::{GroupTimer, JoinReply, JoinedMember, SyncReply, TicketId, Time};

/// A member's JoinGroup request.
#[derive(Clone, Debug)]
pub struct JoinRequest {
    /// The ticket under which the request is answered.
    pub ticket: TicketId,
    /// The member's id; empty for a new member.
    pub member_id: String,
    /// The id that a new member gets; `State::join_group` sets it.
    pub fresh_id: String,
    /// `group.instance.id` of a static member (KIP-345).
    pub instance_id: Option<String>,
    /// `client.id` of the client.
    pub client_id: String,
    /// The address that the client connects from.
    pub client_host: String,
    /// The members' protocol type: `consumer` for consumers, `connect` for Connect's workers.
    pub protocol_type: String,
    /// The assignors by preference, each with the subscription in its own encoding.
    pub protocols: Vec<(String, Bytes)>,
    /// How long the member may be silent, in milliseconds.
    pub session_timeout_ms: i32,
    /// How long the member may take to join again, in milliseconds; before version 1 its session time-out.
    pub rebalance_timeout_ms: i32,
    /// Whether a new member must first learn its id, as since version 4 (KIP-394).
    pub require_known_id: bool,
    /// How many members the group may have (`group.max.size`).
    pub max_size: usize,
}

impl JoinRequest {
    /// Returns a request with empty fields and no limit on the group's size.
    pub fn new(ticket: TicketId) -> Self {
        Self {
            ticket,
            member_id: String::new(),
            fresh_id: String::new(),
            instance_id: None,
            client_id: String::new(),
            client_host: String::new(),
            protocol_type: String::new(),
            protocols: Vec::new(),
            session_timeout_ms: 0,
            rebalance_timeout_ms: 0,
            require_known_id: false,
            max_size: usize::MAX,
        }
    }
}

/// The wait for the first members of a group (`group.initial.rebalance.delay.ms`, KIP-134).
#[derive(Clone, Copy, Debug)]
pub(super) struct InitialDelay {
    /// The time by which the wait may still be extended, in milliseconds.
    rest_ms: i64,
    /// Whether a member has joined since the last extension.
    newcomer: bool,
}

/// Returns whether the subscription makes Kafka's coordinator fail. Kafka then answers no member that has joined; here
/// only the sender is refused.
fn is_broken((_, metadata): &(String, Bytes)) -> bool {
    read_topics(metadata.clone()) == Err(Unreadable::Broken)
}

impl ClassicGroup {
    /// Handles a member's join. The answer comes through the effects, now or when all members have joined.
    pub(crate) fn join(&mut self, request: JoinRequest, effects: &mut Effects) {
        let (ticket, asked_as) = (request.ticket, request.member_id.clone());
        if let Err((member_id, error)) = self.try_join(request, effects) {
            let member_id = member_id.unwrap_or(asked_as);
            effects.join(ticket, JoinReply::error(member_id, error));
        }
    }

    fn try_join(&mut self, request: JoinRequest, effects: &mut Effects) -> Result<(), (Option<String>, ErrorCode)> {
        let known = self.members.contains_key(&request.member_id);
        // During a rebalance only the members that have joined count against `group.max.size`, not those of the former
        // generation (`GroupMetadataManager.acceptJoiningMember`).
        if !known && self.members.values().filter(|m| m.awaiting_join.is_some()).count() >= request.max_size
            || !known && self.state != ClassicGroupState::PreparingRebalance && self.members.len() >= request.max_size
        {
            return Err((Some(String::new()), ErrorCode::GROUP_MAX_SIZE_REACHED));
        }
        // `ClassicGroup.supportsProtocols`.
        if !self.supports(&request.protocol_type, &request.protocols) {
            return Err((None, ErrorCode::INCONSISTENT_GROUP_PROTOCOL));
        }
        if request.protocol_type == CONSUMER && request.protocols.iter().any(is_broken) {
            return Err((None, ErrorCode::UNKNOWN_SERVER_ERROR));
        }
        if request.member_id.is_empty() { self.join_new(request, effects) } else { self.join_known(request, effects) }
    }

    /// Handles the join of a member without an id (`classicGroupJoinNewMember`).
    fn join_new(&mut self, request: JoinRequest, effects: &mut Effects) -> Result<(), (Option<String>, ErrorCode)> {
        let id = request.fresh_id.clone();
        if let Some(instance) = &request.instance_id {
            return match self.instances.get(instance).cloned() {
                Some(old) => {
                    self.replace_static(&old, request, effects);
                    Ok(())
                }
                None => {
                    self.add(id, request, effects);
                    Ok(())
                }
            };
        }
        if request.require_known_id {
            let ends = effects.now.plus_millis(request.session_timeout_ms.into());
            self.pending.insert(id.clone(), ends);
            effects.timers.push((ends, GroupTimer::Session { member: id.clone() }));
            return Err((Some(id), ErrorCode::MEMBER_ID_REQUIRED));
        }
        self.add(id, request, effects);
        Ok(())
    }

    /// Handles the join of a member with an id (`classicGroupJoinExistingMember`).
    fn join_known(&mut self, request: JoinRequest, effects: &mut Effects) -> Result<(), (Option<String>, ErrorCode)> {
        let id = request.member_id.clone();
        if self.pending.contains_key(&id) {
            // A pending member is never static: only members without an instance id are sent MEMBER_ID_REQUIRED.
            if request.instance_id.is_some() {
                return Err((None, ErrorCode::UNKNOWN_MEMBER_ID));
            }
            self.pending.remove(&id);
            self.add(id, request, effects);
            return Ok(());
        }
        self.validate_member(&id, request.instance_id.as_deref()).map_err(|error| (None, error))?;
        let unchanged = self.members.get(&id).is_some_and(|member| member.matches(&request.protocols));
        let is_leader = self.leader.as_deref() == Some(id.as_str());
        match self.state {
            // The member belongs to an earlier generation and must join as a new one.
            ClassicGroupState::Empty => return Err((None, ErrorCode::UNKNOWN_MEMBER_ID)),
            ClassicGroupState::PreparingRebalance => {
                self.update(&id, request, effects);
                self.maybe_complete_join(effects);
            }
            // The answer to the member's first join may have been lost.
            ClassicGroupState::CompletingRebalance if unchanged => {
                self.answer_current(&id, request.ticket, None, effects);
            }
            // Only the leader can force a rebalance without a change, for example when a topic gets more
            // partitions.
            ClassicGroupState::Stable if unchanged && !is_leader => {
                self.answer_current(&id, request.ticket, None, effects);
            }
            ClassicGroupState::CompletingRebalance | ClassicGroupState::Stable => {
                self.update(&id, request, effects);
                self.prepare_rebalance(effects);
            }
        }
        Ok(())
    }

    fn add(&mut self, id: String, request: JoinRequest, effects: &mut Effects) {
        self.arrivals += 1;
        if let Some(delay) = &mut self.initial_delay {
            delay.newcomer = true;
        }
        if self.members.is_empty() {
            self.protocol_type = Some(request.protocol_type);
        }
        if let Some(instance) = &request.instance_id {
            self.instances.insert(instance.clone(), id.clone());
        }
        self.leader.get_or_insert_with(|| id.clone());
        let member = ClassicMember {
            id: id.clone(),
            instance_id: request.instance_id,
            client_id: request.client_id,
            client_host: request.client_host,
            session_timeout_ms: request.session_timeout_ms,
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            protocols: request.protocols,
            assignment: Bytes::new(),
            awaiting_join: Some(request.ticket),
            awaiting_sync: None,
            session_ends: Time::default(),
            session_timer: Time::default(),
            arrival: self.arrivals,
        };
        self.put_member(member);
        self.touch(&id, effects);
        match self.state {
            ClassicGroupState::PreparingRebalance => self.maybe_complete_join(effects),
            _ => self.prepare_rebalance(effects),
        }
    }

    fn update(&mut self, id: &str, request: JoinRequest, effects: &mut Effects) {
        if let Some(mut member) = self.take_member(id) {
            member.protocols = request.protocols;
            member.session_timeout_ms = request.session_timeout_ms;
            member.rebalance_timeout_ms = request.rebalance_timeout_ms;
            if let Some(earlier) = member.awaiting_join.replace(request.ticket) {
                effects.join(earlier, JoinReply::error(id, ErrorCode::UNKNOWN_MEMBER_ID));
            }
            self.put_member(member);
        }
        self.touch(id, effects);
    }

    /// Gives a static member that returns a new member id and fences its old one (KIP-345). In a stable group no
    /// rebalance follows, even after a change of the subscription, unless the members elect a different assignor
    /// (`GroupMetadataManager.updateStaticMemberThenRebalanceOrCompleteJoin`).
    fn replace_static(&mut self, old: &str, request: JoinRequest, effects: &mut Effects) {
        let id = request.fresh_id.clone();
        let Some(mut member) = self.take_member(old) else { return };
        if let Some(ticket) = member.awaiting_join.take() {
            effects.join(ticket, JoinReply::error(old, ErrorCode::FENCED_INSTANCE_ID));
        }
        if let Some(ticket) = member.awaiting_sync.take() {
            effects.sync(ticket, SyncReply::error(ErrorCode::FENCED_INSTANCE_ID));
        }
        if self.pending_sync.remove(old) {
            self.pending_sync.insert(id.clone());
        }
        let was_leader = self.leader.as_deref() == Some(old);
        if was_leader {
            self.leader = Some(id.clone());
        }
        if let Some(instance) = &request.instance_id {
            self.instances.insert(instance.clone(), id.clone());
        }
        member.id.clone_from(&id);
        member.client_id = request.client_id;
        member.client_host = request.client_host;
        member.session_timeout_ms = request.session_timeout_ms;
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
        member.protocols = request.protocols;
        member.session_timer = Time::default();
        self.put_member(member);
        self.touch(&id, effects);
        if self.state == ClassicGroupState::Stable && self.elect_protocol() == self.protocol {
            // From version 9 the leader learns that it must skip the assignment (KIP-814). Before that it learns that
            // the replaced member leads, so it computes no assignment.
            let leader = if was_leader { Some(old) } else { None };
            self.answer_current(&id, request.ticket, leader, effects);
            self.write(effects);
            return;
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.awaiting_join = Some(request.ticket);
        }
        match self.state {
            ClassicGroupState::PreparingRebalance => self.maybe_complete_join(effects),
            _ => self.prepare_rebalance(effects),
        }
    }

    /// Answers a join with the current generation; `replaced` is the leader that a returning static member replaces.
    fn answer_current(&mut self, id: &str, ticket: TicketId, replaced: Option<&str>, effects: &mut Effects) {
        let leads = self.leader.as_deref() == Some(id);
        let reply = JoinReply {
            error: ErrorCode::NONE,
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            member_id: id.to_owned(),
            members: if leads { self.described_members() } else { Vec::new() },
            replaced_leader: replaced.map(str::to_owned),
        };
        effects.join(ticket, reply);
        self.touch(id, effects);
    }

    fn described_members(&self) -> Vec<JoinedMember> {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let members = self.members.values().map(|member| JoinedMember {
            id: member.id.clone(),
            instance_id: member.instance_id.clone(),
            metadata: member.metadata(protocol),
        });
        members.collect()
    }

    /// Starts a rebalance: all members must join again (`GroupMetadataManager.prepareRebalance`).
    pub(crate) fn prepare_rebalance(&mut self, effects: &mut Effects) {
        if self.state == ClassicGroupState::CompletingRebalance {
            self.refuse_syncs(ErrorCode::REBALANCE_IN_PROGRESS, effects);
        }
        self.pending_sync.clear();
        let first_members = self.state == ClassicGroupState::Empty;
        self.enter(ClassicGroupState::PreparingRebalance, effects);
        self.round += 1;
        let round = self.round;
        if !first_members {
            effects.timer(self.rebalance_timeout_ms(), GroupTimer::JoinEnds { round });
            self.maybe_complete_join(effects);
            return;
        }
        let delay = effects.initial_rebalance_delay_ms;
        if delay <= 0 {
            self.complete_join(effects);
            return;
        }
        let rest_ms = (self.rebalance_timeout_ms() - delay).max(0);
        self.initial_delay = Some(InitialDelay { rest_ms, newcomer: false });
        effects.timer(delay, GroupTimer::JoinEnds { round });
    }

    /// Completes the join phase when all members have joined (`maybeCompleteJoinPhase`). For the first members of a
    /// group, only the initial delay decides.
    pub(super) fn maybe_complete_join(&mut self, effects: &mut Effects) {
        let all_here = self.members.values().all(|member| member.awaiting_join.is_some()) && self.pending.is_empty();
        if self.initial_delay.is_none() && all_here {
            self.complete_join(effects);
        }
    }

    /// Ends the join phase, or extends the wait for the first members.
    pub(super) fn join_ends(&mut self, round: u64, effects: &mut Effects) {
        if round != self.round || self.state != ClassicGroupState::PreparingRebalance {
            return;
        }
        // Every newcomer extends the wait, up to the rebalance time-out
        // (`GroupMetadataManager.tryCompleteInitialRebalanceElseSchedule`).
        if let Some(InitialDelay { rest_ms, newcomer: true }) = self.initial_delay
            && rest_ms > 0
        {
            let delay = effects.initial_rebalance_delay_ms.min(rest_ms);
            self.initial_delay = Some(InitialDelay { rest_ms: rest_ms - delay, newcomer: false });
            effects.timer(delay, GroupTimer::JoinEnds { round });
            return;
        }
        self.complete_join(effects);
    }

    fn complete_join(&mut self, effects: &mut Effects) {
        self.initial_delay = None;
        // A static member keeps its place until its session ends (KIP-345).
        let gone: Vec<String> = self
            .members
            .values()
            .filter(|member| member.awaiting_join.is_none() && member.instance_id.is_none())
            .map(|member| member.id.clone())
            .collect();
        for id in gone {
            effects.expired(&id);
            self.remove_member(&id, effects);
        }
        let leader_is_here = self
            .leader
            .as_ref()
            .and_then(|id| self.members.get(id))
            .is_some_and(|leader| leader.awaiting_join.is_some());
        if !leader_is_here {
            match self.earliest(|member| member.awaiting_join.is_some()) {
                Some(next) => self.leader = Some(next),
                // Only static members are left and none has joined again: Kafka waits for as long once more
                // (`GroupMetadataManager.completeClassicGroupJoin`).
                None if !self.members.is_empty() => {
                    let round = self.round;
                    effects.timer(self.rebalance_timeout_ms(), GroupTimer::JoinEnds { round });
                    return;
                }
                None => {}
            }
        }
        self.generation += 1;
        self.pending_sync.clear();
        effects.rebalanced(self.generation, self.members.len());
        if self.members.is_empty() {
            self.enter(ClassicGroupState::Empty, effects);
            self.protocol = None;
            self.leader = None;
            self.write(effects);
            return;
        }
        self.protocol = self.elect_protocol();
        self.enter(ClassicGroupState::CompletingRebalance, effects);
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            let Some(ticket) = self.members.get_mut(&id).and_then(|member| member.awaiting_join.take()) else {
                self.pending_sync.insert(id);
                continue;
            };
            self.pending_sync.insert(id.clone());
            self.answer_current(&id, ticket, None, effects);
        }
        effects.timer(self.rebalance_timeout_ms(), GroupTimer::SyncEnds { generation: self.generation });
    }
}

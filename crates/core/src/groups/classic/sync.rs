//! SyncGroup hands out the leader's assignment.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_trial_wire::ErrorCode;

use super::{ClassicGroup, ClassicGroupState, Effects};
use crate::{SyncReply, TicketId};

/// A member's SyncGroup request.
#[derive(Clone, Debug)]
pub struct SyncRequest {
    /// The ticket under which the request is answered.
    pub ticket: TicketId,
    /// The member's id.
    pub member_id: String,
    /// `group.instance.id` of a static member (KIP-345).
    pub instance_id: Option<String>,
    /// The generation that the member has joined.
    pub generation: i32,
    /// The protocol type that the answer to JoinGroup named; sent since version 5.
    pub protocol_type: Option<String>,
    /// The assignor that the answer to JoinGroup named; sent since version 5.
    pub protocol: Option<String>,
    /// Every member's assignment; only the leader sends it.
    pub assignments: BTreeMap<String, Bytes>,
}

impl ClassicGroup {
    /// Handles a member's request for its assignment. The answer comes through the effects, now or when the leader has
    /// sent the assignment.
    pub(crate) fn sync(&mut self, request: SyncRequest, effects: &mut Effects) {
        let ticket = request.ticket;
        if let Err(error) = self.try_sync(request, effects) {
            effects.sync(ticket, SyncReply::error(error));
        }
    }

    fn try_sync(&mut self, request: SyncRequest, effects: &mut Effects) -> Result<(), ErrorCode> {
        let id = request.member_id;
        self.validate_member(&id, request.instance_id.as_deref())?;
        if request.generation != self.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        let differs = |asked: Option<String>, own: &Option<String>| asked.is_some() && asked != *own;
        if differs(request.protocol_type, &self.protocol_type) || differs(request.protocol, &self.protocol) {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        match self.state {
            ClassicGroupState::Empty => Err(ErrorCode::UNKNOWN_MEMBER_ID),
            ClassicGroupState::PreparingRebalance => Err(ErrorCode::REBALANCE_IN_PROGRESS),
            ClassicGroupState::CompletingRebalance => {
                self.pending_sync.remove(&id);
                // A member waits once: its earlier request is refused.
                let earlier = self.members.get_mut(&id).and_then(|member| member.awaiting_sync.replace(request.ticket));
                if let Some(earlier) = earlier {
                    effects.sync(earlier, SyncReply::error(ErrorCode::UNKNOWN_MEMBER_ID));
                }
                self.touch(&id, effects);
                if self.leader.as_deref() == Some(id.as_str()) {
                    for member in self.members.values_mut() {
                        member.assignment = request.assignments.get(&member.id).cloned().unwrap_or_default();
                    }
                    self.enter(ClassicGroupState::Stable, effects);
                    self.answer_syncs(effects);
                    self.write(effects);
                }
                Ok(())
            }
            // The leader's assignment is there, so a late or repeated request is answered at once.
            ClassicGroupState::Stable => {
                self.pending_sync.remove(&id);
                let reply = self.assignment_of(&id);
                effects.sync(request.ticket, reply);
                self.touch(&id, effects);
                Ok(())
            }
        }
    }

    fn assignment_of(&self, id: &str) -> SyncReply {
        SyncReply {
            error: ErrorCode::NONE,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment: self.members.get(id).map(|member| member.assignment.clone()).unwrap_or_default(),
        }
    }

    fn answer_syncs(&mut self, effects: &mut Effects) {
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            if let Some(ticket) = self.members.get_mut(&id).and_then(|member| member.awaiting_sync.take()) {
                effects.sync(ticket, self.assignment_of(&id));
                self.touch(&id, effects);
            }
        }
    }

    /// Clears the assignments of this generation and answers the members that wait for one with `error`
    /// (`resetAndPropagateAssignmentWithError`).
    pub(super) fn refuse_syncs(&mut self, error: ErrorCode, effects: &mut Effects) {
        for member in self.members.values_mut() {
            member.assignment = Bytes::new();
            if let Some(ticket) = member.awaiting_sync.take() {
                effects.sync(ticket, SyncReply::error(error));
            }
        }
    }

    /// Removes the members that joined `generation` and never sent SyncGroup (`expirePendingSync`).
    pub(super) fn sync_ends(&mut self, generation: i32, effects: &mut Effects) {
        let running = matches!(self.state, ClassicGroupState::CompletingRebalance | ClassicGroupState::Stable);
        if generation != self.generation || !running || self.pending_sync.is_empty() {
            return;
        }
        for id in std::mem::take(&mut self.pending_sync) {
            effects.expired(&id);
            self.remove_member(&id, effects);
        }
        self.prepare_rebalance(effects);
    }
}

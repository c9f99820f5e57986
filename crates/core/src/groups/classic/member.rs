//! One member of a group.

use bytes::Bytes;

use super::Effects;
use crate::{GroupTimer, TicketId, Time};

/// A member, and which of its requests wait for an answer.
#[derive(Clone, Debug)]
pub struct ClassicMember {
    /// The member's id.
    pub id: String,
    /// `group.instance.id` of a static member (KIP-345).
    pub instance_id: Option<String>,
    /// `client.id` of the client.
    pub client_id: String,
    /// The address that the client connects from.
    pub client_host: String,
    /// How long the member may be silent, in milliseconds.
    pub session_timeout_ms: i32,
    /// How long the member may take to join again, in milliseconds.
    pub rebalance_timeout_ms: i32,
    /// Assignors by preference, each with the subscription it sent.
    pub protocols: Vec<(String, Bytes)>,
    /// The member's assignment of this generation, as its leader wrote it; empty before SyncGroup.
    pub assignment: Bytes,
    /// The JoinGroup request of the member that waits for its answer.
    pub awaiting_join: Option<TicketId>,
    /// The SyncGroup request of the member that waits for its answer.
    pub awaiting_sync: Option<TicketId>,
    /// When its session ends, unless it sends a request before.
    pub session_ends: Time,
    /// When the next look at its session is due.
    pub(crate) session_timer: Time,
    /// Its place in the order of joining: the first member is elected.
    pub(crate) arrival: u64,
}

impl ClassicMember {
    /// Whether it would join with the same assignors and subscriptions (`ClassicGroupMember.matches`).
    pub fn matches(&self, protocols: &[(String, Bytes)]) -> bool {
        self.protocols == protocols
    }

    /// Returns the subscription that the member sent for this assignor; empty when it does not support the assignor.
    pub fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols.iter().find(|(name, _)| name == protocol).map(|(_, bytes)| bytes.clone()).unwrap_or_default()
    }

    /// Arms a timer for the end of its session. A timer that is due earlier arms itself again.
    pub(super) fn arm(&mut self, effects: &mut Effects) {
        let is_armed = self.session_timer > effects.now && self.session_timer <= self.session_ends;
        if !is_armed {
            self.session_timer = self.session_ends;
            effects.timers.push((self.session_ends, GroupTimer::Session { member: self.id.clone() }));
        }
    }

    /// A member that waits for the coordinator's answer is alive, however long that takes.
    pub fn is_waiting(&self) -> bool {
        self.awaiting_join.is_some() || self.awaiting_sync.is_some()
    }
}

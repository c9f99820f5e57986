//! A member of a classic group has an id, a session and its waiting requests.

use bytes::Bytes;

use super::Effects;
use crate::{GroupTimer, TicketId, Time};

/// A member of a classic group (`ClassicGroupMember`).
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
    /// The member's assignors by preference, each with its subscription.
    pub protocols: Vec<(String, Bytes)>,
    /// The member's assignment of this generation, as its leader wrote it; empty before SyncGroup.
    pub assignment: Bytes,
    /// The member's JoinGroup request that waits for its answer.
    pub awaiting_join: Option<TicketId>,
    /// The member's SyncGroup request that waits for its answer.
    pub awaiting_sync: Option<TicketId>,
    /// The end of the member's session, unless it sends a request before.
    pub session_ends: Time,
    /// The time of the next check of its session.
    pub(crate) session_timer: Time,
    /// The member's number by arrival: the earliest member becomes leader.
    pub(crate) arrival: u64,
}

impl ClassicMember {
    /// Returns whether these assignors and subscriptions are the member's own (`ClassicGroupMember.matches`).
    pub fn matches(&self, protocols: &[(String, Bytes)]) -> bool {
        self.protocols == protocols
    }

    /// Returns the subscription that the member sent for this assignor; empty when it does not support the assignor.
    pub fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols.iter().find(|(name, _)| name == protocol).map(|(_, bytes)| bytes.clone()).unwrap_or_default()
    }

    /// Sets a timer for the end of the session. A timer that is due before that end sets the next one.
    pub(super) fn arm(&mut self, effects: &mut Effects) {
        let is_armed = self.session_timer > effects.now && self.session_timer <= self.session_ends;
        if !is_armed {
            self.session_timer = self.session_ends;
            effects.timers.push((self.session_ends, GroupTimer::Session { member: self.id.clone() }));
        }
    }

    /// Returns whether a request of the member waits for an answer; the member counts as alive for that time.
    pub fn is_waiting(&self) -> bool {
        self.awaiting_join.is_some() || self.awaiting_sync.is_some()
    }
}

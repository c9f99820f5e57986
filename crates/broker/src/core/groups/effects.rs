//! What a step of a group wants done outside of it.

use kafka_trial_wire::messages::{JoinGroupResponse, SyncGroupResponse};

use crate::core::{GroupTimer, Ticket, Time};

/// An answer that a group owes.
#[derive(Debug)]
pub(crate) enum GroupReply {
    Join(JoinGroupResponse),
    Sync(SyncGroupResponse),
}

/// What a step of a group's state machine wants done, and what it may know of the world.
#[derive(Debug)]
pub(crate) struct Effects {
    pub(crate) now: Time,
    pub(crate) initial_rebalance_delay_ms: i64,
    pub(crate) replies: Vec<(Ticket, GroupReply)>,
    pub(crate) timers: Vec<(Time, GroupTimer)>,
}

impl Effects {
    pub(crate) fn join(&mut self, ticket: Ticket, reply: JoinGroupResponse) {
        self.replies.push((ticket, GroupReply::Join(reply)));
    }

    pub(crate) fn sync(&mut self, ticket: Ticket, reply: SyncGroupResponse) {
        self.replies.push((ticket, GroupReply::Sync(reply)));
    }

    pub(crate) fn timer(&mut self, after_ms: i64, timer: GroupTimer) {
        self.timers.push((self.now.plus_millis(after_ms), timer));
    }
}

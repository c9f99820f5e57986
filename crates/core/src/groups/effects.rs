//! A step of a group returns its effects outside of the group.

use std::sync::Arc;

use crate::event::Event;
use crate::{Completion, GroupReply, GroupTimer, JoinReply, SyncReply, TicketId, Time};

/// The answers, timers and events of one step of a group's state machine, with the inputs of that step.
#[derive(Debug)]
pub(crate) struct Effects {
    /// The id of the group.
    pub(crate) group: Arc<str>,
    pub(crate) now: Time,
    pub(crate) initial_rebalance_delay_ms: i64,
    pub(crate) completions: Vec<Completion>,
    pub(crate) timers: Vec<(Time, GroupTimer)>,
    pub(crate) events: Vec<Event>,
    /// A classic group has changed in a way that its next coordinator is to know.
    pub(crate) is_written: bool,
}

impl Effects {
    pub(crate) fn join(&mut self, ticket: TicketId, reply: JoinReply) {
        self.completions.push(Completion { ticket, reply: GroupReply::Join(reply) });
    }

    pub(crate) fn sync(&mut self, ticket: TicketId, reply: SyncReply) {
        self.completions.push(Completion { ticket, reply: GroupReply::Sync(reply) });
    }

    pub(crate) fn timer(&mut self, after_ms: i64, timer: GroupTimer) {
        self.timers.push((self.now.plus_millis(after_ms), timer));
    }

    /// Notes that the group has a new generation or epoch.
    pub(crate) fn rebalanced(&mut self, generation: i32, members: usize) {
        self.events.push(Event::GroupRebalanced { group: Arc::clone(&self.group), generation, members });
    }

    /// Notes that a member missed a deadline.
    pub(crate) fn expired(&mut self, member: &str) {
        self.events.push(Event::MemberExpired { group: Arc::clone(&self.group), member: member.to_owned() });
    }
}

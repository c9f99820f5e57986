//! What is due when. A timer is a fact to look at, not a callback: whoever handles it checks that it still matters.

use std::collections::BTreeMap;

use super::{TicketId, Time};

/// Something that becomes due.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// A parked fetch has waited its `max_wait_ms`.
    FetchExpires(TicketId),
    /// A group has something to look at; see [`GroupTimer`].
    Group { group: String, timer: GroupTimer },
    /// A transaction has lasted for its time-out, unless it was ended before.
    TransactionExpires { id: String, round: u64 },
    /// The markers of a transaction that is being ended are to be written.
    Markers { id: String, round: u64 },
    /// Time to look for logs that are due for compaction.
    Cleaner,
    /// Time to look for producers that are silent.
    Producers,
    /// Time to look for records past their retention.
    Retention,
    /// Time to look for offsets past their retention, and for groups without any.
    Offsets,
}

/// What may become due in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupTimer {
    /// The join phase `round` ends: members that have not joined again are out.
    JoinEnds { round: u64 },
    /// Members of `generation` that have not sent SyncGroup are out.
    SyncEnds { generation: i32 },
    /// The session of `member` may have ended.
    Session { member: String },
}

/// By which a timer can be taken back: when it is due, and which of those.
pub(crate) type TimerId = (Time, u64);

/// Timers in the order in which they become due.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    due: BTreeMap<TimerId, Timer>,
    sequence: u64,
}

impl Timers {
    pub(crate) fn at(&mut self, when: Time, timer: Timer) {
        self.cancellable(when, timer);
    }

    /// The same with what it takes to cancel it.
    pub(crate) fn cancellable(&mut self, when: Time, timer: Timer) -> TimerId {
        self.sequence += 1;
        let id = (when, self.sequence);
        self.due.insert(id, timer);
        id
    }

    /// Takes back a timer that no longer matters, so that what happens often does not pile up until it is due.
    pub(crate) fn cancel(&mut self, id: TimerId) {
        self.due.remove(&id);
    }

    pub(crate) fn next(&self) -> Option<Time> {
        self.due.keys().next().map(|(when, _)| *when)
    }

    /// Takes the earliest timer that is due at `now`.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<Timer> {
        let entry = self.due.first_entry()?;
        if entry.key().0 > now { None } else { Some(entry.remove()) }
    }
}

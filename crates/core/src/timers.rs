//! Timers by their due time. A timer is data, not a callback: its handler checks that it still matters.

use std::collections::BTreeMap;

use crate::Time;

/// Names a timer, to cancel it: its due time, and its number among all timers.
pub type TimerId = (Time, u64);

/// Timers in the order in which they become due; of those due at one time, the one that was set first.
#[derive(Clone, Debug)]
pub struct Timers<T> {
    due: BTreeMap<TimerId, T>,
    sequence: u64,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { due: BTreeMap::new(), sequence: 0 }
    }
}

impl<T> Timers<T> {
    /// Sets a timer. The id that it returns cancels it.
    pub fn at(&mut self, when: Time, timer: T) -> TimerId {
        self.sequence += 1;
        let id = (when, self.sequence);
        self.due.insert(id, timer);
        id
    }

    /// Cancels a timer that no longer matters, so that frequent timers do not pile up until they are due.
    pub fn cancel(&mut self, id: TimerId) {
        self.due.remove(&id);
    }

    /// When the earliest timer is due.
    pub fn next(&self) -> Option<Time> {
        self.due.keys().next().map(|(when, _)| *when)
    }

    /// Takes the earliest timer that is due at `now`, with its time.
    pub fn pop_due(&mut self, now: Time) -> Option<(Time, T)> {
        let entry = self.due.first_entry()?;
        let due = entry.key().0;
        if due > now { None } else { Some((due, entry.remove())) }
    }
}

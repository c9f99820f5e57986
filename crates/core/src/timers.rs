//! Timers are kept in the order of their times. A timer is a value, not a callback: its handler checks whether it still
//! matters.

use std::collections::BTreeMap;

use crate::Time;

/// The name of a timer, which cancels it: its time, and its number.
pub type TimerId = (Time, u64);

/// Timers in the order of their times; those of the same time fire in the order in which they were set.
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
    /// Sets a timer and returns its id, which cancels it.
    pub fn at(&mut self, when: Time, timer: T) -> TimerId {
        self.sequence += 1;
        let id = (when, self.sequence);
        self.due.insert(id, timer);
        id
    }

    /// Cancels a timer that no longer matters, so that frequent timers do not pile up.
    pub fn cancel(&mut self, id: TimerId) {
        self.due.remove(&id);
    }

    /// Moves the timers that `is_meant` selects to a later time; their order stays.
    pub(crate) fn put_off(&mut self, micros: i64, is_meant: impl Fn(&T) -> bool) {
        let meant: Vec<TimerId> = self.due.iter().filter(|(_, timer)| is_meant(timer)).map(|(id, _)| *id).collect();
        let taken: Vec<_> = meant.into_iter().filter_map(|id| self.due.remove(&id).map(|timer| (id, timer))).collect();
        self.due.extend(
            taken.into_iter().map(|((at, number), timer)| ((Time(at.0.saturating_add(micros)), number), timer)),
        );
    }

    /// Returns all timers in the order of their times.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Time, &T)> {
        self.due.iter().map(|((at, _), timer)| (*at, timer))
    }

    /// Returns the time of the earliest timer.
    pub fn next(&self) -> Option<Time> {
        self.due.keys().next().map(|(when, _)| *when)
    }

    /// Removes and returns the earliest timer that is due at `now`, with its time.
    pub fn pop_due(&mut self, now: Time) -> Option<(Time, T)> {
        let entry = self.due.first_entry()?;
        let due = entry.key().0;
        if due > now { None } else { Some((due, entry.remove())) }
    }
}

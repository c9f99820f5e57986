//! A coordinator writes a group to `__consumer_offsets`, and a new coordinator starts from that.

use kafka_trial_wire::ErrorCode;

use super::{ClassicGroup, Effects};

impl ClassicGroup {
    /// Writes the group as it is now: all members have their assignments, or there are no members left. A rebalance that is
    /// under way is not written.
    pub(super) fn write(&mut self, effects: &mut Effects) {
        effects.is_written = true;
        self.keep();
    }

    /// Keeps the group as it is now for a different coordinator.
    pub(super) fn keep(&mut self) {
        self.written = None;
        self.written = Some(Box::new(self.clone()));
    }

    /// Moves the group to a new coordinator, in its last written state. Waiting requests are answered with
    /// NOT_COORDINATOR and sessions start anew (`GroupMetadataManager.onUnloaded`, `onLoaded`).
    pub(crate) fn change_coordinator(&mut self, effects: &mut Effects) {
        self.send_away(ErrorCode::NOT_COORDINATOR, effects);
        let written = self.written.take().map_or_else(Self::new, |group| *group);
        *self = Self { round: self.round + 1, arrivals: self.arrivals, ..written };
        self.start_sessions(effects);
    }

    /// Returns whether no assignment was ever made.
    pub(crate) fn is_unwritten(&self) -> bool {
        self.generation == 0 && self.members.is_empty()
    }
}

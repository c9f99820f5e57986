//! The record that a coordinator writes of a group: the next coordinator loads it.

use kafka_trial_wire::ErrorCode;

use super::{ClassicGroup, Effects};

impl ClassicGroup {
    /// Writes the group as it is now: all members have their assignments, or there are no members left. A rebalance that is
    /// under way is not written.
    pub(super) fn write(&mut self) {
        self.written = None;
        self.written = Some(Box::new(self.clone()));
    }

    /// A different broker coordinates the group from now on, as it was written last. Waiting members are answered with
    /// NOT_COORDINATOR, and sessions start anew (`GroupMetadataManager.onUnloaded`, `onLoaded`).
    pub(crate) fn change_coordinator(&mut self, effects: &mut Effects) {
        self.send_away(ErrorCode::NOT_COORDINATOR, effects);
        let written = self.written.take().map_or_else(Self::new, |group| *group);
        *self = Self { round: self.round + 1, arrivals: self.arrivals, ..written };
        self.start_sessions(effects);
    }

    /// Whether the group was never written, because no generation has got its assignment yet.
    pub(crate) fn is_unwritten(&self) -> bool {
        self.generation == 0 && self.members.is_empty()
    }
}

//! What a coordinator writes down about a group, which is what the next one knows of it.

use kafka_trial_wire::ErrorCode;

use super::{ClassicGroup, Effects};

impl ClassicGroup {
    /// The group as it is now is what another coordinator would find: all members have their assignments, or there are
    /// none any more. A rebalance that is under way is nowhere written.
    pub(super) fn write(&mut self) {
        self.written = None;
        self.written = Some(Box::new(self.clone()));
    }

    /// Another broker coordinates the group, as it was written down last. Whoever waits for an answer is sent there,
    /// and sessions start anew (`GroupMetadataManager.onUnloaded`, `onLoaded`).
    pub(crate) fn change_coordinator(&mut self, effects: &mut Effects) {
        self.send_away(ErrorCode::NOT_COORDINATOR, effects);
        let written = self.written.take().map_or_else(Self::new, |group| *group);
        *self = Self { round: self.round + 1, arrivals: self.arrivals, ..written };
        self.start_sessions(effects);
    }

    /// Whether nobody has been assigned anything yet.
    pub(crate) fn is_unwritten(&self) -> bool {
        self.generation == 0 && self.members.is_empty()
    }
}

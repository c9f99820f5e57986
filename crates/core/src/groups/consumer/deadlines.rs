//! A member of a consumer group leaves the group when it misses a deadline.

use crate::Time;

/// The deadlines of a member. A member that misses one is removed from the group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines {
    /// The member must have sent a heartbeat by then.
    pub(super) session: Option<Time>,
    /// The member must have given up its revoked partitions by then.
    pub(super) rebalance: Option<Time>,
    /// A member of the classic protocol must have sent JoinGroup by then.
    pub(super) join: Option<Time>,
    /// A member of the classic protocol must have sent SyncGroup by then.
    pub(super) sync: Option<Time>,
    /// The time of the next check of these deadlines.
    pub(super) timer: Option<Time>,
}

impl Deadlines {
    /// Returns the earliest deadline.
    pub(crate) fn next(&self) -> Option<Time> {
        [self.session, self.rebalance, self.join, self.sync].into_iter().flatten().min()
    }

    /// Moves all of them to a later time.
    pub(crate) fn put_off(&mut self, micros: i64) {
        let all = [&mut self.session, &mut self.rebalance, &mut self.join, &mut self.sync, &mut self.timer];
        all.into_iter().flatten().for_each(|time| time.0 = time.0.saturating_add(micros));
    }
}

//! A member of a consumer group leaves the group when it misses a deadline.

use crate::Time;

/// The deadlines of a member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines {
    /// The next heartbeat.
    pub(super) session: Option<Time>,
    /// The end of the revocation of partitions that the member must give up.
    pub(super) rebalance: Option<Time>,
    /// The next JoinGroup, for a member that speaks the classic protocol.
    pub(super) join: Option<Time>,
    /// The next SyncGroup, for a member that speaks the classic protocol.
    pub(super) sync: Option<Time>,
    /// The time of the next check of these deadlines.
    pub(super) timer: Option<Time>,
}

impl Deadlines {
    /// Returns the earliest deadline.
    pub(crate) fn next(&self) -> Option<Time> {
        [self.session, self.rebalance, self.join, self.sync].into_iter().flatten().min()
    }
}

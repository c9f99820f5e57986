//! The deadlines of a member: to send a heartbeat, to revoke partitions, to join, to sync.

use crate::Time;

/// The deadlines of a member. A member that misses one is removed from the group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines {
    /// The member must have sent a heartbeat.
    pub(super) session: Option<Time>,
    /// The member must have given up the partitions that it has to revoke.
    pub(super) rebalance: Option<Time>,
    /// By the classic protocol: the member must have joined again.
    pub(super) join: Option<Time>,
    /// By the classic protocol: the member must have asked for its assignment.
    pub(super) sync: Option<Time>,
    /// When the next look at these is due.
    pub(super) timer: Option<Time>,
}

impl Deadlines {
    /// The earliest of them.
    pub(crate) fn next(&self) -> Option<Time> {
        [self.session, self.rebalance, self.join, self.sync].into_iter().flatten().min()
    }
}

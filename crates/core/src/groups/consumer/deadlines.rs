//! By when a member has to do what it is waited for.

use crate::Time;

/// What a member must not miss, or it is out of the group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines {
    /// It must be heard of.
    pub(super) session: Option<Time>,
    /// It must have given up what it was told to revoke.
    pub(super) rebalance: Option<Time>,
    /// By the classic protocol: it must have joined again.
    pub(super) join: Option<Time>,
    /// By the classic protocol: it must have asked for its assignment.
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

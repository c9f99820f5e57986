//! Timers drive the deadlines of groups.

/// A timer of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupTimer {
    /// Ends the join phase `round`; members that have not joined again leave the group.
    JoinEnds { round: u64 },
    /// Removes the members of `generation` that have not sent SyncGroup.
    SyncEnds { generation: i32 },
    /// Checks the session of `member`, or its other deadlines in a consumer group.
    Session { member: String },
}

//! What may become due in a group.

/// What may become due in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupTimer {
    /// The join phase `round` ends: members that have not joined again are out.
    JoinEnds { round: u64 },
    /// Members of `generation` that have not sent SyncGroup are out.
    SyncEnds { generation: i32 },
    /// The session of `member` may have ended.
    Session { member: String },
}

//! Committed offsets.

use crate::core::Time;

/// How far a group has got in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) offset: i64,
    /// -1 when the client does not know it.
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: String,
    pub(crate) at: Time,
    /// Which of two commits came later.
    pub(crate) order: u64,
}

//! Committed offsets.

use kafka_trial_wire::ErrorCode;

use super::{Group, GroupState};
use crate::core::Time;

/// How far a group has got in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) offset: i64,
    /// -1 when the client does not know it.
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: String,
    pub(crate) at: Time,
}

impl Group {
    /// Whether a commit may come now and from this member (`ClassicGroup.validateOffsetCommit`).
    pub(crate) fn validate_commit(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        if generation < 0 && self.state == GroupState::Empty {
            return Ok(());
        }
        if generation < 0 && member.is_empty() && instance.is_none() {
            // Somebody outside of the group, while it has members.
            return Err(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        self.validate_member(member, instance)?;
        if generation != self.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        if self.state == GroupState::CompletingRebalance {
            return Err(ErrorCode::REBALANCE_IN_PROGRESS);
        }
        Ok(())
    }
}

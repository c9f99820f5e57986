//! A classic group checks offset commits here: the member, its generation and the group's state.

use kafka_trial_wire::ErrorCode;

use super::{ClassicGroup, ClassicGroupState};

impl ClassicGroup {
    /// Checks whether this member may add offsets to a transaction now (`ClassicGroup.validateOffsetCommit`,
    /// transactional). A producer that sends neither a member id nor an instance id nor a generation is accepted; its
    /// transaction vouches for it.
    pub fn validate_transactional_commit(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        let is_anonymous = member.is_empty() && instance.is_none();
        if generation < 0 && (self.state == ClassicGroupState::Empty || is_anonymous) {
            return Ok(());
        }
        self.validate_member(member, instance)?;
        if generation == self.generation { Ok(()) } else { Err(ErrorCode::ILLEGAL_GENERATION) }
    }

    /// Checks whether this member may commit now (`ClassicGroup.validateOffsetCommit`).
    pub fn validate_commit(&self, member: &str, instance: Option<&str>, generation: i32) -> Result<(), ErrorCode> {
        // An admin client, or a consumer that assigns its own partitions, may commit while the group has no members.
        if generation < 0 && self.state == ClassicGroupState::Empty {
            return Ok(());
        }
        if generation < 0 && member.is_empty() && instance.is_none() {
            // The client is outside of the group, and the group has members.
            return Err(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        self.validate_member(member, instance)?;
        if generation != self.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        // The generation is valid, so the member has its answer to JoinGroup; it must send SyncGroup before it commits.
        if self.state == ClassicGroupState::CompletingRebalance {
            return Err(ErrorCode::REBALANCE_IN_PROGRESS);
        }
        Ok(())
    }
}

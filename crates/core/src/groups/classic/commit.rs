//! Who may commit offsets of a classic group, and when.

use kafka_trial_wire::ErrorCode;

use super::{ClassicGroup, ClassicGroupState};

impl ClassicGroup {
    /// Whether offsets may become part of a transaction now and from this member. A request that names neither member nor
    /// generation was authorised by its transaction and passes.
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

    /// Whether a commit may come now and from this member (`ClassicGroup.validateOffsetCommit`).
    pub fn validate_commit(&self, member: &str, instance: Option<&str>, generation: i32) -> Result<(), ErrorCode> {
        if generation < 0 && self.state == ClassicGroupState::Empty {
            return Ok(());
        }
        if generation < 0 && member.is_empty() && instance.is_none() {
            // A client outside of the group, while the group has members.
            return Err(ErrorCode::UNKNOWN_MEMBER_ID);
        }
        self.validate_member(member, instance)?;
        if generation != self.generation {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        if self.state == ClassicGroupState::CompletingRebalance {
            return Err(ErrorCode::REBALANCE_IN_PROGRESS);
        }
        Ok(())
    }
}

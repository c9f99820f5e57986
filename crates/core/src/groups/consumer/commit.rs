//! A consumer group checks which members may commit and fetch its offsets.

use kafka_trial_wire::ErrorCode;

use super::{ConsumerGroup, ConsumerMember};
use crate::TopicIdPartition;

impl ConsumerGroup {
    /// Checks whether this member may commit at this epoch (`ConsumerGroup.validateOffsetCommit`). An epoch before the
    /// member's is valid for partitions that the member has had since then (KIP-1251).
    pub fn validate_commit(&self, member: &str, epoch: i32, partitions: &[TopicIdPartition]) -> Result<(), ErrorCode> {
        // An admin client, or a consumer that assigns its own partitions, may commit while the group has no members.
        if epoch < 0 && self.members.is_empty() {
            return Ok(());
        }
        let member = self.members.get(member).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        let since = |partition| member.assigned.get(partition).or_else(|| member.revoking.get(partition));
        let has_had = |partition| since(partition).is_some_and(|since| *since <= epoch);
        if epoch == member.epoch || epoch < member.epoch && partitions.iter().all(has_had) {
            return Ok(());
        }
        Err(stale(member))
    }

    /// Returns whether the member speaks the consumer protocol; it must then commit in version 9 or above.
    pub fn speaks_consumer_protocol(&self, member: &str) -> bool {
        self.members.get(member).is_some_and(|member| member.classic.is_none())
    }

    /// Checks whether this member may fetch offsets (`ConsumerGroup.validateOffsetFetch`). A request without a member
    /// is accepted.
    pub fn validate_fetch(&self, member: Option<&str>, epoch: i32) -> Result<(), ErrorCode> {
        if member.is_none() && epoch < 0 {
            return Ok(());
        }
        let member = member.and_then(|id| self.members.get(id)).ok_or(ErrorCode::UNKNOWN_MEMBER_ID)?;
        if epoch == member.epoch { Ok(()) } else { Err(stale(member)) }
    }
}

fn stale(member: &ConsumerMember) -> ErrorCode {
    if member.classic.is_some() { ErrorCode::ILLEGAL_GENERATION } else { ErrorCode::STALE_MEMBER_EPOCH }
}

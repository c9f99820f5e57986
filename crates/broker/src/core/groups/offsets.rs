//! Committed offsets, and how long they are kept.

use super::{ClassicGroupState, Group, GroupKind};
use crate::core::Time;

/// How far a group has got in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) offset: i64,
    /// -1 when the client does not know it.
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: String,
    pub(crate) at: Time,
    /// When it is let go, where the client said so; else `offsets.retention.minutes` does.
    pub(crate) expires: Option<Time>,
    /// Which of two commits came later.
    pub(crate) order: u64,
}

impl Group {
    /// Lets go of the offsets that have been kept for long enough, and gives whether all of them went. What a member
    /// reads, and what `is_pending` in a transaction, stays (`OffsetMetadataManager.cleanupExpiredOffsets`).
    pub(crate) fn expire_offsets(&mut self, kept_ms: i64, now: Time, is_pending: impl Fn(&str, i32) -> bool) -> bool {
        let Some(base) = self.expiration_base() else { return self.offsets.is_empty() };
        let mut offsets = std::mem::take(&mut self.offsets);
        offsets.retain(|(topic, index), committed| {
            let since = match base {
                Base::Commit => committed.at,
                Base::Since(time) => time,
            };
            let end = committed.expires.unwrap_or_else(|| since.plus_millis(kept_ms));
            end > now || self.is_subscribed_to(topic) || is_pending(topic, *index)
        });
        self.offsets = offsets;
        self.offsets.is_empty()
    }

    /// Nothing while the members are not settled, or read what the coordinator does not know
    /// (`ClassicGroup.offsetExpirationCondition`).
    fn expiration_base(&self) -> Option<Base> {
        match &self.kind {
            GroupKind::Classic(group) => match group.state {
                _ if group.protocol_type.is_none() => Some(Base::Commit),
                ClassicGroupState::Empty => Some(Base::Since(group.empty_since)),
                ClassicGroupState::Stable if group.knows_subscriptions() => Some(Base::Commit),
                _ => None,
            },
            GroupKind::Consumer(_) => Some(Base::Commit),
        }
    }
}

/// What `offsets.retention.minutes` is counted from.
#[derive(Clone, Copy)]
enum Base {
    Commit,
    /// The last member left then.
    Since(Time),
}

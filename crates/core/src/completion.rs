//! Groups answer waiting members by completions.

use bytes::Bytes;
use kafka_trial_wire::ErrorCode;

/// The number of a request that waits for its answer. The driver assigns it.
pub type TicketId = u64;

/// The answer to a waiting request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The request.
    pub ticket: TicketId,
    /// Its answer.
    pub reply: GroupReply,
}

/// An answer of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupReply {
    /// The answer to JoinGroup.
    Join(JoinReply),
    /// The answer to SyncGroup.
    Sync(SyncReply),
}

/// The answer to JoinGroup, for all versions of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JoinReply {
    /// The refusal; [`ErrorCode::NONE`] when the member has joined.
    pub error: ErrorCode,
    /// The generation, or the member epoch in a consumer group; -1 with an error.
    pub generation: i32,
    /// The members' protocol type: `consumer` for consumers.
    pub protocol_type: Option<String>,
    /// The elected assignor.
    pub protocol: Option<String>,
    /// The leader's member id.
    pub leader: String,
    /// The member's own id.
    pub member_id: String,
    /// All members, for the leader alone.
    pub members: Vec<JoinedMember>,
    /// The former id of a static leader that has returned; the assignment stays as it is (KIP-814).
    pub replaced_leader: Option<String>,
}

impl JoinReply {
    /// Returns a refusal of JoinGroup.
    pub fn error(member_id: impl Into<String>, error: ErrorCode) -> Self {
        Self { error, generation: -1, member_id: member_id.into(), ..Self::default() }
    }
}

/// A member as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// The member's id.
    pub id: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// The member's subscription, in the encoding of the elected assignor.
    pub metadata: Bytes,
}

/// The answer to SyncGroup, for all versions of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReply {
    /// The refusal; [`ErrorCode::NONE`] when the member has an assignment.
    pub error: ErrorCode,
    /// The members' protocol type: `consumer` for consumers.
    pub protocol_type: Option<String>,
    /// The elected assignor.
    pub protocol: Option<String>,
    /// The member's assignment.
    pub assignment: Bytes,
}

impl SyncReply {
    /// Returns a refusal of SyncGroup.
    pub fn error(error: ErrorCode) -> Self {
        Self { error, ..Self::default() }
    }
}

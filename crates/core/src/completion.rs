//! Answers that a group owes to members that wait.

use bytes::Bytes;
use kafka_trial_wire::ErrorCode;

/// A request that waits for its answer, by the number that its sender's driver gave it.
pub type TicketId = u64;

/// The answer to a request that waited.
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
    /// To JoinGroup.
    Join(JoinReply),
    /// To SyncGroup.
    Sync(SyncReply),
}

/// The answer to JoinGroup, whatever the version of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JoinReply {
    /// Why the member may not join; [`ErrorCode::NONE`] when it has joined.
    pub error: ErrorCode,
    /// The generation, or the member epoch in a consumer group; -1 with an error.
    pub generation: i32,
    /// The kind of the members: `consumer` for consumers.
    pub protocol_type: Option<String>,
    /// The assignor that was chosen.
    pub protocol: Option<String>,
    /// The leader's member id.
    pub leader: String,
    /// The member's own id.
    pub member_id: String,
    /// All members, for the leader alone.
    pub members: Vec<JoinedMember>,
    /// A static leader takes the place of this member, and the assignment stands (KIP-814).
    pub replaced_leader: Option<String>,
}

impl JoinReply {
    /// The member may not join.
    pub fn error(member_id: impl Into<String>, error: ErrorCode) -> Self {
        Self { error, generation: -1, member_id: member_id.into(), ..Self::default() }
    }
}

/// A member, as the answer to the leader has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its member id.
    pub id: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// Its subscription, in the form of the chosen assignor.
    pub metadata: Bytes,
}

/// The answer to SyncGroup, whatever the version of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReply {
    /// Why the member has no assignment; [`ErrorCode::NONE`] when it has one.
    pub error: ErrorCode,
    /// What the members are: `consumer` for consumers.
    pub protocol_type: Option<String>,
    /// The assignor that was chosen.
    pub protocol: Option<String>,
    /// The member's assignment.
    pub assignment: Bytes,
}

impl SyncReply {
    /// The member has no assignment.
    pub fn error(error: ErrorCode) -> Self {
        Self { error, ..Self::default() }
    }
}

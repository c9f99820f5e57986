//! One member of a consumer group.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::deadlines::Deadlines;
use crate::TopicIdPartition;

/// How far a member is on its way to its target (`MemberState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// The member owns its target of this epoch.
    Stable,
    /// The member still owns partitions that it must give up.
    UnrevokedPartitions,
    /// The member waits for partitions that other members still own.
    UnreleasedPartitions,
}

/// The JoinGroup request of a member that speaks the classic protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassicProtocols {
    /// How long the member may be silent, in milliseconds.
    pub session_timeout_ms: i32,
    /// Assignors by preference, each with the subscription that came with it.
    pub protocols: Vec<(String, Bytes)>,
}

/// A member, what it wants and what it has (`ConsumerGroupMember`).
#[derive(Clone, Debug)]
pub struct ConsumerMember {
    /// The member's id.
    pub id: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// `client.rack` of the client.
    pub rack_id: Option<String>,
    /// `client.id` of the client.
    pub client_id: String,
    /// The address that the client connects from.
    pub client_host: String,
    /// How long the member may take to revoke partitions, in milliseconds; -1 before it has said so.
    pub rebalance_timeout_ms: i32,
    /// Topics it is subscribed to by name.
    pub names: BTreeSet<String>,
    /// The expression it is subscribed to; empty for none.
    pub regex: String,
    /// The assignor that the member asks for (`group.remote.assignor`).
    pub assignor: Option<String>,
    /// None for a member that speaks the consumer protocol.
    pub classic: Option<ClassicProtocols>,
    /// How far the member is on its way to its target assignment.
    pub state: MemberState,
    /// The epoch that the member has reached; -2 while a static member is away.
    pub epoch: i32,
    pub(crate) previous_epoch: i32,
    /// The partitions that it owns, each with the epoch at which it got it (KIP-1251).
    pub assigned: BTreeMap<TopicIdPartition, i32>,
    /// The partitions that it owns and must give up.
    pub revoking: BTreeMap<TopicIdPartition, i32>,
    /// Its place in the order of joining.
    pub(super) arrival: u64,
    pub(crate) deadlines: Deadlines,
}

impl ConsumerMember {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            instance_id: None,
            rack_id: None,
            client_id: String::new(),
            client_host: String::new(),
            rebalance_timeout_ms: -1,
            names: BTreeSet::new(),
            regex: String::new(),
            assignor: None,
            classic: None,
            state: MemberState::Stable,
            epoch: 0,
            previous_epoch: -1,
            assigned: BTreeMap::new(),
            revoking: BTreeMap::new(),
            arrival: 0,
            deadlines: Deadlines::default(),
        }
    }

    /// The same static member under a different id; it starts anew and keeps its partitions.
    pub(super) fn renamed(&self, id: &str) -> Self {
        Self { id: id.to_owned(), epoch: 0, previous_epoch: 0, deadlines: Deadlines::default(), ..self.clone() }
    }

    pub(crate) fn is_reconciled_to(&self, epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == epoch
    }

    pub(super) fn set_epoch(&mut self, epoch: i32) {
        self.previous_epoch = self.epoch;
        self.epoch = epoch;
    }
}

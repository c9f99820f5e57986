//! A member of a consumer group has a subscription, an assignment and an epoch.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::deadlines::Deadlines;
use crate::TopicIdPartition;

/// A member's progress towards its target (`MemberState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// The member has the partitions of its epoch.
    Stable,
    /// The member still has partitions that it must give up.
    UnrevokedPartitions,
    /// The member waits for partitions that other members still have.
    UnreleasedPartitions,
}

/// The parts of a JoinGroup request that the group keeps for a classic member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassicProtocols {
    /// How long the member may be silent, in milliseconds.
    pub session_timeout_ms: i32,
    /// The member's assignors by preference, each with its subscription.
    pub protocols: Vec<(String, Bytes)>,
}

/// A member of a consumer group (`ConsumerGroupMember`).
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
    /// How long the member may take to revoke partitions, in milliseconds; -1 before its first heartbeat.
    pub rebalance_timeout_ms: i32,
    /// The topics that the member subscribes to by name.
    pub names: BTreeSet<String>,
    /// The regular expression that the member subscribes to; empty for none.
    pub regex: String,
    /// The assignor that the member asks for (`group.remote.assignor`).
    pub assignor: Option<String>,
    /// The classic protocols of the member; `None` for a member that speaks the consumer protocol.
    pub classic: Option<ClassicProtocols>,
    /// The member's progress towards its target assignment.
    pub state: MemberState,
    /// The epoch that the member has reached; -2 while a static member is away.
    pub epoch: i32,
    pub(crate) previous_epoch: i32,
    /// The member's partitions, each with the epoch of its assignment (KIP-1251).
    pub assigned: BTreeMap<TopicIdPartition, i32>,
    /// The partitions that the member has and must give up.
    pub revoking: BTreeMap<TopicIdPartition, i32>,
    /// The member's number by arrival.
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

    /// Returns the same static member under a new id; it starts anew and keeps its partitions.
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

//! Server-side assignors (KIP-848): which member gets which partition.
//!
//! Their results are those of Kafka's assignors, because they iterate members in Kafka's order
//! ([`MemberOrder`](super::MemberOrder)). They ignore the racks of members, as Kafka 4.3 does.

mod balance;
mod heterogeneous;
mod range;
mod uniform;

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::Uuid;

use crate::TopicIdPartition;

/// A member as an assignor sees it.
#[derive(Clone, Debug)]
pub(crate) struct Subscriber<'a> {
    pub id: &'a str,
    pub instance_id: Option<&'a str>,
    /// The topics that it is subscribed to and that exist.
    pub topics: BTreeSet<Uuid>,
    /// The partitions that it was assigned before, in the order in which Kafka iterates them.
    pub assigned: &'a [TopicIdPartition],
}

/// The members and topics of an assignment.
#[derive(Clone, Debug)]
pub(crate) struct GroupSpec<'a> {
    pub members: Vec<Subscriber<'a>>,
    /// Whether all members have the same subscription.
    pub(crate) is_homogeneous: bool,
    /// How many partitions each topic has.
    pub partitions: BTreeMap<Uuid, i32>,
}

impl GroupSpec<'_> {
    fn partitions_of(&self, topic: Uuid) -> i32 {
        self.partitions.get(&topic).copied().unwrap_or(0)
    }
}

/// The members' partitions, in the order of the members; a member's kept partitions come first.
pub(crate) type Assignments = Vec<Vec<TopicIdPartition>>;

/// An assignor by Kafka's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignor {
    /// All members get equally many partitions, with as few moves as possible (`UniformAssignor`).
    Uniform,
    /// Each member gets a range of every topic's partitions; topics with equally many partitions are co-partitioned
    /// (`RangeAssignor`).
    Range,
}

impl Assignor {
    /// Returns the assignor with this name; `None` when Kafka has none.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "uniform" => Some(Self::Uniform),
            "range" => Some(Self::Range),
            _ => None,
        }
    }

    /// Returns the name that clients ask for (`group.remote.assignor`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Range => "range",
        }
    }

    pub(crate) fn assign(self, spec: &GroupSpec<'_>) -> Assignments {
        match self {
            Self::Uniform if spec.is_homogeneous => uniform::assign(spec),
            Self::Uniform => heterogeneous::assign(spec),
            Self::Range => range::assign(spec),
        }
    }
}

//! Server-side assignors distribute partitions among members (KIP-848).
//!
//! They assign as Kafka's do: they walk over the members in Kafka's order, see [`MemberOrder`](super::MemberOrder).
//! They know the members' racks and ignore them, as in Kafka 4.3.

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
    /// The existing topics that the member subscribes to.
    pub topics: BTreeSet<Uuid>,
    /// The member's former partitions, in the order in which Kafka walks over them.
    pub assigned: &'a [TopicIdPartition],
}

/// The members and the partitions of a group.
#[derive(Clone, Debug)]
pub(crate) struct GroupSpec<'a> {
    pub members: Vec<Subscriber<'a>>,
    /// Whether all members have the same subscription.
    pub(crate) is_homogeneous: bool,
    /// The number of partitions of each topic.
    pub partitions: BTreeMap<Uuid, i32>,
}

impl GroupSpec<'_> {
    fn partitions_of(&self, topic: Uuid) -> i32 {
        self.partitions.get(&topic).copied().unwrap_or(0)
    }
}

/// The members' partitions, in the order of the members; each member's kept partitions come first.
pub(crate) type Assignments = Vec<Vec<TopicIdPartition>>;

/// A server-side assignor.
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

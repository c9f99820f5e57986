//! Server-side assignors (KIP-848): which member gets which partition.
//!
//! They give what Kafka's give: members are walked in the order in which Kafka walks them, see
//! [`MemberOrder`](super::MemberOrder). Racks of members are known to them and not used, as in Kafka 4.3.

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
    /// What it was assigned before, in the order in which Kafka goes through it.
    pub assigned: &'a [TopicIdPartition],
}

/// What is to be assigned to whom.
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

/// The members' partitions, in the order of the members; of each, what it keeps comes first.
pub(crate) type Assignments = Vec<Vec<TopicIdPartition>>;

/// An assignor by Kafka's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignor {
    /// Everybody as many partitions as the others, and as few moves as possible (`UniformAssignor`).
    Uniform,
    /// Of every topic a range of partitions; those of topics with as many partitions go together (`RangeAssignor`).
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

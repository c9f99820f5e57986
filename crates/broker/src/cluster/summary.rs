//! What a cluster holds, on one page: topics with their ends, groups with their lag.

use kafka_trial_core::{Group, State, Topic};

use super::{Cluster, InspectError};

/// A topic, and how much is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSummary {
    /// Its name.
    pub name: String,
    /// Whether it is the cluster's own, such as `__consumer_offsets`.
    pub is_internal: bool,
    /// Its partitions in order.
    pub partitions: Vec<PartitionSummary>,
}

/// A partition, and how much is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionSummary {
    /// The broker that leads it.
    pub leader: i32,
    /// The offset of its first record.
    pub start_offset: i64,
    /// The offset that its next record gets, as consumers see it.
    pub high_watermark: i64,
}

/// A consumer group, and how far it has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSummary {
    /// Its id.
    pub id: String,
    /// Its state by Kafka's name: `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`.
    pub state: String,
    /// Its generation, or by the consumer protocol (KIP-848) its epoch: each rebalance is the next. None where the
    /// cluster does not tell, as a real one.
    pub generation: Option<i32>,
    /// The client ids of its members, in the order of their member ids.
    pub members: Vec<String>,
    /// What it has committed, by topic and partition.
    pub offsets: Vec<OffsetSummary>,
}

/// What a group has committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetSummary {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset of the record it reads next.
    pub committed: i64,
    /// How many offsets are between that and the high watermark. None where the partition is gone.
    pub lag: Option<i64>,
}

/// All topics by name.
pub(crate) fn topics(state: &State) -> Vec<TopicSummary> {
    state.topics().iter().map(summarize_topic).collect()
}

/// All groups by id.
pub(crate) fn groups(state: &State) -> Vec<GroupSummary> {
    state.groups().iter().map(|group| summarize_group(state, group)).collect()
}

fn summarize_group(state: &State, group: &Group) -> GroupSummary {
    let offsets = group.offsets.iter().map(|(topic, partition, committed)| {
        let log = state.topics().get(topic).and_then(|topic| topic.partition(partition)).map(|found| &found.log);
        OffsetSummary {
            topic: topic.to_string(),
            partition,
            committed: committed.offset,
            lag: log.map(|log| (log.high_watermark() - committed.offset).max(0)),
        }
    });
    GroupSummary {
        id: group.id.to_string(),
        state: group.state_name().to_owned(),
        generation: Some(group.generation()),
        members: group.client_ids(),
        offsets: offsets.collect(),
    }
}

fn summarize_topic(topic: &Topic) -> TopicSummary {
    let partitions = topic.partitions.iter().map(|partition| PartitionSummary {
        leader: partition.leader,
        start_offset: partition.log.start_offset(),
        high_watermark: partition.log.high_watermark(),
    });
    TopicSummary { name: topic.name.to_string(), is_internal: topic.internal, partitions: partitions.collect() }
}

impl Cluster {
    /// All topics by name, with how much is in them.
    pub fn topics(&self) -> Result<Vec<TopicSummary>, InspectError> {
        self.with_driver(|driver| topics(&driver.state))
    }

    /// All groups by id, with how far they have got.
    pub fn groups(&self) -> Result<Vec<GroupSummary>, InspectError> {
        self.with_driver(|driver| groups(&driver.state))
    }
}

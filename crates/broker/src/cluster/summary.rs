//! A summary shows a cluster on one page: topics with their ends, groups with their lag.

use kafka_trial_core::{Group, State, Topic};

use super::{Cluster, InspectError};

/// A topic, with the ends of its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSummary {
    /// The topic's name.
    pub name: String,
    /// Whether the topic is internal, such as `__consumer_offsets`.
    pub is_internal: bool,
    /// The topic's partitions, in order.
    pub partitions: Vec<PartitionSummary>,
}

/// A partition, with its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionSummary {
    /// The id of the leader.
    pub leader: i32,
    /// The offset of the first record.
    pub start_offset: i64,
    /// The offset after the last record that consumers see.
    pub high_watermark: i64,
}

/// A consumer group, with its committed offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSummary {
    /// The group's id.
    pub id: String,
    /// The group's state, by Kafka's name: `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance` and so on.
    pub state: String,
    /// The group's generation, or its epoch with the consumer protocol (KIP-848); each rebalance raises it. `None` if
    /// the cluster does not report it, like an external one.
    pub generation: Option<i32>,
    /// The client ids of the group's members, in the order of their member ids.
    pub members: Vec<String>,
    /// The group's committed offsets, by topic and partition.
    pub offsets: Vec<OffsetSummary>,
}

/// A group's committed offset for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetSummary {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset of the record that the group reads next.
    pub committed: i64,
    /// How many offsets lie between the committed one and the high watermark. `None` if the partition no longer exists.
    pub lag: Option<i64>,
}

/// Returns all topics by name.
pub(crate) fn topics(state: &State) -> Vec<TopicSummary> {
    state.topics().iter().map(summarize_topic).collect()
}

/// Returns all groups by id.
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
    /// Returns all topics by name, with the ends of their partitions.
    pub fn topics(&self) -> Result<Vec<TopicSummary>, InspectError> {
        self.with_driver(|driver| topics(&driver.state))
    }

    /// Returns all groups by id, with their committed offsets.
    pub fn groups(&self) -> Result<Vec<GroupSummary>, InspectError> {
        self.with_driver(|driver| groups(&driver.state))
    }
}

//! The leaders of partitions, for a client that asked the wrong broker (KIP-951): from Produce 10 and Fetch 16 on.

use kafka_trial_wire::messages::{FetchResponse, ProduceResponse, fetch_response, produce_response};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use kafka_trial_core::{NO_LEADER, Node, State, Topic};

/// The brokers that an answer names, in its own type.
macro_rules! node_endpoints {
    ($response:ident, $leaders:expr) => {
        $leaders
            .nodes()
            .map(|node| $response::NodeEndpoint {
                node_id: node.id,
                host: node.host.as_str().into(),
                port: node.port.into(),
                rack: node.rack.as_deref().map(Text::from),
                ..$response::NodeEndpoint::default()
            })
            .collect()
    };
}

/// Adds the leaders of partitions that this broker does not lead.
pub(in crate::api) fn hint_producer(state: &State, version: i16, response: &mut ProduceResponse) {
    if version < 10 {
        return;
    }
    let mut leaders = Leaders::new(state, &[ErrorCode::NOT_LEADER_OR_FOLLOWER]);
    for topic in &mut response.responses {
        let found = leaders.find(&topic.name, topic.topic_id);
        for partition in &mut topic.partition_responses {
            if let Some((leader_id, leader_epoch)) = leaders.of(found, partition.index, partition.error_code) {
                let leader = &mut partition.current_leader;
                (leader.leader_id, leader.leader_epoch) = (leader_id, leader_epoch);
            }
        }
    }
    response.node_endpoints = node_endpoints!(produce_response, leaders);
}

/// The same for a consumer, and also if its leader epoch is too old.
pub(in crate::api) fn hint_consumer(state: &State, version: i16, response: &mut FetchResponse) {
    if version < 16 {
        return;
    }
    let mut leaders = Leaders::new(state, &[ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::FENCED_LEADER_EPOCH]);
    for topic in &mut response.responses {
        let found = leaders.find(&topic.topic, topic.topic_id);
        for partition in &mut topic.partitions {
            if let Some((leader_id, leader_epoch)) = leaders.of(found, partition.partition_index, partition.error_code)
            {
                let leader = &mut partition.current_leader;
                (leader.leader_id, leader.leader_epoch) = (leader_id, leader_epoch);
            }
        }
    }
    response.node_endpoints = node_endpoints!(fetch_response, leaders);
}

/// The leaders that an answer names.
struct Leaders<'a> {
    state: &'a State,
    /// The errors of partitions whose leaders are named.
    errors: &'static [ErrorCode],
    ids: Vec<i32>,
}

impl<'a> Leaders<'a> {
    fn new(state: &'a State, errors: &'static [ErrorCode]) -> Self {
        Self { state, errors, ids: Vec::new() }
    }

    fn find(&self, name: &str, id: Uuid) -> Option<&'a Topic> {
        if id == Uuid::ZERO { self.state.topics().get(name) } else { self.state.topics().by_id(id) }
    }

    /// Id and epoch of a partition's leader, if the partition has one of the errors.
    fn of(&mut self, topic: Option<&Topic>, index: i32, error: ErrorCode) -> Option<(i32, i32)> {
        let partition = topic?.partition(index).filter(|_| self.errors.contains(&error))?;
        self.ids.push(partition.leader);
        Some((partition.leader, partition.leader_epoch))
    }

    /// The brokers that were named, each once.
    fn nodes(mut self) -> impl Iterator<Item = &'a Node> {
        self.ids.sort_unstable();
        self.ids.dedup();
        self.ids.into_iter().filter(|id| *id != NO_LEADER).filter_map(|id| self.state.node(id))
    }
}

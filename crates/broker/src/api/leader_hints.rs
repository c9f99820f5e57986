//! Where the leader is, for a client that asked the wrong broker (KIP-951): from Produce 10 and Fetch 16 on.

use kafka_trial_wire::messages::{FetchResponse, ProduceResponse, fetch_response, produce_response};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use crate::core::{Core, NO_LEADER, Node, Topic};

/// Tells the leaders of partitions that this broker does not lead.
pub(super) fn hint_producer(core: &Core, version: i16, response: &mut ProduceResponse) {
    if version < 10 {
        return;
    }
    let mut leaders = Vec::new();
    for topic in &mut response.responses {
        let found = find(core, &topic.name, topic.topic_id);
        let wrong = |code: i16| code == ErrorCode::NOT_LEADER_OR_FOLLOWER.0;
        for partition in topic.partition_responses.iter_mut().filter(|partition| wrong(partition.error_code)) {
            if let Some((leader_id, leader_epoch)) = leader_of(found, partition.index) {
                let leader = &mut partition.current_leader;
                (leader.leader_id, leader.leader_epoch) = (leader_id, leader_epoch);
                leaders.push(leader_id);
            }
        }
    }
    response.node_endpoints = nodes(core, leaders)
        .map(|node| produce_response::NodeEndpoint {
            node_id: node.id,
            host: node.host.as_str().into(),
            port: node.port.into(),
            rack: node.rack.as_deref().map(Text::from),
            ..produce_response::NodeEndpoint::default()
        })
        .collect();
}

/// The same for a consumer, and also where its leader epoch is an old one.
pub(super) fn hint_consumer(core: &Core, version: i16, response: &mut FetchResponse) {
    if version < 16 {
        return;
    }
    let mut leaders = Vec::new();
    for topic in &mut response.responses {
        let found = find(core, &topic.topic, topic.topic_id);
        for partition in &mut topic.partitions {
            let code = ErrorCode(partition.error_code);
            let is_wrong = matches!(code, ErrorCode::NOT_LEADER_OR_FOLLOWER | ErrorCode::FENCED_LEADER_EPOCH);
            if let Some((leader_id, leader_epoch)) = leader_of(found, partition.partition_index).filter(|_| is_wrong) {
                let leader = &mut partition.current_leader;
                (leader.leader_id, leader.leader_epoch) = (leader_id, leader_epoch);
                leaders.push(leader_id);
            }
        }
    }
    response.node_endpoints = nodes(core, leaders)
        .map(|node| fetch_response::NodeEndpoint {
            node_id: node.id,
            host: node.host.as_str().into(),
            port: node.port.into(),
            rack: node.rack.as_deref().map(Text::from),
            ..fetch_response::NodeEndpoint::default()
        })
        .collect();
}

fn find<'a>(core: &'a Core, name: &str, id: Uuid) -> Option<&'a Topic> {
    if id == Uuid::ZERO { core.topics.get(name) } else { core.topics.by_id(id) }
}

fn leader_of(topic: Option<&Topic>, index: i32) -> Option<(i32, i32)> {
    topic?.partition(index).map(|partition| (partition.leader, partition.leader_epoch))
}

/// The brokers with these ids, each once.
fn nodes(core: &Core, mut ids: Vec<i32>) -> impl Iterator<Item = &Node> {
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().filter(|id| *id != NO_LEADER).filter_map(|id| core.node(id))
}

//! DescribeQuorum (key 55), versions 0 to 2 (KIP-595): the controllers.
//!
//! The first broker is the one controller, as on a node in combined mode; the other brokers observe. From version 1 replicas
//! have timestamps (KIP-836), from version 2 the answer has the controllers' addresses (KIP-853). There is no metadata log:
//! its offset counts the changes of topics and brokers.
//!
//! - UNKNOWN_TOPIC_OR_PARTITION: any partition but the first of `__cluster_metadata`.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::describe_quorum_response::{Listener, Node, PartitionData, ReplicaState, TopicData};
use kafka_trial_wire::messages::{DescribeQuorumRequest, DescribeQuorumResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

/// The topic of the metadata log.
const METADATA_TOPIC: &str = "__cluster_metadata";

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: DescribeQuorumRequest,
) -> Answer<DescribeQuorumResponse> {
    let asks_for_quorum = request.topics.iter().any(|topic| topic.topic_name == METADATA_TOPIC);
    let topics = request.topics.into_iter().map(|topic| {
        let is_quorum = topic.topic_name == METADATA_TOPIC;
        let partitions = topic.partitions.iter().map(|partition| match partition.partition_index {
            0 if is_quorum => describe(state),
            partition_index => PartitionData {
                partition_index,
                error_code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                error_message: Some("This server does not host this topic-partition.".into()),
                ..PartitionData::default()
            },
        });
        TopicData { partitions: partitions.collect(), topic_name: topic.topic_name, ..TopicData::default() }
    });
    let controller = state.nodes().first().filter(|_| asks_for_quorum && context.version() >= 2);
    let nodes = controller.map(|node| Node {
        node_id: node.id,
        listeners: vec![Listener {
            name: "CONTROLLER".into(),
            host: node.host.as_str().into(),
            port: node.port,
            ..Listener::default()
        }],
        ..Node::default()
    });
    Answer::Reply(DescribeQuorumResponse {
        error_message: Some(Default::default()),
        topics: topics.collect(),
        nodes: nodes.into_iter().collect(),
        ..DescribeQuorumResponse::default()
    })
}

fn describe(state: &State) -> PartitionData {
    let log_end_offset = i64::try_from(state.topics().created() + state.broker_changes()).unwrap_or(i64::MAX);
    let now = state.now().millis();
    let replicas = state.alive_nodes().map(|node| ReplicaState {
        replica_id: node.id,
        log_end_offset,
        last_fetch_timestamp: now,
        last_caught_up_timestamp: now,
        ..ReplicaState::default()
    });
    let leader_id = state.nodes().first().map_or(-1, |node| node.id);
    let (current_voters, observers) = replicas.partition(|replica| replica.replica_id == leader_id);
    PartitionData {
        error_message: Some(Default::default()),
        leader_id,
        leader_epoch: 1,
        high_watermark: log_end_offset,
        current_voters,
        observers,
        ..PartitionData::default()
    }
}

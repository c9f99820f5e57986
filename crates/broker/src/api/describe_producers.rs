//! DescribeProducers (key 61), version 0 (KIP-664): the producers that a replica of a partition knows.
//!
//! Refusals in order (`KafkaApis.handleDescribeProducersRequest`), for each partition:
//!
//! - UNKNOWN_TOPIC_OR_PARTITION, with a text only if the topic does not exist;
//! - NOT_LEADER_OR_FOLLOWER: this broker has no replica of the partition.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::describe_producers_response::{PartitionResponse, ProducerState, TopicResponse};
use kafka_trial_wire::messages::{DescribeProducersRequest, DescribeProducersResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Partition, State};

/// Kafka's text for a topic that does not exist; for a partition that does not exist it has none.
const NOT_HERE: &str = "This server does not host this topic-partition.";

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: DescribeProducersRequest,
) -> Answer<DescribeProducersResponse> {
    let topics = request.topics.into_iter().map(|topic| {
        let found = state.topics().get(&topic.name);
        let partitions = topic.partition_indexes.into_iter().map(|partition_index| {
            let response = PartitionResponse { partition_index, ..PartitionResponse::default() };
            match found.map(|topic| topic.partition(partition_index)) {
                None => PartitionResponse {
                    error_code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                    error_message: Some(NOT_HERE.into()),
                    ..response
                },
                Some(None) => PartitionResponse { error_code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ..response },
                Some(Some(partition)) if !partition.replicas.contains(&context.node) => {
                    PartitionResponse { error_code: ErrorCode::NOT_LEADER_OR_FOLLOWER, ..response }
                }
                Some(Some(partition)) => PartitionResponse { active_producers: states(partition), ..response },
            }
        });
        let partitions = partitions.collect();
        TopicResponse { name: topic.name, partitions, ..TopicResponse::default() }
    });
    let topics = topics.collect();
    Answer::Reply(DescribeProducersResponse { topics, ..DescribeProducersResponse::default() })
}

fn states(partition: &Partition) -> Vec<ProducerState> {
    let states = partition.producers.iter().map(|(producer_id, producer)| ProducerState {
        producer_id,
        producer_epoch: producer.epoch.into(),
        last_sequence: producer.last_sequence(),
        last_timestamp: producer.last_timestamp,
        coordinator_epoch: producer.coordinator_epoch,
        current_txn_start_offset: producer.transaction_start.unwrap_or(-1),
        ..ProducerState::default()
    });
    states.collect()
}

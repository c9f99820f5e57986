//! DescribeTopicPartitions (key 75), version 0 (KIP-966): topics page by page, in the order of their names.
//!
//! A cursor leaves out the topics before it and goes on in its topic where the last page ended. A page has at most 2,000
//! partitions (`max.request.partition.size.limit`). Refusals in order (`DescribeTopicPartitionsRequestHandler`):
//!
//! - INVALID_REQUEST for all topics: the cursor has a negative partition, or lies behind all topics of the request;
//! - INVALID_TOPIC_EXCEPTION or UNKNOWN_TOPIC_OR_PARTITION for a topic that does not exist.

use std::collections::BTreeSet;

use kafka_trial_wire::messages::describe_topic_partitions_request::Cursor;
use kafka_trial_wire::messages::describe_topic_partitions_response::{
    Cursor as NextCursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use kafka_trial_wire::messages::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::metadata::TOPIC_OPERATIONS;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Partition, State, is_internal_topic, is_valid_topic_name};

/// `max.request.partition.size.limit`.
const MOST_PARTITIONS: i32 = 2000;

pub(crate) fn handle(
    state: &State,
    _context: &Context,
    request: DescribeTopicPartitionsRequest,
) -> Answer<DescribeTopicPartitionsResponse> {
    let mut wanted: BTreeSet<Text> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    if wanted.is_empty() {
        wanted = state.topics().iter().map(|topic| Text::from(&*topic.name)).collect();
    }
    if let Some(cursor) = &request.cursor {
        let names_known = request.topics.is_empty() || wanted.iter().any(|name| *name >= cursor.topic_name);
        if cursor.partition_index < 0 || !names_known {
            return Answer::Reply(refuse(wanted));
        }
        wanted.retain(|name| *name >= cursor.topic_name);
    }
    let mut left = usize::try_from(request.response_partition_limit.clamp(1, MOST_PARTITIONS)).unwrap_or(1);
    let mut topics = Vec::new();
    let mut next_cursor = None;
    for name in wanted {
        let Some(topic) = state.topics().get(&name) else {
            topics.push(absent(name));
            continue;
        };
        let first = first_partition(request.cursor.as_ref(), &name);
        if left == 0 {
            next_cursor = Some(cursor_at(name, first));
            break;
        }
        let all = topic.partitions.iter().zip(0..).skip(first);
        let partitions: Vec<_> = all.take(left).map(|(partition, index)| describe(state, partition, index)).collect();
        left -= partitions.len();
        let reached = first + partitions.len();
        topics.push(DescribeTopicPartitionsResponseTopic {
            name: Some(name.clone()),
            topic_id: topic.id,
            is_internal: topic.internal,
            partitions,
            topic_authorized_operations: TOPIC_OPERATIONS,
            ..DescribeTopicPartitionsResponseTopic::default()
        });
        if reached < topic.partitions.len() {
            next_cursor = Some(cursor_at(name, reached));
            break;
        }
    }
    Answer::Reply(DescribeTopicPartitionsResponse { topics, next_cursor, ..DescribeTopicPartitionsResponse::default() })
}

fn first_partition(cursor: Option<&Cursor>, topic: &Text) -> usize {
    let here = cursor.filter(|cursor| cursor.topic_name == *topic);
    here.and_then(|cursor| usize::try_from(cursor.partition_index).ok()).unwrap_or(0)
}

fn cursor_at(topic_name: Text, partition: usize) -> NextCursor {
    let partition_index = i32::try_from(partition).unwrap_or(i32::MAX);
    NextCursor { topic_name, partition_index, ..NextCursor::default() }
}

fn describe(state: &State, partition: &Partition, partition_index: i32) -> DescribeTopicPartitionsResponsePartition {
    DescribeTopicPartitionsResponsePartition {
        partition_index,
        leader_id: partition.leader,
        leader_epoch: partition.leader_epoch,
        replica_nodes: partition.replicas.clone(),
        isr_nodes: partition.isr.clone(),
        eligible_leader_replicas: Some(partition.eligible.clone()),
        last_known_elr: Some(partition.last_leader.into_iter().collect()),
        offline_replicas: partition.offline(|id| state.is_alive(id)),
        ..DescribeTopicPartitionsResponsePartition::default()
    }
}

fn absent(name: Text) -> DescribeTopicPartitionsResponseTopic {
    let error = if is_valid_topic_name(&name) {
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
    } else {
        ErrorCode::INVALID_TOPIC_EXCEPTION
    };
    DescribeTopicPartitionsResponseTopic {
        error_code: error,
        is_internal: is_internal_topic(&name),
        name: Some(name),
        topic_authorized_operations: TOPIC_OPERATIONS,
        ..DescribeTopicPartitionsResponseTopic::default()
    }
}

/// The answer to an invalid cursor.
fn refuse(names: BTreeSet<Text>) -> DescribeTopicPartitionsResponse {
    let topics = names.into_iter().map(|name| DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode::INVALID_REQUEST,
        name: Some(name),
        ..DescribeTopicPartitionsResponseTopic::default()
    });
    DescribeTopicPartitionsResponse { topics: topics.collect(), ..DescribeTopicPartitionsResponse::default() }
}

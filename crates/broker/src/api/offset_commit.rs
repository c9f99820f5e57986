//! OffsetCommit (key 8), versions 2 to 10: commits offsets of a group.
//!
//! Members of a classic group commit in their generation, members of a consumer group at their epoch and in version 9 or above
//! (KIP-848). Anybody may commit for a group without members (generation -1), which creates the group. Up to version 4 a
//! commit may say how long it is kept. From version 10 topics are named by id. Refusals in order, for each partition:
//!
//! - UNKNOWN_TOPIC_ID from version 10, otherwise UNKNOWN_TOPIC_OR_PARTITION (`KafkaApis.handleOffsetCommitRequest`);
//! - NOT_COORDINATOR;
//! - for a group that does not exist, if a generation is named: GROUP_ID_NOT_FOUND from version 9, before ILLEGAL_GENERATION;
//! - UNSUPPORTED_VERSION: a member speaks the consumer protocol in a version below 9;
//! - UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION or STALE_MEMBER_EPOCH, REBALANCE_IN_PROGRESS
//!   (`ClassicGroup.validateOffsetCommit`, `ConsumerGroup.validateOffsetCommit`);
//! - OFFSET_METADATA_TOO_LARGE: above `offset.metadata.max.bytes`. Such a commit creates the group as well.

use std::sync::Arc;

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use kafka_trial_wire::messages::{OffsetCommitRequest, OffsetCommitResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Commit, State, TopicIdPartition, TopicPartition};

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: OffsetCommitRequest,
) -> Answer<OffsetCommitResponse> {
    let version = context.version();
    let allowed = check(state, context, &request).err();
    let longest = state.settings().offset_metadata_max_bytes;
    let now = state.now();
    // Up to version 4 a client may say how long the offset is kept; -1 leaves that to the broker.
    let kept_ms = Some(request.retention_time_ms).filter(|ms| *ms != -1);
    let expires = kept_ms.map(|ms| now.plus_millis(ms));
    let mut topics = Vec::with_capacity(request.topics.len());
    let mut commits = Vec::new();
    for topic in request.topics {
        let found = if version >= 10 { state.topics().by_id(topic.topic_id) } else { state.topics().get(&topic.name) };
        let found = found.map(|topic| (Arc::clone(&topic.name), topic.partitions.len()));
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in topic.partitions {
            let index = partition.partition_index;
            let metadata = partition.committed_metadata.unwrap_or_default();
            let exists = |count: &usize| usize::try_from(index).is_ok_and(|index| index < *count);
            let error = match (allowed, &found) {
                (_, None) if version >= 10 => ErrorCode::UNKNOWN_TOPIC_ID,
                // Unknown partitions are refused before the group is asked.
                (_, None) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                (_, Some((_, count))) if !exists(count) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                (Some(error), _) => error,
                (None, Some(_)) if metadata.len() > longest => {
                    state.ensure_group(&request.group_id);
                    ErrorCode::OFFSET_METADATA_TOO_LARGE
                }
                (None, Some((name, _))) => {
                    let commit = Commit {
                        offset: partition.committed_offset,
                        leader_epoch: partition.committed_leader_epoch,
                        metadata: metadata.as_str().to_owned(),
                        expires,
                    };
                    commits.push((TopicPartition::new(Arc::clone(name), index), commit));
                    ErrorCode::NONE
                }
            };
            partitions.push(OffsetCommitResponsePartition {
                partition_index: index,
                error_code: error,
                ..OffsetCommitResponsePartition::default()
            });
        }
        if partitions.is_empty() {
            continue;
        }
        topics.push(OffsetCommitResponseTopic {
            name: topic.name,
            topic_id: topic.topic_id,
            partitions,
            ..OffsetCommitResponseTopic::default()
        });
    }
    state.commit(&request.group_id, commits);
    if allowed.is_none() {
        state.heard_of_member(&request.group_id, &request.member_id);
    }
    Answer::Reply(OffsetCommitResponse { topics, ..OffsetCommitResponse::default() })
}

fn check(state: &State, context: &Context, request: &OffsetCommitRequest) -> Result<(), ErrorCode> {
    state.check_coordinator(context.node, &request.group_id)?;
    let generation = request.generation_id_or_member_epoch;
    match state.groups().get(&request.group_id) {
        Some(group) => {
            let member = request.member_id.as_str();
            let is_too_old = context.version() < 9;
            if is_too_old && group.consumer().is_some_and(|group| group.speaks_consumer_protocol(member)) {
                return Err(ErrorCode::UNSUPPORTED_VERSION);
            }
            let partitions = partitions(state, context, request);
            group.validate_commit(member, request.group_instance_id.as_deref(), generation, &partitions)
        }
        None if generation < 0 => Ok(()),
        None if context.version() >= 9 => Err(ErrorCode::GROUP_ID_NOT_FOUND),
        None => Err(ErrorCode::ILLEGAL_GENERATION),
    }
}

/// The partitions that a commit is for and that exist.
fn partitions(state: &State, context: &Context, request: &OffsetCommitRequest) -> Vec<TopicIdPartition> {
    let topics = request.topics.iter().filter_map(|topic| {
        let found = if context.version() >= 10 {
            state.topics().by_id(topic.topic_id)
        } else {
            state.topics().get(&topic.name)
        };
        Some((found?, topic))
    });
    let partitions = topics.flat_map(|(found, topic)| {
        let known = topic.partitions.iter().filter(|wanted| found.partition(wanted.partition_index).is_some());
        known.map(|wanted| TopicIdPartition::new(found.id, wanted.partition_index))
    });
    partitions.collect()
}

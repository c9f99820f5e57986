//! OffsetFetch (key 9), versions 1 to 10: the committed offsets of groups.
//!
//! From version 2 null topics mean all, from version 7 a request may insist on stable offsets (KIP-447), from version 8 there
//! may be several groups (KIP-709), from version 9 a member names itself (KIP-848), from version 10 topics are named by id.
//! A partition without a committed offset, or of a group that does not exist, has offset -1 and no error. Refusals in order
//! (`GroupCoordinatorService.fetchOffsets`, `OffsetMetadataManager.fetchOffsets`):
//!
//! - NOT_COORDINATOR; version 1 has no error for the group, so its partitions carry it;
//! - UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH: from version 9, in a consumer group (`ConsumerGroup.validateOffsetFetch`);
//! - for a partition UNKNOWN_TOPIC_ID, from version 10;
//! - UNSTABLE_OFFSET_COMMIT: the offset waits for the end of a transaction, and the request insists on stable ones.

use std::collections::BTreeMap;

use kafka_trial_wire::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_trial_wire::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_trial_wire::messages::{OffsetFetchRequest, OffsetFetchResponse};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Group, State};

pub(crate) fn handle(state: &State, context: &Context, request: OffsetFetchRequest) -> Answer<OffsetFetchResponse> {
    let version = context.version();
    if version >= 8 {
        let stable = request.require_stable;
        let groups = request.groups.into_iter().map(|group| fetch_group(state, context, stable, group)).collect();
        return Answer::Reply(OffsetFetchResponse { groups, ..OffsetFetchResponse::default() });
    }
    let refusal = state.check_coordinator(context.node, &request.group_id).err();
    // Version 1 has no error for the group, so its partitions carry it.
    let error = refusal.unwrap_or(ErrorCode::NONE);
    let wanted = match request.topics {
        _ if refusal.is_some() && version > 1 => Vec::new(),
        Some(topics) => topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect(),
        None => committed_topics(state, &request.group_id),
    };
    let topics = wanted.into_iter().map(|(name, indexes)| {
        let partitions = indexes.into_iter().map(|index| {
            let found = match refusal {
                None => look_up(state, &request.group_id, &name, index, request.require_stable),
                Some(_) => CommittedRow::nothing(error),
            };
            OffsetFetchResponsePartition {
                partition_index: index,
                committed_offset: found.offset,
                committed_leader_epoch: found.leader_epoch,
                metadata: Some(found.metadata),
                error_code: found.error,
                ..OffsetFetchResponsePartition::default()
            }
        });
        let partitions = partitions.collect();
        OffsetFetchResponseTopic { name, partitions, ..OffsetFetchResponseTopic::default() }
    });
    let topics = topics.collect();
    Answer::Reply(OffsetFetchResponse { topics, error_code: error, ..OffsetFetchResponse::default() })
}

fn fetch_group(
    state: &State,
    context: &Context,
    stable: bool,
    group: OffsetFetchRequestGroup,
) -> OffsetFetchResponseGroup {
    let by_id = context.version() >= 10;
    if let Err(error) = check(state, context, &group) {
        return OffsetFetchResponseGroup {
            group_id: group.group_id,
            error_code: error,
            ..OffsetFetchResponseGroup::default()
        };
    }
    let id_of = |name: &str| state.topics().get(name).map_or(Uuid::ZERO, |topic| topic.id);
    let wanted: Vec<(Option<Text>, Uuid, Vec<i32>)> = match group.topics {
        Some(topics) => topics
            .into_iter()
            .map(|topic| {
                let name = if by_id {
                    state.topics().by_id(topic.topic_id).map(|found| Text::from(&*found.name))
                } else {
                    Some(topic.name)
                };
                (name, topic.topic_id, topic.partition_indexes)
            })
            .collect(),
        None => committed_topics(state, &group.group_id)
            .into_iter()
            .map(|(name, indexes)| (Some(name.clone()), id_of(&name), indexes))
            .filter(|(_, id, _)| !by_id || *id != Uuid::ZERO)
            .collect(),
    };
    let topics = wanted.into_iter().map(|(name, topic_id, indexes)| {
        let partitions = indexes.into_iter().map(|index| {
            let found = match &name {
                Some(name) => look_up(state, &group.group_id, name, index, stable),
                None => CommittedRow::nothing(ErrorCode::UNKNOWN_TOPIC_ID),
            };
            OffsetFetchResponsePartitions {
                partition_index: index,
                committed_offset: found.offset,
                committed_leader_epoch: found.leader_epoch,
                metadata: Some(found.metadata),
                error_code: found.error,
                ..OffsetFetchResponsePartitions::default()
            }
        });
        let partitions = partitions.collect();
        let topic_id = if by_id { topic_id } else { Uuid::ZERO };
        let name = name.clone().unwrap_or_default();
        OffsetFetchResponseTopics { name, topic_id, partitions, ..OffsetFetchResponseTopics::default() }
    });
    let topics = topics.collect();
    OffsetFetchResponseGroup { group_id: group.group_id, topics, ..OffsetFetchResponseGroup::default() }
}

/// The answer of a partition.
struct CommittedRow {
    offset: i64,
    leader_epoch: i32,
    metadata: Text,
    error: ErrorCode,
}

impl CommittedRow {
    fn nothing(error: ErrorCode) -> Self {
        Self { offset: -1, leader_epoch: -1, metadata: Text::default(), error }
    }
}

fn look_up(state: &State, group: &str, topic: &str, index: i32, stable: bool) -> CommittedRow {
    if stable && state.transactional_offsets().is_unstable(group, topic, index) {
        return CommittedRow::nothing(ErrorCode::UNSTABLE_OFFSET_COMMIT);
    }
    let committed = state.groups().get(group).and_then(|group| group.offsets.get(topic, index));
    committed.map_or(CommittedRow::nothing(ErrorCode::NONE), |committed| CommittedRow {
        offset: committed.offset,
        leader_epoch: committed.leader_epoch,
        metadata: committed.metadata.as_str().into(),
        error: ErrorCode::NONE,
    })
}

/// From version 9 a member of a consumer group names itself, and its epoch must be current (KIP-848).
fn check(state: &State, context: &Context, group: &OffsetFetchRequestGroup) -> Result<(), ErrorCode> {
    state.check_coordinator(context.node, &group.group_id)?;
    match state.groups().get(&group.group_id).and_then(Group::consumer) {
        Some(consumers) => consumers.validate_fetch(group.member_id.as_deref(), group.member_epoch),
        None => Ok(()),
    }
}

fn committed_topics(state: &State, group: &str) -> Vec<(Text, Vec<i32>)> {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, index, _) in state.groups().get(group).into_iter().flat_map(|group| group.offsets.iter()) {
        topics.entry(topic).or_default().push(index);
    }
    topics.into_iter().map(|(topic, indexes)| (topic.into(), indexes)).collect()
}

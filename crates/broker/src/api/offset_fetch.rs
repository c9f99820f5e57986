//! OffsetFetch (key 9), versions 1 to 10; from 8 several groups at once (KIP-709), from 10 topics by id.
//!
//! A partition without a committed offset, or of a group that does not exist, has offset -1 and no error.
//! With `require_stable` (KIP-447) a partition whose offset waits for the end of a transaction answers
//! UNSTABLE_OFFSET_COMMIT.

use std::collections::BTreeMap;

use kafka_trial_wire::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_trial_wire::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_trial_wire::messages::{OffsetFetchRequest, OffsetFetchResponse};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use crate::core::{Answer, Context, Core, Group};

pub(crate) fn handle(core: &mut Core, context: &Context, request: OffsetFetchRequest) -> Answer<OffsetFetchResponse> {
    let version = context.version();
    if version >= 8 {
        let stable = request.require_stable;
        let groups = request.groups.into_iter().map(|group| fetch_group(core, context, stable, group)).collect();
        return Answer::Reply(OffsetFetchResponse { groups, ..OffsetFetchResponse::default() });
    }
    let refusal = core.check_coordinator(context.node, &request.group_id).err();
    // Version 1 has no error of its own; its partitions carry it.
    let error = refusal.unwrap_or(ErrorCode::NONE);
    let wanted = match request.topics {
        _ if refusal.is_some() && version > 1 => Vec::new(),
        Some(topics) => topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect(),
        None => committed_topics(core, &request.group_id),
    };
    let topics = wanted.into_iter().map(|(name, indexes)| {
        let partitions = indexes.into_iter().map(|index| {
            let found = match refusal {
                None => look_up(core, &request.group_id, &name, index, request.require_stable),
                Some(_) => Found::nothing(error),
            };
            OffsetFetchResponsePartition {
                partition_index: index,
                committed_offset: found.offset,
                committed_leader_epoch: found.leader_epoch,
                metadata: Some(found.metadata),
                error_code: found.error.0,
                ..OffsetFetchResponsePartition::default()
            }
        });
        let partitions = partitions.collect();
        OffsetFetchResponseTopic { name, partitions, ..OffsetFetchResponseTopic::default() }
    });
    let topics = topics.collect();
    Answer::Reply(OffsetFetchResponse { topics, error_code: error.0, ..OffsetFetchResponse::default() })
}

fn fetch_group(
    core: &Core,
    context: &Context,
    stable: bool,
    group: OffsetFetchRequestGroup,
) -> OffsetFetchResponseGroup {
    let by_id = context.version() >= 10;
    if let Err(error) = check(core, context, &group) {
        return OffsetFetchResponseGroup {
            group_id: group.group_id,
            error_code: error.0,
            ..OffsetFetchResponseGroup::default()
        };
    }
    let id_of = |name: &str| core.topics.get(name).map_or(Uuid::ZERO, |topic| topic.id);
    let wanted: Vec<(Option<Text>, Uuid, Vec<i32>)> = match group.topics {
        Some(topics) => topics
            .into_iter()
            .map(|topic| {
                let name = if by_id {
                    core.topics.by_id(topic.topic_id).map(|found| Text::from(found.name.as_str()))
                } else {
                    Some(topic.name)
                };
                (name, topic.topic_id, topic.partition_indexes)
            })
            .collect(),
        None => committed_topics(core, &group.group_id)
            .into_iter()
            .map(|(name, indexes)| (Some(name.clone()), id_of(&name), indexes))
            .filter(|(_, id, _)| !by_id || *id != Uuid::ZERO)
            .collect(),
    };
    let topics = wanted.into_iter().map(|(name, topic_id, indexes)| {
        let partitions = indexes.into_iter().map(|index| {
            let found = match &name {
                Some(name) => look_up(core, &group.group_id, name, index, stable),
                None => Found::nothing(ErrorCode::UNKNOWN_TOPIC_ID),
            };
            OffsetFetchResponsePartitions {
                partition_index: index,
                committed_offset: found.offset,
                committed_leader_epoch: found.leader_epoch,
                metadata: Some(found.metadata),
                error_code: found.error.0,
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

/// What a partition answers.
struct Found {
    offset: i64,
    leader_epoch: i32,
    metadata: Text,
    error: ErrorCode,
}

impl Found {
    fn nothing(error: ErrorCode) -> Self {
        Self { offset: -1, leader_epoch: -1, metadata: Text::default(), error }
    }
}

fn look_up(core: &Core, group: &str, topic: &str, index: i32, stable: bool) -> Found {
    if stable && core.transactional_offsets.is_unstable(group, topic, index) {
        return Found::nothing(ErrorCode::UNSTABLE_OFFSET_COMMIT);
    }
    let committed = core.groups.get(group).and_then(|group| group.offsets.get(&(topic.to_owned(), index)));
    committed.map_or(Found::nothing(ErrorCode::NONE), |committed| Found {
        offset: committed.offset,
        leader_epoch: committed.leader_epoch,
        metadata: committed.metadata.as_str().into(),
        error: ErrorCode::NONE,
    })
}

/// From version 9 on a member of the consumer protocol says who it is, and must be up to date (KIP-848).
fn check(core: &Core, context: &Context, group: &OffsetFetchRequestGroup) -> Result<(), ErrorCode> {
    core.check_coordinator(context.node, &group.group_id)?;
    match core.groups.get(&group.group_id).and_then(Group::consumer) {
        Some(consumers) => consumers.validate_fetch(group.member_id.as_deref(), group.member_epoch),
        None => Ok(()),
    }
}

fn committed_topics(core: &Core, group: &str) -> Vec<(Text, Vec<i32>)> {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, index) in core.groups.get(group).into_iter().flat_map(|group| group.offsets.keys()) {
        topics.entry(topic).or_default().push(*index);
    }
    topics.into_iter().map(|(topic, indexes)| (topic.into(), indexes)).collect()
}

//! OffsetFetch (key 9), versions 1 to 10; from 8 several groups at once (KIP-709), from 10 topics by id.
//!
//! A partition without a committed offset, or of a group that does not exist, has offset -1 and no error.
//! `require_stable` (KIP-447) never has to wait: there are no transactional commits yet.

use std::collections::BTreeMap;

use kafka_trial_wire::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_trial_wire::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_trial_wire::messages::{OffsetFetchRequest, OffsetFetchResponse};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use crate::core::{Answer, Context, Core};

pub(crate) fn handle(core: &mut Core, context: &Context, request: OffsetFetchRequest) -> Answer<OffsetFetchResponse> {
    let version = context.version();
    if version >= 8 {
        let groups = request.groups.into_iter().map(|group| fetch_group(core, context, group)).collect();
        return Answer::Reply(OffsetFetchResponse { groups, ..OffsetFetchResponse::default() });
    }
    let refusal = core.check_coordinator(context.node, &request.group_id).err();
    // Version 1 has no error of its own; its partitions carry it.
    let error = refusal.unwrap_or(ErrorCode::NONE);
    let wanted = match request.topics {
        Some(topics) => topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect(),
        None if refusal.is_some() => Vec::new(),
        None => committed_topics(core, &request.group_id),
    };
    let topics = wanted.into_iter().map(|(name, indexes)| {
        let partitions = indexes.into_iter().map(|index| {
            let found = look_up(core, &request.group_id, &name, index).filter(|_| refusal.is_none());
            let (committed_offset, committed_leader_epoch, metadata) = found.unwrap_or((-1, -1, Text::default()));
            OffsetFetchResponsePartition {
                partition_index: index,
                committed_offset,
                committed_leader_epoch,
                metadata: Some(metadata),
                error_code: error.0,
                ..OffsetFetchResponsePartition::default()
            }
        });
        let partitions = partitions.collect();
        OffsetFetchResponseTopic { name, partitions, ..OffsetFetchResponseTopic::default() }
    });
    let topics = topics.collect();
    Answer::Reply(OffsetFetchResponse { topics, error_code: error.0, ..OffsetFetchResponse::default() })
}

fn fetch_group(core: &Core, context: &Context, group: OffsetFetchRequestGroup) -> OffsetFetchResponseGroup {
    let by_id = context.version() >= 10;
    if let Err(error) = core.check_coordinator(context.node, &group.group_id) {
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
        let error = if name.is_none() { ErrorCode::UNKNOWN_TOPIC_ID } else { ErrorCode::NONE };
        let name = name.unwrap_or_default();
        let partitions = indexes.into_iter().map(|index| {
            let found = look_up(core, &group.group_id, &name, index);
            let (committed_offset, committed_leader_epoch, metadata) = found.unwrap_or((-1, -1, Text::default()));
            OffsetFetchResponsePartitions {
                partition_index: index,
                committed_offset,
                committed_leader_epoch,
                metadata: Some(metadata),
                error_code: error.0,
                ..OffsetFetchResponsePartitions::default()
            }
        });
        let partitions = partitions.collect();
        let topic_id = if by_id { topic_id } else { Uuid::ZERO };
        OffsetFetchResponseTopics { name, topic_id, partitions, ..OffsetFetchResponseTopics::default() }
    });
    let topics = topics.collect();
    OffsetFetchResponseGroup { group_id: group.group_id, topics, ..OffsetFetchResponseGroup::default() }
}

fn look_up(core: &Core, group: &str, topic: &str, index: i32) -> Option<(i64, i32, Text)> {
    let committed = core.groups.get(group)?.offsets.get(&(topic.to_owned(), index))?;
    Some((committed.offset, committed.leader_epoch, committed.metadata.as_str().into()))
}

fn committed_topics(core: &Core, group: &str) -> Vec<(Text, Vec<i32>)> {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, index) in core.groups.get(group).into_iter().flat_map(|group| group.offsets.keys()) {
        topics.entry(topic).or_default().push(*index);
    }
    topics.into_iter().map(|(topic, indexes)| (topic.into(), indexes)).collect()
}

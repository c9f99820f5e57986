//! OffsetDelete (key 47), version 0 (KIP-496): drops committed offsets of a group, and those that open transactions
//! would commit.
//!
//! A group without members gives up any offset. A consumer group with members keeps those of the topics it is
//! subscribed to (GROUP_SUBSCRIBED_TO_TOPIC); any other group with members is NON_EMPTY_GROUP
//! (`ClassicGroup.validateOffsetDelete`).

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic};
use kafka_trial_wire::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

use crate::core::{Answer, Context, Core};

pub(crate) fn handle(core: &mut Core, context: &Context, request: OffsetDeleteRequest) -> Answer<OffsetDeleteResponse> {
    let checked = core.check_named_coordinator(context.node, &request.group_id);
    let group = checked.and_then(|()| core.groups.get_mut(&request.group_id).ok_or(ErrorCode::GROUP_ID_NOT_FOUND));
    let group = match group.and_then(|group| group.validate_offset_delete().map(|()| group)) {
        Ok(group) => group,
        Err(error) => {
            return Answer::Reply(OffsetDeleteResponse { error_code: error.0, ..OffsetDeleteResponse::default() });
        }
    };
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let known = core.topics.get(&topic.name).map(|topic| topic.partitions.len());
        let subscribed = group.is_subscribed_to(&topic.name);
        let partitions = topic.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            let exists = known.is_some_and(|count| usize::try_from(index).is_ok_and(|index| index < count));
            let error = if !exists {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            } else if subscribed {
                ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC
            } else {
                let partition = (topic.name.as_str().to_owned(), index);
                group.offsets.remove(&partition);
                core.transactional_offsets.forget_offset(&request.group_id, &partition);
                ErrorCode::NONE
            };
            OffsetDeleteResponsePartition { partition_index: index, error_code: error.0 }
        });
        let partitions = partitions.collect();
        topics.push(OffsetDeleteResponseTopic { name: topic.name, partitions });
    }
    Answer::Reply(OffsetDeleteResponse { topics, ..OffsetDeleteResponse::default() })
}

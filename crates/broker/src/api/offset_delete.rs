//! OffsetDelete (key 47), version 0 (KIP-496): deletes committed offsets of a group, and those that open transactions would
//! commit.
//!
//! Refusals in order (`GroupCoordinatorService.deleteOffsets`, `OffsetMetadataManager.deleteOffsets`):
//!
//! - INVALID_GROUP_ID: the group id is empty;
//! - NOT_COORDINATOR;
//! - GROUP_ID_NOT_FOUND;
//! - NON_EMPTY_GROUP: a classic group that is not one of consumers has members (`ClassicGroup.validateOffsetDelete`);
//! - for a partition UNKNOWN_TOPIC_OR_PARTITION, then GROUP_SUBSCRIBED_TO_TOPIC: the group's members read the topic.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic};
use kafka_trial_wire::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: OffsetDeleteRequest,
) -> Answer<OffsetDeleteResponse> {
    let checked = state.check_named_coordinator(context.node, &request.group_id).and_then(|()| {
        state.groups().get(&request.group_id).ok_or(ErrorCode::GROUP_ID_NOT_FOUND)?.validate_offset_delete()
    });
    if let Err(error) = checked {
        return Answer::Reply(OffsetDeleteResponse { error_code: error, ..OffsetDeleteResponse::default() });
    }
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let known = state.topics().get(&topic.name).map(|topic| topic.partitions.len());
        let group = state.groups().get(&request.group_id);
        let subscribed = group.is_some_and(|group| group.is_subscribed_to(&topic.name));
        let partitions = topic.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            let exists = known.is_some_and(|count| usize::try_from(index).is_ok_and(|index| index < count));
            let error = if !exists {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            } else if subscribed {
                ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC
            } else {
                state.delete_offset(&request.group_id, &topic.name, index);
                ErrorCode::NONE
            };
            OffsetDeleteResponsePartition { partition_index: index, error_code: error }
        });
        let partitions = partitions.collect();
        topics.push(OffsetDeleteResponseTopic { name: topic.name, partitions });
    }
    Answer::Reply(OffsetDeleteResponse { topics, ..OffsetDeleteResponse::default() })
}

//! DeleteRecords (key 21), versions 0 to 2 (KIP-107): moves the start of a partition's log up to an offset.
//!
//! Offset -1 stands for the high watermark. An offset below the start changes nothing. Refusals in order
//! (`ReplicaManager.deleteRecordsOnLocalLog`), for each partition:
//!
//! - UNKNOWN_TOPIC_OR_PARTITION;
//! - INVALID_TOPIC_EXCEPTION: an internal topic;
//! - NOT_LEADER_OR_FOLLOWER;
//! - POLICY_VIOLATION: the topic is compacted, and `cleanup.policy` does not also name `delete`;
//! - OFFSET_OUT_OF_RANGE: the offset is above the high watermark, or negative.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult};
use kafka_trial_wire::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

/// Stands for the high watermark (`DeleteRecordsRequest.HIGH_WATERMARK`).
const TO_HIGH_WATERMARK: i64 = -1;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: DeleteRecordsRequest,
) -> Answer<DeleteRecordsResponse> {
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for wanted in topic.partitions {
            let result = delete_before(state, context, &topic.name, wanted.partition_index, wanted.offset);
            partitions.push(DeleteRecordsPartitionResult {
                partition_index: wanted.partition_index,
                low_watermark: result.unwrap_or(-1),
                error_code: result.err().unwrap_or(ErrorCode::NONE),
                ..DeleteRecordsPartitionResult::default()
            });
        }
        topics.push(DeleteRecordsTopicResult { name: topic.name, partitions, ..DeleteRecordsTopicResult::default() });
    }
    Answer::Reply(DeleteRecordsResponse { topics, ..DeleteRecordsResponse::default() })
}

/// Returns the new start of the log.
fn delete_before(state: &mut State, context: &Context, topic: &str, index: i32, offset: i64) -> Result<i64, ErrorCode> {
    let topic = state.topics().get(topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let (id, internal, deletes) = (topic.id, topic.internal, topic.config.delete || !topic.config.compact);
    let partition = topic.partition(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    if internal {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    if partition.leader != context.node {
        return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    }
    if !deletes {
        return Err(ErrorCode::POLICY_VIOLATION);
    }
    let high_watermark = partition.log.high_watermark();
    let offset = if offset == TO_HIGH_WATERMARK { high_watermark } else { offset };
    if !(0..=high_watermark).contains(&offset) {
        return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    state.delete_records(id, index, offset)
}

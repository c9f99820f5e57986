//! OffsetForLeaderEpoch (key 23), versions 2 to 4 (KIP-101, KIP-320): where a leader epoch ends in the log.
//!
//! The answer has the largest epoch that is not above the requested one, and the offset after its last record. An epoch that
//! is unknown or in the future has epoch -1 and offset -1 and no error. Refusals in order
//! (`ReplicaManager.lastOffsetForLeaderEpoch`), for each partition:
//!
//! - UNKNOWN_TOPIC_OR_PARTITION;
//! - NOT_LEADER_OR_FOLLOWER;
//! - FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH: the client believes in an older or newer leader epoch.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use kafka_trial_wire::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use kafka_trial_wire::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Partition, State};

const UNKNOWN: (i32, i64) = (-1, -1);

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: OffsetForLeaderEpochRequest,
) -> Answer<OffsetForLeaderEpochResponse> {
    let topics = request.topics.into_iter().map(|topic| {
        let found = state.topics().get(&topic.topic);
        let partitions = topic.partitions.iter().map(|wanted| {
            let result = match found.and_then(|topic| topic.partition(wanted.partition)) {
                None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                Some(partition) if partition.leader != context.node => Err(ErrorCode::NOT_LEADER_OR_FOLLOWER),
                Some(partition) => epoch_end(partition, wanted),
            };
            let (leader_epoch, end_offset) = result.unwrap_or(UNKNOWN);
            EpochEndOffset {
                error_code: result.err().unwrap_or(ErrorCode::NONE),
                partition: wanted.partition,
                leader_epoch,
                end_offset,
                ..EpochEndOffset::default()
            }
        });
        let partitions = partitions.collect();
        OffsetForLeaderTopicResult { topic: topic.topic, partitions, ..OffsetForLeaderTopicResult::default() }
    });
    let topics = topics.collect();
    Answer::Reply(OffsetForLeaderEpochResponse { topics, ..OffsetForLeaderEpochResponse::default() })
}

fn epoch_end(partition: &Partition, wanted: &OffsetForLeaderPartition) -> Result<(i32, i64), ErrorCode> {
    partition.check_epoch(wanted.current_leader_epoch)?;
    if wanted.leader_epoch < 0 {
        return Ok(UNKNOWN);
    }
    Ok(partition.log.epoch_end(wanted.leader_epoch, partition.leader_epoch).unwrap_or(UNKNOWN))
}

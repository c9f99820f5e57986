//! ListOffsets (key 2), versions 1 to 11: the offset of a timestamp, for each partition.
//!
//! A timestamp finds the first record at or after it. Special ones are -1 latest, -2 earliest, from version 7 -3 the record
//! with the largest timestamp (KIP-734), from 8 -4 earliest local (KIP-405), from 9 -5 latest tiered (KIP-1005), and from 11
//! -6 earliest pending upload (KIP-1023). From version 2 the isolation level counts, from version 4 leader epochs (KIP-320).
//! Refusals in order (`ReplicaManager.fetchOffset`), for each partition:
//!
//! - INVALID_REQUEST: the partition is named twice; the answer has it once;
//! - UNKNOWN_TOPIC_OR_PARTITION;
//! - NOT_LEADER_OR_FOLLOWER;
//! - FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH: the client believes in an older or newer leader epoch;
//! - UNSUPPORTED_VERSION: a special timestamp that the version does not have.
//!
//! Left out: tiered storage, so -5 and -6 find nothing.

use std::collections::BTreeSet;

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::list_offsets_request::ListOffsetsPartition;
use kafka_trial_wire::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_trial_wire::messages::{ListOffsetsRequest, ListOffsetsResponse};

use super::shared::twice::named_twice;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{FoundOffset, Partition, State};

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const LARGEST_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

pub(crate) fn handle(state: &State, context: &Context, request: ListOffsetsRequest) -> Answer<ListOffsetsResponse> {
    let read_committed = request.isolation_level == 1;
    let twice =
        named_twice(request.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| (topic.name.clone(), partition.partition_index))
        }));
    let mut refused = BTreeSet::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let found = state.topics().get(&topic.name);
        let once = |wanted: &&ListOffsetsPartition| {
            let key = (topic.name.clone(), wanted.partition_index);
            !twice.contains(&key) || refused.insert(key)
        };
        let partitions = topic.partitions.iter().filter(once).map(|wanted| {
            let result = if twice.contains(&(topic.name.clone(), wanted.partition_index)) {
                Err(ErrorCode::INVALID_REQUEST)
            } else {
                match found.and_then(|topic| topic.partition(wanted.partition_index)) {
                    None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                    Some(partition) if partition.leader != context.node => Err(ErrorCode::NOT_LEADER_OR_FOLLOWER),
                    Some(partition) => look_up(partition, wanted, context.version(), read_committed),
                }
            };
            respond(wanted.partition_index, result, context.version())
        });
        let partitions: Vec<_> = partitions.collect();
        if partitions.is_empty() && !topic.partitions.is_empty() {
            continue;
        }
        topics.push(ListOffsetsTopicResponse { name: topic.name, partitions, ..ListOffsetsTopicResponse::default() });
    }
    Answer::Reply(ListOffsetsResponse { topics, ..ListOffsetsResponse::default() })
}

fn look_up(
    partition: &Partition,
    wanted: &ListOffsetsPartition,
    version: i16,
    read_committed: bool,
) -> Result<FoundOffset, ErrorCode> {
    partition.check_epoch(wanted.current_leader_epoch)?;
    let log = &partition.log;
    let at = |offset: i64, leader_epoch: i32| FoundOffset { timestamp: -1, offset, leader_epoch };
    let nothing = at(-1, -1);
    // An empty log belongs to the leader's epoch, which begins in the log before the first record.
    let start = match log.epoch_at(log.start_offset()) {
        -1 => at(log.start_offset(), partition.leader_epoch),
        epoch => at(log.start_offset(), epoch),
    };
    let end = if read_committed { partition.last_stable_offset() } else { log.high_watermark() };
    let readable = |found: Option<FoundOffset>| found.filter(|found| found.offset < end).unwrap_or(nothing);
    Ok(match wanted.timestamp {
        LATEST => at(end, partition.leader_epoch),
        EARLIEST => start,
        LARGEST_TIMESTAMP if version >= 7 => readable(log.largest_timestamp()),
        EARLIEST_LOCAL if version >= 8 => start,
        LATEST_TIERED if version >= 9 => nothing,
        EARLIEST_PENDING_UPLOAD if version >= 11 => nothing,
        ..=LARGEST_TIMESTAMP => return Err(ErrorCode::UNSUPPORTED_VERSION),
        timestamp => readable(log.find_timestamp(timestamp)),
    })
}

fn respond(partition_index: i32, result: Result<FoundOffset, ErrorCode>, version: i16) -> ListOffsetsPartitionResponse {
    match result {
        Ok(found) => ListOffsetsPartitionResponse {
            partition_index,
            timestamp: found.timestamp,
            offset: found.offset,
            leader_epoch: if version >= 4 { found.leader_epoch } else { -1 },
            ..ListOffsetsPartitionResponse::default()
        },
        Err(error) => ListOffsetsPartitionResponse {
            partition_index,
            error_code: error,
            timestamp: -1,
            offset: -1,
            leader_epoch: -1,
            ..ListOffsetsPartitionResponse::default()
        },
    }
}

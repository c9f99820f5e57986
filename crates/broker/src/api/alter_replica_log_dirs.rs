//! AlterReplicaLogDirs (key 34), versions 1 and 2 (KIP-113): moves replicas to a different log directory of this broker.
//!
//! There is one log directory, and it is a name alone: records live in memory. A replica can only be moved to where it
//! is, which is a success. The refusals of `ReplicaManager.alterReplicaLogDirs`, in order, for each partition:
//!
//! - INVALID_TOPIC_EXCEPTION: the name of the directory that a moving replica has would be too long for a file system;
//! - LOG_DIR_NOT_FOUND: the broker has no such directory;
//! - UNKNOWN_TOPIC_OR_PARTITION;
//! - REPLICA_NOT_AVAILABLE: this broker holds no replica of the partition.
//!
//! A partition that is named for two directories counts for the last one.

use std::collections::BTreeMap;

use kafka_trial_core::State;
use kafka_trial_wire::messages::alter_replica_log_dirs_response::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult,
};
use kafka_trial_wire::messages::{AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use crate::api::Answer;
use crate::traffic::Context;

/// The longest name of a directory.
const LONGEST_NAME: usize = 255;

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: AlterReplicaLogDirsRequest,
) -> Answer<AlterReplicaLogDirsResponse> {
    let mut moves: BTreeMap<Text, BTreeMap<i32, Text>> = BTreeMap::new();
    for dir in request.dirs {
        for topic in dir.topics {
            let partitions = topic.partitions.into_iter().map(|partition| (partition, dir.path.clone()));
            moves.entry(topic.name).or_default().extend(partitions);
        }
    }
    let results = moves.into_iter().map(|(topic_name, partitions)| {
        let partitions = partitions.into_iter().map(|(partition_index, path)| {
            let outcome = check(state, context.node, (&topic_name, partition_index), &path);
            AlterReplicaLogDirPartitionResult {
                partition_index,
                error_code: outcome.err().unwrap_or(ErrorCode::NONE),
                ..AlterReplicaLogDirPartitionResult::default()
            }
        });
        let partitions = partitions.collect();
        AlterReplicaLogDirTopicResult { topic_name, partitions, ..AlterReplicaLogDirTopicResult::default() }
    });
    Answer::Reply(AlterReplicaLogDirsResponse { results: results.collect(), ..AlterReplicaLogDirsResponse::default() })
}

fn check(state: &State, node: i32, (topic, index): (&str, i32), path: &str) -> Result<(), ErrorCode> {
    // While it moves, a replica is in TOPIC-PARTITION.UUID-future (`UnifiedLog.logFutureDirName`).
    if topic.len() + format!("-{index}.").len() + 32 + "-future".len() > LONGEST_NAME {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    if path != state.settings().log_dir() {
        return Err(ErrorCode::LOG_DIR_NOT_FOUND);
    }
    let partition = state.topics().get(topic).and_then(|topic| topic.partition(index));
    let partition = partition.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    if partition.replicas.contains(&node) { Ok(()) } else { Err(ErrorCode::REPLICA_NOT_AVAILABLE) }
}

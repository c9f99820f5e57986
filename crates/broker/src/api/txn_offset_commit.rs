//! TxnOffsetCommit (key 28), versions 0 to 5 (KIP-98, KIP-447): offsets that count from the transaction's commit on.
//!
//! Up to version 4 AddOffsetsToTxn has to come before; from version 5 this request adds the group's partition of
//! `__consumer_offsets` itself (KIP-890). From version 3 a request that names a member or a generation is checked against the
//! group. Refusals in order, for each partition:
//!
//! - UNKNOWN_TOPIC_OR_PARTITION (`KafkaApis.handleTxnOffsetCommitRequest`). If no partition exists, the rest is not checked;
//! - INVALID_GROUP_ID: the group id is empty;
//! - NOT_COORDINATOR;
//! - for the transaction INVALID_REQUEST, INVALID_PRODUCER_ID_MAPPING, INVALID_PRODUCER_EPOCH, CONCURRENT_TRANSACTIONS, and
//!   TRANSACTION_ABORTABLE if AddOffsetsToTxn is missing, before version 4 as INVALID_TXN_STATE
//!   (`AddPartitionsToTxnManager`);
//! - for the group UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION (`validateTransactionalOffsetCommit`);
//! - OFFSET_METADATA_TOO_LARGE: above `offset.metadata.max.bytes`.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::txn_offset_commit_response::{
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use kafka_trial_wire::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Commit, State, TopicIdPartition, TopicPartition, TransactionVersion};

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: TxnOffsetCommitRequest,
) -> Answer<TxnOffsetCommitResponse> {
    // Without an existing partition neither the group nor the transaction is asked.
    let refused = if names_a_partition(state, &request) { check(state, context, &request).err() } else { None };
    let longest = state.settings().offset_metadata_max_bytes;
    let group_id = request.group_id.as_str();
    let mut topics = Vec::with_capacity(request.topics.len());
    let mut commits = Vec::new();
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in &topic.partitions {
            let index = partition.partition_index;
            let exists = state.topics().get(&topic.name).and_then(|found| found.partition(index)).is_some();
            let metadata = partition.committed_metadata.as_deref().unwrap_or_default();
            let error = match refused {
                _ if !exists => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                Some(error) => error,
                None if metadata.len() > longest => {
                    state.ensure_group(group_id);
                    ErrorCode::OFFSET_METADATA_TOO_LARGE
                }
                None => {
                    let commit = Commit {
                        offset: partition.committed_offset,
                        leader_epoch: partition.committed_leader_epoch,
                        metadata: metadata.to_owned(),
                        expires: None,
                    };
                    commits.push((TopicPartition::new(topic.name.as_str(), index), commit));
                    ErrorCode::NONE
                }
            };
            partitions.push(TxnOffsetCommitResponsePartition {
                partition_index: index,
                error_code: error,
                ..TxnOffsetCommitResponsePartition::default()
            });
        }
        topics.push(TxnOffsetCommitResponseTopic {
            name: topic.name.clone(),
            partitions,
            ..TxnOffsetCommitResponseTopic::default()
        });
    }
    if !commits.is_empty() {
        state.commit_in_transaction(group_id, (request.producer_id, request.producer_epoch), commits);
    }
    Answer::Reply(TxnOffsetCommitResponse { topics, ..TxnOffsetCommitResponse::default() })
}

/// Whether any of the partitions exists.
fn names_a_partition(state: &State, request: &TxnOffsetCommitRequest) -> bool {
    request.topics.iter().any(|topic| {
        let found = state.topics().get(&topic.name);
        let exists = |index: i32| found.is_some_and(|topic| topic.partition(index).is_some());
        topic.partitions.iter().any(|partition| exists(partition.partition_index))
    })
}

/// Asks the transaction first and then the group, as Kafka does: the group may refuse after the partition was added.
fn check(state: &mut State, context: &Context, request: &TxnOffsetCommitRequest) -> Result<(), ErrorCode> {
    state.check_named_coordinator(context.node, &request.group_id)?;
    enter_transaction(state, context, request)?;
    let (member, instance) = (&request.member_id, request.group_instance_id.as_deref());
    match state.groups().get(&request.group_id) {
        Some(group) => {
            let topics = request.topics.iter().filter_map(|topic| Some((state.topics().get(&topic.name)?.id, topic)));
            let partitions = topics.flat_map(|(id, topic)| {
                topic.partitions.iter().map(move |p| TopicIdPartition::new(id, p.partition_index))
            });
            let partitions: Vec<_> = partitions.collect();
            group.validate_transactional_commit(member, instance, request.generation_id, &partitions)
        }
        None if request.generation_id < 0 => Ok(()),
        None => Err(ErrorCode::ILLEGAL_GENERATION),
    }
}

/// Asks the transaction. Refusals are translated to codes that clients of the version know.
fn enter_transaction(state: &mut State, context: &Context, request: &TxnOffsetCommitRequest) -> Result<(), ErrorCode> {
    let version = if context.version() >= 5 { TransactionVersion::V2 } else { TransactionVersion::V1 };
    let (group, id, epoch) = (&request.group_id, &request.transactional_id, request.producer_epoch);
    state.enter_transaction(group, id, request.producer_id, epoch, version).map_err(|error| match error {
        ErrorCode::PRODUCER_FENCED => ErrorCode::INVALID_PRODUCER_EPOCH,
        ErrorCode::TRANSACTION_ABORTABLE if context.version() < 4 => ErrorCode::INVALID_TXN_STATE,
        other => other,
    })
}

//! AlterPartitionReassignments (key 45), versions 0 and 1 (KIP-455): gives partitions to different brokers.
//!
//! A reassignment is under way for 100 ms, in which Kafka's replicas catch up, and for as long as a broker that gets a replica
//! is down. It is done at once if replicas only go. Null replicas cancel it. From version 1 a request may insist on the present replication factor.
//! Refusals in order (`ReplicationControlManager.alterPartitionReassignment`), for each partition:
//!
//! - UNKNOWN_TOPIC_OR_PARTITION;
//! - INVALID_REPLICA_ASSIGNMENT: no replicas, an unknown broker, or a broker twice;
//! - INVALID_REPLICATION_FACTOR: a different number of replicas, which the request does not allow;
//! - NO_REASSIGNMENT_IN_PROGRESS: there is nothing to cancel.

use kafka_trial_wire::messages::alter_partition_reassignments_response::{
    ReassignablePartitionResponse, ReassignableTopicResponse,
};
use kafka_trial_wire::messages::{AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::shared::replicas::check_replicas;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::Refusal;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &mut State,
    _context: &Context,
    request: AlterPartitionReassignmentsRequest,
) -> Answer<AlterPartitionReassignmentsResponse> {
    let keeps_factor = !request.allow_replication_factor_change;
    // To a request without topics Kafka answers with the default message, which is empty; otherwise it sets none.
    let error_message = request.topics.is_empty().then(Text::default);
    let responses = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter().map(|partition| {
            let index = partition.partition_index;
            let refusal = reassign(state, &topic.name, index, partition.replicas, keeps_factor).err();
            ReassignablePartitionResponse {
                partition_index: index,
                error_code: refusal.as_ref().map_or(ErrorCode::NONE, |refusal| refusal.code),
                error_message: refusal.and_then(|refusal| refusal.message).map(Text::from),
                ..ReassignablePartitionResponse::default()
            }
        });
        let partitions = partitions.collect();
        ReassignableTopicResponse { name: topic.name, partitions, ..ReassignableTopicResponse::default() }
    });
    let responses = responses.collect();
    Answer::Reply(AlterPartitionReassignmentsResponse {
        allow_replication_factor_change: !keeps_factor,
        error_message,
        responses,
        ..AlterPartitionReassignmentsResponse::default()
    })
}

fn reassign(
    state: &mut State,
    name: &str,
    index: i32,
    replicas: Option<Vec<i32>>,
    keeps_factor: bool,
) -> Result<(), Refusal> {
    let unknown = |text: String| Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, text);
    let topic = state.topics().get(name).ok_or_else(|| unknown(format!("Unable to find a topic named {name}.")))?;
    let topic_id = topic.id;
    let partition =
        topic.partition(index).ok_or_else(|| unknown(format!("Unable to find partition {name}:{index}.")))?;
    let factor = partition.target().len();
    let is_reassigned = partition.is_reassigned();
    if let Some(replicas) = &replicas {
        check_replicas(state, replicas, None)?;
        if keeps_factor && replicas.len() != factor {
            let text = format!("The replication factor is changed from {factor} to {}", replicas.len());
            return Err(Refusal::new(ErrorCode::INVALID_REPLICATION_FACTOR, text));
        }
    } else if !is_reassigned {
        return Err(ErrorCode::NO_REASSIGNMENT_IN_PROGRESS.into());
    }
    match replicas {
        Some(replicas) => state.reassign(topic_id, index, replicas),
        None => state.cancel_reassignment(topic_id, index),
    }
    Ok(())
}

//! ElectLeaders (key 43), versions 0 to 2 (KIP-183): gives partitions a different leader.
//!
//! A preferred election gives a partition back to its first replica. From version 1 an unclean one (KIP-460) gives a
//! partition without a leader to any replica that runs; no record is lost by it, because all replicas are one log here. Null
//! partitions mean all; partitions that need no election are then left out. Refusals in order
//! (`ReplicationControlManager.electLeader`), for each partition:
//!
//! - INVALID_REQUEST: the type of election does not exist;
//! - UNKNOWN_TOPIC_OR_PARTITION;
//! - ELECTION_NOT_NEEDED;
//! - PREFERRED_LEADER_NOT_AVAILABLE: the first replica is not in sync; ELIGIBLE_LEADERS_NOT_AVAILABLE: no replica runs.

use kafka_trial_wire::messages::elect_leaders_response::{PartitionResult, ReplicaElectionResult};
use kafka_trial_wire::messages::{ElectLeadersRequest, ElectLeadersResponse};
use kafka_trial_wire::{ErrorCode, Text};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::Refusal;
use kafka_trial_core::{NO_LEADER, State};

/// `ElectionType`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Election {
    Preferred,
    Unclean,
}

pub(crate) fn handle(
    state: &mut State,
    _context: &Context,
    request: ElectLeadersRequest,
) -> Answer<ElectLeadersResponse> {
    let election = match request.election_type {
        0 => Ok(Election::Preferred),
        1 => Ok(Election::Unclean),
        other => Err(Refusal::new(ErrorCode::INVALID_REQUEST, format!("Unknown election type {other}"))),
    };
    let asks_for_all = request.topic_partitions.is_none();
    let wanted: Vec<(Text, Vec<i32>)> = match request.topic_partitions {
        Some(topics) => topics.into_iter().map(|topic| (topic.topic, topic.partitions)).collect(),
        None => state.topics().iter().map(|topic| ((&*topic.name).into(), (0..topic.count()).collect())).collect(),
    };
    let results = wanted.into_iter().map(|(topic, partitions)| {
        let mut elected = Vec::new();
        for partition_id in partitions {
            let result = election.clone().and_then(|election| elect(state, &topic, partition_id, election));
            let is_needed = !matches!(&result, Err(refusal) if refusal.code == ErrorCode::ELECTION_NOT_NEEDED);
            if is_needed || !asks_for_all {
                elected.push(describe(partition_id, result));
            }
        }
        ReplicaElectionResult { topic, partition_result: elected, ..ReplicaElectionResult::default() }
    });
    let replica_election_results = results.collect();
    let error_code = election.err().map_or(ErrorCode::NONE, |refusal| refusal.code);
    Answer::Reply(ElectLeadersResponse { error_code, replica_election_results, ..ElectLeadersResponse::default() })
}

fn elect(state: &mut State, topic: &str, index: i32, election: Election) -> Result<(), Refusal> {
    let unknown = |text: String| Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, text);
    let found = state.topics().get(topic).ok_or_else(|| unknown(format!("No such topic as {topic}")))?;
    let topic_id = found.id;
    let partition = found.partition(index).ok_or_else(|| unknown(format!("No such partition as {topic}-{index}")))?;
    let preferred = partition.replicas.first().copied().unwrap_or(NO_LEADER);
    let is_needed = match election {
        Election::Preferred => partition.leader != preferred,
        Election::Unclean => partition.leader == NO_LEADER,
    };
    if !is_needed {
        let text = "Leader election not needed for topic partition.";
        return Err(Refusal::new(ErrorCode::ELECTION_NOT_NEEDED, text));
    }
    let next = match election {
        Election::Preferred => Some(preferred).filter(|id| partition.isr.contains(id)),
        Election::Unclean => partition.replicas.iter().copied().find(|id| state.is_alive(*id)),
    };
    let Some(next) = next else {
        return Err(match election {
            Election::Preferred => {
                Refusal::new(ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE, "The preferred leader was not available.")
            }
            Election::Unclean => Refusal::new(
                ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE,
                "Eligible topic partition leaders are not available.",
            ),
        });
    };
    state.elect(topic_id, index, next);
    Ok(())
}

fn describe(partition_id: i32, result: Result<(), Refusal>) -> PartitionResult {
    let refusal = result.err();
    PartitionResult {
        partition_id,
        error_code: refusal.as_ref().map_or(ErrorCode::NONE, |refusal| refusal.code),
        error_message: refusal.and_then(|refusal| refusal.message).map(Text::from),
        ..PartitionResult::default()
    }
}

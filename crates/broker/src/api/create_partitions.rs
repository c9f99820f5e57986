//! CreatePartitions (key 37), versions 0 to 3: gives topics more partitions.
//!
//! The partitions exist, with their leaders, before the reply leaves. Refusals in order
//! (`ReplicationControlManager.createPartitions`), for each topic:
//!
//! - INVALID_REQUEST: the topic is named twice; the answer has it once;
//! - UNKNOWN_TOPIC_OR_PARTITION;
//! - INVALID_PARTITIONS: the topic has as many already, or more;
//! - UNKNOWN_SERVER_ERROR: the request adds more than 10,000 partitions (`QuorumController.MAX_RECORDS_PER_USER_OP`);
//! - INVALID_REPLICA_ASSIGNMENT: the manual assignment is for a different number of partitions, or has wrong replicas.
//!
//! Different from Kafka: above 10,000 Kafka adds as many partitions as there is room for and still refuses the topic; here
//! the topic keeps its partitions.

use kafka_trial_wire::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_trial_wire::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_trial_wire::messages::{CreatePartitionsRequest, CreatePartitionsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::create_topics::MAX_RECORDS;
use super::shared::replicas::{check_replicas, check_running};
use super::shared::twice::named_twice;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::Refusal;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &mut State,
    _context: &Context,
    request: CreatePartitionsRequest,
) -> Answer<CreatePartitionsResponse> {
    let twice = named_twice(request.topics.iter().map(|topic| topic.name.clone()));
    let duplicates = twice.iter().map(|name| {
        let refusal = Refusal::new(ErrorCode::INVALID_REQUEST, "Duplicate topic name.");
        respond(name.clone(), Err(refusal))
    });
    let mut results: Vec<_> = duplicates.collect();
    // How many partitions the request may add in total.
    let mut room = MAX_RECORDS;
    for topic in request.topics.iter().filter(|topic| !twice.contains(&topic.name)) {
        results.push(respond(topic.name.clone(), widen(state, topic, &mut room, request.validate_only)));
    }
    Answer::Reply(CreatePartitionsResponse { results, ..CreatePartitionsResponse::default() })
}

fn respond(name: Text, result: Result<(), Refusal>) -> CreatePartitionsTopicResult {
    let (error_code, message) = Refusal::parts(result);
    let error_message = message.map(Text::from);
    CreatePartitionsTopicResult { name, error_code, error_message, ..CreatePartitionsTopicResult::default() }
}

fn widen(
    state: &mut State,
    wanted: &CreatePartitionsTopic,
    room: &mut usize,
    validate_only: bool,
) -> Result<(), Refusal> {
    let topic = state.topics().get(&wanted.name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let present = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
    let additional = wanted.count.saturating_sub(present);
    if additional == 0 {
        let text = format!("Topic already has {present} partition(s).");
        return Err(Refusal::new(ErrorCode::INVALID_PARTITIONS, text));
    }
    if additional < 0 {
        let text = format!(
            "The topic {} currently has {present} partition(s); {} would not be an increase.",
            wanted.name, wanted.count
        );
        return Err(Refusal::new(ErrorCode::INVALID_PARTITIONS, text));
    }
    let records = usize::try_from(additional).unwrap_or(usize::MAX);
    if records > *room {
        return Err(ErrorCode::UNKNOWN_SERVER_ERROR.into());
    }
    let factor = topic.partitions.first().map_or(1, |partition| partition.replicas.len());
    let replicas = match &wanted.assignments {
        None => state.place_replicas(additional, i16::try_from(factor).unwrap_or(i16::MAX), present),
        Some(assignments) => {
            if i32::try_from(assignments.len()) != Ok(additional) {
                let text = format!(
                    "Attempted to add {additional} additional partition(s), but only {} assignment(s) were specified.",
                    assignments.len()
                );
                return Err(Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, text));
            }
            for (assignment, index) in assignments.iter().zip(present..) {
                check_replicas(state, &assignment.broker_ids, Some(factor))?;
                check_running(state, index, &assignment.broker_ids)?;
            }
            assignments.iter().map(|assignment| assignment.broker_ids.clone()).collect()
        }
    };
    *room -= records;
    if !validate_only {
        state.add_partitions(&wanted.name, replicas);
    }
    Ok(())
}

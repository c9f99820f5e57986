//! The sessions of fetches (KIP-227): the partitions that a request and its session want together, and the partitions that
//! the answer leaves out because they have not changed.

use kafka_trial_wire::messages::fetch_request::FetchTopic;
use kafka_trial_wire::messages::fetch_response::{EpochEndOffset, FetchableTopicResponse, PartitionData};
use kafka_trial_wire::messages::{FetchRequest, FetchResponse};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use super::read::{Read, failed};
use crate::traffic::Context;
use crate::traffic::{
    FINAL_EPOCH, FetchPartition, FetchPlan, FetchReader, FetchSession, FetchSessions, INITIAL_EPOCH, ParkedFetch,
    PartitionKey, SessionContext, SessionPartitions, next_epoch,
};
use kafka_trial_core::{Rng, State, Time, Topics};

/// Returns the partitions that the request and its session want together (`FetchManager.newContext`).
pub(super) fn apply(
    state: &State,
    sessions: &mut FetchSessions,
    now: Time,
    context: &Context,
    request: FetchRequest,
) -> Result<FetchPlan, ErrorCode> {
    let uses_topic_ids = context.version() >= 13;
    let (id, epoch) = (request.session_id, request.session_epoch);
    let max_bytes = request.max_bytes.min(state.settings().fetch_max_bytes);
    let min_bytes = request.min_bytes.min(max_bytes);
    let read_committed = request.isolation_level == 1;
    let replica = if context.version() >= 15 { request.replica_state.replica_id } else { request.replica_id };
    let reader = match replica {
        0.. => FetchReader::Follower(replica),
        _ => FetchReader::Consumer { rack: (context.version() >= 11).then(|| request.rack_id.detach()) },
    };
    let plan = |session, partitions| FetchPlan { session, partitions, min_bytes, max_bytes, read_committed, reader };

    if context.version() < 7 || epoch == INITIAL_EPOCH || epoch == FINAL_EPOCH {
        if id != 0 {
            sessions.remove(context.node, id);
        }
        let session = if context.version() >= 7 && epoch == INITIAL_EPOCH {
            SessionContext::Full
        } else {
            SessionContext::Sessionless
        };
        let mut partitions = partitions_of(request.topics);
        partitions.iter_mut().for_each(|partition| look_up(state.topics(), partition));
        return Ok(plan(session, partitions));
    }
    let session = sessions.get_mut(context.node, id).ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
    if session.epoch != epoch {
        return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    }
    if session.uses_topic_ids != uses_topic_ids {
        return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
    }
    for wanted in partitions_of(request.topics) {
        match session.partitions.get_mut(&wanted.key()) {
            Some(known) => {
                *known = FetchPartition {
                    topic: known.topic.clone(),
                    told_high_watermark: known.told_high_watermark,
                    told_log_start: known.told_log_start,
                    ..wanted
                };
            }
            None => session.partitions.put(wanted),
        }
    }
    for forgotten in request.forgotten_topics_data {
        for index in forgotten.partitions {
            session.partitions.remove(&PartitionKey::new(&forgotten.topic, forgotten.topic_id, index));
        }
    }
    session.touch(now);
    if session.partitions.is_empty() {
        sessions.remove(context.node, id);
        return Ok(plan(SessionContext::Sessionless, Vec::new()));
    }
    session.epoch = next_epoch(session.epoch);
    session.partitions.iter_mut().for_each(|partition| look_up(state.topics(), partition));
    let partitions = session.partitions.iter().cloned().collect();
    Ok(plan(SessionContext::Incremental { id }, partitions))
}

/// Sets the name of a topic that the client names by its id only, and whether the partition exists.
fn look_up(topics: &Topics, partition: &mut FetchPartition) {
    if partition.topic.is_empty()
        && let Some(topic) = topics.by_id(partition.topic_id)
    {
        partition.topic = (&*topic.name).into();
    }
    partition.is_known = topics.get(&partition.topic).is_some_and(|topic| topic.partition(partition.index).is_some());
}

/// The partitions of a request. A partition that is named twice counts once, with its last values.
fn partitions_of(topics: Vec<FetchTopic>) -> Vec<FetchPartition> {
    let partitions = topics.into_iter().flat_map(|topic| {
        let (name, id) = (topic.topic.detach(), topic.topic_id);
        topic.partitions.into_iter().map(move |partition| FetchPartition {
            topic: name.clone(),
            topic_id: id,
            index: partition.partition,
            is_known: false,
            fetch_offset: partition.fetch_offset,
            max_bytes: partition.partition_max_bytes,
            current_leader_epoch: partition.current_leader_epoch,
            last_fetched_epoch: partition.last_fetched_epoch,
            told_high_watermark: -1,
            told_log_start: -1,
        })
    });
    SessionPartitions::from_iter(partitions).into_iter().collect()
}

/// Kafka's answer to an isolation level that does not exist (`FetchRequest.getErrorResponse`).
pub(super) fn refuse_all(version: i16, request: FetchRequest) -> FetchResponse {
    let error = ErrorCode::UNKNOWN_SERVER_ERROR;
    if version >= 13 {
        return FetchResponse { error_code: error, ..FetchResponse::default() };
    }
    let partitions = partitions_of(request.topics);
    let rows = partitions.iter().map(|partition| (partition, failed(partition.index, error))).collect();
    FetchResponse { error_code: error, ..reply(request.session_id, rows) }
}

/// Makes the answer, and updates the session.
pub(super) fn respond(
    state: &State,
    sessions: &mut FetchSessions,
    rng: &mut Rng,
    now: Time,
    fetch: &ParkedFetch,
    read: Read,
) -> FetchResponse {
    let plan = &fetch.plan;
    let mut rows: Vec<_> = plan.partitions.iter().zip(read.partitions).collect();
    // Partitions that do not exist come last, as on Kafka.
    rows.sort_by_key(|(partition, _)| !partition.is_known);
    match plan.session {
        SessionContext::Sessionless => reply(0, rows),
        SessionContext::Full => {
            let partitions = rows.iter().map(|(partition, data)| told(partition, data)).collect();
            let session = FetchSession::new(fetch.node, fetch.speaks_of_ids(), partitions, now);
            let slots = state.settings().max_incremental_fetch_session_cache_slots;
            let id = sessions.open(session, slots, rng);
            reply(id, rows)
        }
        SessionContext::Incremental { id } => {
            let mut changed = Vec::new();
            let mut session = sessions.get_mut(fetch.node, id);
            for (wanted, data) in rows {
                let has_records = data.records.as_ref().is_some_and(|records| !records.is_empty());
                let news = has_records
                    || data.error_code != ErrorCode::NONE
                    || data.preferred_read_replica != -1
                    || data.diverging_epoch != EpochEndOffset::default()
                    || data.high_watermark != wanted.told_high_watermark
                    || data.log_start_offset != wanted.told_log_start;
                if !news {
                    continue;
                }
                if let Some(session) = session.as_deref_mut() {
                    remember(session, wanted, &data, has_records);
                }
                changed.push((wanted, data));
            }
            reply(id, changed)
        }
    }
}

fn told(partition: &FetchPartition, data: &PartitionData) -> FetchPartition {
    FetchPartition {
        told_high_watermark: if data.error_code == ErrorCode::NONE { data.high_watermark } else { -1 },
        told_log_start: data.log_start_offset,
        ..partition.clone()
    }
}

/// A partition that returned records moves to the end, so that a busy one cannot starve the others.
fn remember(session: &mut FetchSession, wanted: &FetchPartition, data: &PartitionData, has_records: bool) {
    let key = wanted.key();
    let Some(known) = session.partitions.get_mut(&key) else { return };
    *known = told(known, data);
    if has_records {
        session.partitions.move_to_end(&key);
    }
}

/// Groups the rows by topic, in their order.
fn reply(session_id: i32, rows: Vec<(&FetchPartition, PartitionData)>) -> FetchResponse {
    let mut responses: Vec<FetchableTopicResponse> = Vec::new();
    for (wanted, data) in rows {
        let same = |topic: &FetchableTopicResponse| same_topic(topic, &wanted.topic, wanted.topic_id);
        match responses.last_mut().filter(|topic| same(topic)) {
            Some(topic) => topic.partitions.push(data),
            None => responses.push(FetchableTopicResponse {
                topic: wanted.topic.clone(),
                topic_id: wanted.topic_id,
                partitions: vec![data],
                ..FetchableTopicResponse::default()
            }),
        }
    }
    FetchResponse { session_id, responses, ..FetchResponse::default() }
}

fn same_topic(topic: &FetchableTopicResponse, name: &Text, id: Uuid) -> bool {
    topic.topic == *name && topic.topic_id == id
}

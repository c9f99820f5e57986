//! Fetch (key 1), versions 4 to 18, with incremental sessions (KIP-227) and topic ids from version 13 (KIP-516).
//!
//! Answers at once when it may not wait, nothing can be fetched, there are `min_bytes`, a partition has an error or
//! a diverging epoch (KIP-595); else it waits for an append or for `max_wait_ms`. The first partition with data
//! yields at least one batch even above the limits; a batch is never cut.
//! Left out: fetching from followers (KIP-392; all replicas are one log, so the leader is always preferred) and
//! fetches by replicas.

use bytes::Bytes;
use kafka_trial_wire::messages::fetch_request::FetchTopic;
use kafka_trial_wire::messages::fetch_response::{
    AbortedTransaction, EpochEndOffset, FetchableTopicResponse, PartitionData,
};
use kafka_trial_wire::messages::{FetchRequest, FetchResponse};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use crate::core::{
    Answer, Context, Core, FINAL_EPOCH, FetchPartition, FetchPlan, FetchSession, INITIAL_EPOCH, ParkedFetch, Partition,
    PlanSession, Timer, Topic, next_epoch,
};

pub(crate) fn handle(core: &mut Core, context: &Context, request: FetchRequest) -> Answer<FetchResponse> {
    let max_wait_ms = request.max_wait_ms;
    let plan = match apply_session(core, context, request) {
        Ok(plan) => plan,
        Err(error) => {
            return Answer::Reply(FetchResponse { error_code: error.0, ..FetchResponse::default() });
        }
    };
    let fetch = ParkedFetch { ticket: context.ticket, node: context.node, plan };
    let read = read(core, &fetch);
    if max_wait_ms <= 0 || read.is_ready(fetch.plan.min_bytes) {
        return Answer::Reply(respond(core, &fetch, read));
    }
    core.timers.at(core.now.plus_millis(i64::from(max_wait_ms)), Timer::FetchExpires(context.ticket.id));
    core.fetches.park(fetch, &read.waits_for);
    Answer::Parked
}

/// Tries a parked fetch again; it is parked once more when it still has to wait.
pub(crate) fn retry(core: &mut Core, fetch: ParkedFetch, expired: bool) {
    let read = read(core, &fetch);
    if expired || read.is_ready(fetch.plan.min_bytes) {
        core.fetches.forget(fetch.ticket.id, &read.waits_for);
        let response = respond(core, &fetch, read);
        core.complete(fetch.ticket, &response);
    } else {
        core.fetches.park(fetch, &read.waits_for);
    }
}

/// `FetchManager.newContext`: what the request and its session together want.
fn apply_session(core: &mut Core, context: &Context, request: FetchRequest) -> Result<FetchPlan, ErrorCode> {
    let uses_topic_ids = context.version() >= 13;
    let (id, epoch) = (request.session_id, request.session_epoch);
    let min_bytes = request.min_bytes;
    let max_bytes = request.max_bytes.min(core.settings.fetch_max_bytes);
    let read_committed = request.isolation_level == 1;
    let plan = |session, partitions| FetchPlan { session, partitions, min_bytes, max_bytes, read_committed };

    if context.version() < 7 || epoch == INITIAL_EPOCH || epoch == FINAL_EPOCH {
        if id != 0 {
            core.sessions.remove(context.node, id);
        }
        let session =
            if context.version() >= 7 && epoch == INITIAL_EPOCH { PlanSession::Open } else { PlanSession::None };
        return Ok(plan(session, partitions_of(request.topics)));
    }
    let now = core.now;
    let session = core.sessions.get_mut(context.node, id).ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
    if session.epoch != epoch {
        return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    }
    if session.uses_topic_ids != uses_topic_ids {
        return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
    }
    for forgotten in request.forgotten_topics_data {
        let gone = |p: &FetchPartition| {
            p.topic == forgotten.topic && p.topic_id == forgotten.topic_id && forgotten.partitions.contains(&p.index)
        };
        session.partitions.retain(|partition| !gone(partition));
    }
    for wanted in partitions_of(request.topics) {
        match session.partitions.iter_mut().find(|p| p.is(&wanted.topic, wanted.topic_id, wanted.index)) {
            Some(known) => {
                *known = FetchPartition {
                    told_high_watermark: known.told_high_watermark,
                    told_log_start: known.told_log_start,
                    ..wanted
                };
            }
            None => session.partitions.push(wanted),
        }
    }
    session.last_used = now;
    if session.partitions.is_empty() {
        core.sessions.remove(context.node, id);
        return Ok(plan(PlanSession::None, Vec::new()));
    }
    session.epoch = next_epoch(session.epoch);
    let partitions = session.partitions.clone();
    Ok(plan(PlanSession::Incremental { id }, partitions))
}

fn partitions_of(topics: Vec<FetchTopic>) -> Vec<FetchPartition> {
    let partitions = topics.into_iter().flat_map(|topic| {
        let (name, id) = (topic.topic.detach(), topic.topic_id);
        topic.partitions.into_iter().map(move |partition| FetchPartition {
            topic: name.clone(),
            topic_id: id,
            index: partition.partition,
            fetch_offset: partition.fetch_offset,
            max_bytes: partition.partition_max_bytes,
            current_leader_epoch: partition.current_leader_epoch,
            last_fetched_epoch: partition.last_fetched_epoch,
            told_high_watermark: -1,
            told_log_start: -1,
        })
    });
    partitions.collect()
}

/// What reading all partitions of a plan gave.
struct Read {
    partitions: Vec<PartitionData>,
    /// Bytes of records that were read.
    bytes: u64,
    /// A partition that exists could not be read, or its epochs diverge.
    must_answer: bool,
    /// The partitions that an append may make readable.
    waits_for: Vec<(Uuid, i32)>,
}

impl Read {
    /// `ReplicaManager.fetchMessages`, less the part about `max_wait_ms`.
    fn is_ready(&self, min_bytes: i32) -> bool {
        let enough = u64::try_from(min_bytes).map_or(true, |least| self.bytes >= least);
        self.must_answer || self.waits_for.is_empty() || enough
    }
}

fn read(core: &Core, fetch: &ParkedFetch) -> Read {
    let plan = &fetch.plan;
    let mut left = u64::try_from(plan.max_bytes).unwrap_or(0);
    let mut result = Read {
        partitions: Vec::with_capacity(plan.partitions.len()),
        bytes: 0,
        must_answer: false,
        waits_for: Vec::new(),
    };
    for wanted in &plan.partitions {
        let by_id = fetch.ticket.version >= 13;
        let topic = if by_id { core.topics.by_id(wanted.topic_id) } else { core.topics.get(&wanted.topic) };
        let found = topic.and_then(|topic| Some((topic, topic.partition(wanted.index)?)));
        let data = match found {
            None if by_id && topic.is_none() => failed(wanted.index, ErrorCode::UNKNOWN_TOPIC_ID),
            None => failed(wanted.index, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
            Some((topic, partition)) => {
                result.waits_for.push((topic.id, wanted.index));
                let data = read_partition(fetch, wanted, topic, partition, left, result.bytes == 0);
                result.must_answer |= data.error_code != 0 || data.diverging_epoch != EpochEndOffset::default();
                data
            }
        };
        let size = data.records.as_ref().map_or(0, |records| u64::try_from(records.len()).unwrap_or(0));
        left = left.saturating_sub(size);
        result.bytes += size;
        result.partitions.push(data);
    }
    result
}

/// An error about a partition that is there; Kafka knows of no aborted transactions then.
fn unread(index: i32, error: ErrorCode) -> PartitionData {
    PartitionData { aborted_transactions: None, ..failed(index, error) }
}

fn failed(index: i32, error: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: index,
        error_code: error.0,
        high_watermark: -1,
        records: Some(Bytes::new()),
        ..PartitionData::default()
    }
}

fn read_partition(
    fetch: &ParkedFetch,
    wanted: &FetchPartition,
    _topic: &Topic,
    partition: &Partition,
    left: u64,
    must_yield: bool,
) -> PartitionData {
    if partition.leader != fetch.node {
        return unread(wanted.index, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    }
    if let Err(error) = partition.check_epoch(wanted.current_leader_epoch) {
        return unread(wanted.index, error);
    }
    let log = &partition.log;
    let end = if fetch.plan.read_committed { partition.last_stable_offset() } else { log.high_watermark() };
    let mut data = PartitionData {
        partition_index: wanted.index,
        high_watermark: log.high_watermark(),
        last_stable_offset: partition.last_stable_offset(),
        log_start_offset: log.start_offset(),
        aborted_transactions: fetch.plan.read_committed.then(|| aborted(partition, wanted.fetch_offset, end)),
        records: Some(Bytes::new()),
        ..PartitionData::default()
    };
    if wanted.last_fetched_epoch >= 0 {
        match log.epoch_end(wanted.last_fetched_epoch, partition.leader_epoch) {
            Some((epoch, end)) if epoch < wanted.last_fetched_epoch || end < wanted.fetch_offset => {
                data.diverging_epoch = EpochEndOffset { epoch, end_offset: end, ..EpochEndOffset::default() };
                return data;
            }
            Some(_) => {}
            None => return unread(wanted.index, ErrorCode::OFFSET_OUT_OF_RANGE),
        }
    }
    if wanted.fetch_offset < log.start_offset() || wanted.fetch_offset > log.end_offset() {
        return unread(wanted.index, ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    let limit = u64::try_from(wanted.max_bytes).unwrap_or(0).min(left);
    data.records = Some(gather(partition, wanted.fetch_offset, end, limit, must_yield));
    data
}

/// The aborted transactions that a consumer may meet from `offset` on. Kafka, too, may name some that begin after the
/// records that it sends along.
fn aborted(partition: &Partition, offset: i64, end: i64) -> Vec<AbortedTransaction> {
    let rows = partition.producers.aborted.between(offset, end);
    let rows = rows.map(|row| AbortedTransaction {
        producer_id: row.producer_id,
        first_offset: row.first_offset,
        ..AbortedTransaction::default()
    });
    rows.collect()
}

/// The batches from `offset` on, whole, up to `limit` bytes; the first one even above it when `must_yield`.
fn gather(partition: &Partition, offset: i64, end: i64, limit: u64, must_yield: bool) -> Bytes {
    let mut chosen = Vec::new();
    let mut size = 0usize;
    for entry in partition.log.entries_from(offset) {
        let batch = &entry.batch;
        let fits = u64::try_from(size + batch.size()).is_ok_and(|total| total <= limit);
        if batch.base_offset() >= end || !(fits || (must_yield && chosen.is_empty())) {
            break;
        }
        size += batch.size();
        chosen.push(batch);
    }
    if let [only] = chosen.as_slice() {
        return only.to_bytes();
    }
    let mut records = Vec::with_capacity(size);
    for batch in chosen {
        records.extend_from_slice(&batch.prefix());
        records.extend_from_slice(&batch.body());
    }
    records.into()
}

/// Makes the answer, and keeps the session's side of it.
fn respond(core: &mut Core, fetch: &ParkedFetch, read: Read) -> FetchResponse {
    let plan = &fetch.plan;
    let mut rows: Vec<_> = plan.partitions.iter().zip(read.partitions).collect();
    // What is not there comes after what is.
    rows.sort_by_key(|(_, data)| {
        matches!(ErrorCode(data.error_code), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION | ErrorCode::UNKNOWN_TOPIC_ID)
    });
    match plan.session {
        PlanSession::None => reply(0, rows),
        PlanSession::Open => {
            let partitions = rows.iter().map(|(partition, data)| told(partition, data)).collect();
            let session = FetchSession {
                node: fetch.node,
                epoch: next_epoch(INITIAL_EPOCH),
                uses_topic_ids: fetch.ticket.version >= 13,
                partitions,
                last_used: core.now,
            };
            let slots = core.settings.max_incremental_fetch_session_cache_slots;
            let id = core.sessions.open(session, slots, &mut core.rng);
            reply(id, rows)
        }
        PlanSession::Incremental { id } => {
            let mut changed = Vec::new();
            let mut session = core.sessions.get_mut(fetch.node, id);
            for (wanted, data) in rows {
                let has_records = data.records.as_ref().is_some_and(|records| !records.is_empty());
                let news = has_records
                    || data.error_code != 0
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
        told_high_watermark: if data.error_code == 0 { data.high_watermark } else { -1 },
        told_log_start: data.log_start_offset,
        ..partition.clone()
    }
}

/// A partition that returned records moves to the end, so that a busy one cannot starve the others.
fn remember(session: &mut FetchSession, wanted: &FetchPartition, data: &PartitionData, has_records: bool) {
    let same = |p: &FetchPartition| p.is(&wanted.topic, wanted.topic_id, wanted.index);
    let Some(position) = session.partitions.iter().position(same) else { return };
    let known = session.partitions.remove(position);
    let known = told(&known, data);
    let place = if has_records { session.partitions.len() } else { position };
    session.partitions.insert(place, known);
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

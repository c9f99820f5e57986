//! Reads the partitions of a fetch, and decides whether it must wait (`ReplicaManager.readFromLog`, `DelayedFetch`).

use kafka_trial_wire::messages::fetch_response::{AbortedTransaction, EpochEndOffset, PartitionData};
use kafka_trial_wire::{ErrorCode, Pieces, Uuid};

use super::replica;
use crate::traffic::{FetchPartition, ParkedFetch};
use kafka_trial_core::{Partition, State, Topic, TopicIdPartition};

/// Whether records are read, or only the state of their partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gather {
    Records,
    /// Nothing: the fetch may have to wait again.
    Nothing,
}

/// The outcome of reading all partitions of a plan.
pub(super) struct Read {
    pub(super) partitions: Vec<PartitionData>,
    /// Bytes of records that were read.
    pub(super) bytes: u64,
    /// A partition that exists could not be read, its epochs diverge, or a different replica is preferred.
    has_news: bool,
    /// The partitions that an append may make readable.
    pub(super) waits_for: Vec<TopicIdPartition>,
}

impl Read {
    /// Whether the fetch must be answered now: waiting would not help, or would hide an error.
    pub(super) fn must_answer(&self) -> bool {
        self.has_news || self.waits_for.is_empty()
    }
}

/// Whether a fetch has waited long enough (`DelayedFetch.tryComplete`): `min_bytes` are there up to the end of the visible
/// records, counting at most a partition's own limit for each; or a reader is in an older segment than that end.
pub(super) fn has_awaited(state: &State, fetch: &ParkedFetch) -> bool {
    let least = u64::try_from(fetch.plan.min_bytes).unwrap_or(0);
    let mut sum = 0;
    for wanted in fetch.plan.partitions.iter().filter(|wanted| wanted.is_known) {
        let Ok((_, partition)) = find(state, wanted) else { continue };
        match partition.log.bytes_between(wanted.fetch_offset, visible_end(fetch, partition)) {
            None => return true,
            Some(bytes) => sum += bytes.min(u64::try_from(wanted.max_bytes).unwrap_or(0)),
        }
        if sum >= least {
            return true;
        }
    }
    sum >= least
}

/// Finds a partition by its topic's name. The topic must have the id that the request names.
fn find<'a>(state: &'a State, wanted: &FetchPartition) -> Result<(&'a Topic, &'a Partition), ErrorCode> {
    let topic = state.topics().get(&wanted.topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let partition = topic.partition(wanted.index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    if wanted.topic_id != Uuid::ZERO && wanted.topic_id != topic.id {
        return Err(ErrorCode::INCONSISTENT_TOPIC_ID);
    }
    Ok((topic, partition))
}

fn visible_end(fetch: &ParkedFetch, partition: &Partition) -> i64 {
    if fetch.plan.read_committed { partition.last_stable_offset() } else { partition.log.high_watermark() }
}

pub(super) fn read(state: &State, fetch: &ParkedFetch, gather: Gather) -> Read {
    let plan = &fetch.plan;
    let mut left = i64::from(plan.max_bytes);
    let mut result = Read {
        partitions: Vec::with_capacity(plan.partitions.len()),
        bytes: 0,
        has_news: false,
        waits_for: Vec::new(),
    };
    for wanted in &plan.partitions {
        let data = if wanted.is_known {
            let data = find(state, wanted).and_then(|(topic, partition)| {
                result.waits_for.push(TopicIdPartition::new(topic.id, wanted.index));
                replica::check(fetch, wanted, partition)?;
                match replica::preferred(state, fetch, wanted, partition) {
                    Some(id) => Ok(elsewhere(wanted.index, partition, id)),
                    None => read_partition(fetch, wanted, partition, left, result.bytes == 0, gather),
                }
            });
            let data = data.unwrap_or_else(|error| unread(wanted.index, error));
            result.has_news |= data.error_code != ErrorCode::NONE
                || data.diverging_epoch != EpochEndOffset::default()
                || data.preferred_read_replica != -1;
            data
        } else if fetch.speaks_of_ids() && wanted.topic.is_empty() {
            failed(wanted.index, ErrorCode::UNKNOWN_TOPIC_ID)
        } else {
            failed(wanted.index, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
        };
        let size = data.records.as_ref().map_or(0, Pieces::len);
        left = left.saturating_sub(i64::try_from(size).unwrap_or(i64::MAX)).max(0);
        result.bytes += u64::try_from(size).unwrap_or(u64::MAX);
        result.partitions.push(data);
    }
    result
}

/// An error of a partition that exists. Kafka's answer then has null for the aborted transactions.
fn unread(index: i32, error: ErrorCode) -> PartitionData {
    PartitionData { aborted_transactions: None, ..failed(index, error) }
}

pub(super) fn failed(index: i32, error: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: index,
        error_code: error,
        high_watermark: -1,
        records: Some(Pieces::default()),
        ..PartitionData::default()
    }
}

/// The answer without records that sends a consumer to a different replica.
fn elsewhere(index: i32, partition: &Partition, replica: i32) -> PartitionData {
    PartitionData {
        high_watermark: partition.log.high_watermark(),
        last_stable_offset: partition.last_stable_offset(),
        log_start_offset: partition.log.start_offset(),
        preferred_read_replica: replica,
        ..unread(index, ErrorCode::NONE)
    }
}

fn read_partition(
    fetch: &ParkedFetch,
    wanted: &FetchPartition,
    partition: &Partition,
    left: i64,
    must_yield: bool,
    gather: Gather,
) -> Result<PartitionData, ErrorCode> {
    let log = &partition.log;
    let end = visible_end(fetch, partition);
    let aborted_transactions = fetch.plan.read_committed.then(|| aborted(partition, wanted.fetch_offset, end));
    let mut data = PartitionData {
        partition_index: wanted.index,
        high_watermark: log.high_watermark(),
        last_stable_offset: partition.last_stable_offset(),
        log_start_offset: log.start_offset(),
        aborted_transactions,
        records: Some(Pieces::default()),
        ..PartitionData::default()
    };
    if wanted.last_fetched_epoch >= 0 {
        let found = log.epoch_end(wanted.last_fetched_epoch, partition.leader_epoch);
        let (epoch, end_offset) = found.ok_or(ErrorCode::OFFSET_OUT_OF_RANGE)?;
        if epoch < wanted.last_fetched_epoch || end_offset < wanted.fetch_offset {
            data.diverging_epoch = EpochEndOffset { epoch, end_offset, ..EpochEndOffset::default() };
            return Ok(data);
        }
    }
    if wanted.fetch_offset < log.start_offset() || wanted.fetch_offset > log.end_offset() {
        return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    if wanted.fetch_offset < end {
        let limit = i64::from(wanted.max_bytes).min(left);
        // Kafka has no error of its own for a limit below zero.
        let limit = usize::try_from(limit).map_err(|_| ErrorCode::UNKNOWN_SERVER_ERROR)?;
        if gather == Gather::Records {
            data.records = Some(records(partition, wanted.fetch_offset, end, limit, must_yield));
        }
    }
    Ok(data)
}

/// The aborted transactions that a consumer may meet from `offset` on. Some of them may begin after the records of the
/// answer, as on Kafka.
fn aborted(partition: &Partition, offset: i64, end: i64) -> Vec<AbortedTransaction> {
    let rows = partition.producers.aborted.between(offset, end);
    let rows = rows.map(|row| AbortedTransaction {
        producer_id: row.producer_id,
        first_offset: row.first_offset,
        ..AbortedTransaction::default()
    });
    rows.collect()
}

/// The bytes from the batch of `offset` on, at most `limit` and not beyond the segment. The last batch may be cut. The first
/// one is whole: if it does not fit, it is returned only if `must_yield`.
fn records(partition: &Partition, offset: i64, end: i64, limit: usize, must_yield: bool) -> Pieces {
    let entries = partition.log.segment_from(offset);
    let batches = entries.map(|entry| &entry.batch).take_while(|batch| batch.base_offset() < end);
    let mut records = Pieces::default();
    let mut left = limit;
    for (position, batch) in batches.enumerate() {
        if position == 0 {
            if !must_yield && batch.size() > limit {
                break;
            }
            left = left.max(batch.size());
        }
        for piece in batch.pieces() {
            let piece = piece.slice(..left.min(piece.len()));
            left -= piece.len();
            records.push(piece);
        }
        if left == 0 {
            break;
        }
    }
    records
}

//! The journal keeps the partitions of a fetch. They come from the request and from its session.

use std::sync::Arc;

use kafka_trial_core::{Log, TicketId, Topics};
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::FetchRequest;
use kafka_trial_wire::messages::fetch_response::PartitionData;

use super::{Detail, Fetch, Fetched, Journal, Journaled, Offsets, Partitions};
use crate::traffic::FetchPlan;

impl Journaled for FetchRequest {}

impl Journal {
    /// Keeps the partitions of a fetch and its session.
    pub(crate) fn plan(&mut self, ticket: TicketId, plan: &FetchPlan, topics: &Topics) {
        if self.detail(ticket).is_none() {
            return;
        }
        let mut last: Option<Arc<str>> = None;
        let mut partitions = Partitions::with_capacity(plan.partitions.len());
        for (index, wanted) in plan.partitions.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| plan.partitions.get(before));
            let is_same = before.is_some_and(|p| p.topic_id == wanted.topic_id && p.topic == wanted.topic);
            let topic = last.take().filter(|_| is_same);
            let topic = topic.unwrap_or_else(|| self.names.topic(&wanted.topic, wanted.topic_id, topics));
            last = Some(Arc::clone(&topic));
            partitions.push(Fetched {
                topic,
                partition: wanted.index,
                from: wanted.fetch_offset,
                offsets: None,
                bytes: 0,
                error: ErrorCode::NONE,
            });
        }
        if let Some(detail) = self.detail(ticket) {
            *detail = Detail::Fetch(Fetch { read_committed: plan.read_committed, partitions });
        }
    }

    /// Keeps the results of a fetch, in the order of its plan.
    pub(crate) fn read(&mut self, ticket: TicketId, read: &[PartitionData], topics: &Topics) {
        let Some(Detail::Fetch(fetch)) = self.detail(ticket) else { return };
        for (fetched, data) in fetch.partitions.iter_mut().zip(read) {
            fetched.error = data.error_code;
            fetched.bytes = data.records.as_ref().map_or(0, |records| records.len());
            if fetched.bytes > 0 {
                let partition = topics.get(&fetched.topic).and_then(|topic| topic.partition(fetched.partition));
                fetched.offsets = partition.and_then(|partition| offsets(&partition.log, fetched.from, fetched.bytes));
            }
        }
    }
}

/// Returns the offsets of the whole batches in the first `bytes` bytes of the log after `from`. The sizes tell how many
/// batches those are, so only the first and the last are read.
fn offsets(log: &Log, from: i64, bytes: usize) -> Option<Offsets> {
    let mut left = bytes;
    let whole = log.segment_from(from).take_while(|entry| match left.checked_sub(entry.batch.size()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    let (first, last) = whole.fold(None, |found, entry| {
        let first = found.map_or(entry, |(first, _)| first);
        Some((first, entry))
    })?;
    Some(Offsets { first: first.batch.base_offset().max(from), last: last.batch.last_offset() })
}

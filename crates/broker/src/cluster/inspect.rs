//! The owner looks into a cluster without a client and without a group.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use kafka_trial_core::{DueRefusal, LogConfig, MAX_UNPACKED_BYTES, State, Time, TopicRefusal, topic_name_refusal};
use kafka_trial_wire::records::{Batch, ControlMarker};
use thiserror::Error;

use super::Cluster;
use crate::TopicSpec;

/// A record in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecord {
    /// The record's partition.
    pub partition: i32,
    /// The record's offset.
    pub offset: i64,
    /// Milliseconds since the Unix epoch, according to the topic's `message.timestamp.type`.
    pub timestamp: i64,
    /// When the broker appended the record.
    pub appended: Time,
    /// The key.
    pub key: Option<Bytes>,
    /// The value.
    pub value: Option<Bytes>,
    /// The headers in order, with duplicates.
    pub headers: Vec<(Bytes, Option<Bytes>)>,
    /// Whether the record is outside of any transaction, or in a committed one.
    pub is_committed: bool,
}

/// The reason why a look into the cluster failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InspectError {
    /// No topic has this name.
    #[error("topic {0} does not exist")]
    UnknownTopic(String),
    /// The topic has no such partition.
    #[error("topic {topic} has {partitions} partition{}, and none is {partition}; they count from 0", if *partitions == 1 { "" } else { "s" })]
    UnknownPartition {
        /// The topic.
        topic: String,
        /// The partition, as given.
        partition: i32,
        /// How many partitions the topic has.
        partitions: usize,
    },
    /// The topic exists already.
    #[error("topic {0} exists already")]
    TopicExists(String),
    /// The name, the partitions or a config are invalid, in Kafka's words.
    #[error("{0}")]
    Refused(String),
    /// The cluster has stopped.
    #[error("the cluster has stopped")]
    Stopped,
}

impl From<TopicRefusal> for InspectError {
    fn from(refusal: TopicRefusal) -> Self {
        match refusal {
            TopicRefusal::UnknownTopic(topic) => Self::UnknownTopic(topic),
            refusal => Self::Refused(refusal.to_string()),
        }
    }
}

impl From<DueRefusal> for InspectError {
    fn from(refusal: DueRefusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

/// Creates a topic with one replica per partition, round robin over the brokers.
pub(crate) fn create(state: &mut State, spec: &TopicSpec) -> Result<(), InspectError> {
    if let Some(refusal) = topic_name_refusal(&spec.name) {
        return Err(InspectError::Refused(refusal));
    }
    if state.topics().get(&spec.name).is_some() {
        return Err(InspectError::TopicExists(spec.name.clone()));
    }
    if let Some(other) = state.topics().colliding_with(&spec.name) {
        return Err(InspectError::Refused(format!("topic {} collides with existing topic {other}", spec.name)));
    }
    if spec.partitions < 1 {
        return Err(InspectError::Refused(format!("topic {} needs at least one partition", spec.name)));
    }
    let config = LogConfig::resolve(&spec.configs, state.settings())
        .map_err(|error| InspectError::Refused(error.to_string()))?;
    let replicas = state.place_replicas(spec.partitions, 1, 0);
    state.add_topic(&spec.name, replicas, spec.configs.clone(), config);
    Ok(())
}

/// Returns the records of a topic from offset `start` on, by partition and offset.
pub(crate) fn records(
    state: &State,
    topic: &str,
    wanted: Option<i32>,
    start: i64,
) -> Result<Vec<StoredRecord>, InspectError> {
    let found = state.topics().get(topic).ok_or_else(|| InspectError::UnknownTopic(topic.to_owned()))?;
    let partitions = found.partitions.len();
    let is_there = |wanted: &i32| usize::try_from(*wanted).is_ok_and(|wanted| wanted < partitions);
    if let Some(partition) = wanted.filter(|wanted| !is_there(wanted)) {
        return Err(InspectError::UnknownPartition { topic: topic.to_owned(), partition, partitions });
    }
    let mut records: Vec<StoredRecord> = Vec::new();
    for (partition, index) in found.partitions.iter().zip(0..) {
        if wanted.is_some_and(|wanted| wanted != index) {
            continue;
        }
        let (log, stable) = (&partition.log, partition.last_stable_offset());
        let start = start.max(log.start_offset());
        // The ranges of records that may belong to an open transaction, by producer.
        let mut open: BTreeMap<i64, Vec<Range<usize>>> = BTreeMap::new();
        for entry in log.entries_from(start) {
            let (batch, producer) = (&entry.batch, entry.batch.producer_id());
            if batch.is_control() {
                let is_commit = marker(batch) == Some(ControlMarker::Commit);
                let ended = open.remove(&producer).unwrap_or_default().into_iter().flatten();
                ended.for_each(|number| {
                    if let Some(record) = records.get_mut(number) {
                        record.is_committed = is_commit;
                    }
                });
                continue;
            }
            let begin = records.len();
            let mut aborted = partition.producers.aborted.between(batch.base_offset(), batch.next_offset());
            let is_committed = !batch.is_transactional()
                || batch.base_offset() < stable && !aborted.any(|of| of.producer_id == producer);
            let batch = entry.batch.records(MAX_UNPACKED_BYTES).into_iter().flatten().map_while(Result::ok);
            records.extend(batch.filter(|record| record.offset >= start).map(|record| StoredRecord {
                partition: index,
                offset: record.offset,
                timestamp: record.timestamp,
                appended: entry.appended,
                key: record.key,
                value: record.value,
                headers: record.headers.into_iter().map(|header| (header.key, header.value)).collect(),
                is_committed,
            }));
            if entry.batch.is_transactional() && entry.batch.base_offset() >= stable {
                open.entry(producer).or_default().push(begin..records.len());
            }
        }
    }
    Ok(records)
}

/// Returns the transaction marker in a control batch; `None` for other control batches.
fn marker(batch: &Batch) -> Option<ControlMarker> {
    let record = batch.records(MAX_UNPACKED_BYTES).ok()?.next()?.ok()?;
    ControlMarker::of_key(record.key.as_deref()?)
}

impl Cluster {
    /// Returns the records of a topic, or of one of its partitions, from offset `start` on.
    pub fn records(&self, topic: &str, partition: Option<i32>, start: i64) -> Result<Vec<StoredRecord>, InspectError> {
        let topic = topic.to_owned();
        self.with_driver(move |driver| records(&driver.state, &topic, partition, start))?
    }
}

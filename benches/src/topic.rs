//! A topic of one measurement, on any server.

use kafka_trial_wire::ErrorCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use kafka_trial::client::{Deadline, now_millis, pause};
use kafka_trial_wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_trial_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_trial_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_trial_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_trial_wire::messages::{
    CreateTopicsRequest, DeleteTopicsRequest, FetchRequest, FetchResponse, ListOffsetsRequest, MetadataRequest,
    ProduceRequest, ProduceResponse,
};
use kafka_trial_wire::records::BatchBuilder;
use kafka_trial_wire::{Bytes, Text};

use crate::raw::{Raw, answer, frame};

/// The newest versions that speak of topics by name; every server that is measured serves them.
const CREATE_TOPICS: i16 = 5;
const DELETE_TOPICS: i16 = 5;
const METADATA: i16 = 9;
const PRODUCE: i16 = 9;
const FETCH: i16 = 12;
const LIST_OFFSETS: i16 = 2;
/// How long a fetch waits, in milliseconds: longer than any measurement.
const MAX_WAIT_MS: i32 = 30_000;
const TIMEOUT_MS: i32 = 30_000;
/// The timestamp that asks for the end of a log.
const LATEST: i64 = -1;
/// How long a new partition may be without a leader, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_millis(5);

/// A topic with one partition.
pub(crate) struct Topic {
    name: Text,
}

impl Topic {
    /// One that need not be there.
    pub(crate) fn named(name: String) -> Self {
        Self { name: name.into() }
    }

    /// Creates one. The name has to be new on the server.
    pub(crate) fn create(raw: &mut Raw, name: String) -> Result<Self> {
        create(raw, [name.clone()], 1, &[])?;
        let topic = Self::named(name);
        topic.wait_for_leader(raw)?;
        Ok(topic)
    }

    /// Kafka says that a topic is created before its partitions have a leader that knows that it is one.
    fn wait_for_leader(&self, raw: &mut Raw) -> Result<()> {
        let partition = ListOffsetsPartition { timestamp: LATEST, ..ListOffsetsPartition::default() };
        let topic =
            ListOffsetsTopic { name: self.name.clone(), partitions: vec![partition], ..ListOffsetsTopic::default() };
        let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..ListOffsetsRequest::default() };
        let deadline = Deadline::after(PATIENCE);
        loop {
            let answer = raw.ask(&request, LIST_OFFSETS)?;
            let partition = answer.topics.first().and_then(|topic| topic.partitions.first());
            if partition.is_some_and(|partition| partition.error_code == ErrorCode::NONE) {
                return Ok(());
            }
            ensure!(!deadline.is_past(), "the partition has no leader: {partition:?}");
            pause(RETRY);
        }
    }

    /// Deletes it, so that it does not weigh on what is measured next.
    pub(crate) fn delete(self, raw: &mut Raw) -> Result<()> {
        let request = DeleteTopicsRequest {
            topic_names: vec![self.name],
            timeout_ms: TIMEOUT_MS,
            ..DeleteTopicsRequest::default()
        };
        let response = raw.ask(&request, DELETE_TOPICS)?;
        ensure!(
            response.responses.iter().all(|topic| topic.error_code == ErrorCode::NONE),
            "the topic is kept: {response:?}"
        );
        Ok(())
    }

    /// The frame that produces a batch, acknowledged by all replicas.
    pub(crate) fn produce(&self, batch: Bytes) -> Result<Vec<u8>> {
        let partition = PartitionProduceData { records: Some(batch.into()), ..PartitionProduceData::default() };
        let topic = TopicProduceData {
            name: self.name.clone(),
            partition_data: vec![partition],
            ..TopicProduceData::default()
        };
        let request =
            ProduceRequest { acks: -1, timeout_ms: TIMEOUT_MS, topic_data: vec![topic], ..ProduceRequest::default() };
        frame(&request, PRODUCE)
    }

    /// The frame that fetches from an offset, waiting for at least one byte.
    pub(crate) fn fetch(&self, offset: i64, most_bytes: i32) -> Result<Vec<u8>> {
        let partition =
            FetchPartition { fetch_offset: offset, partition_max_bytes: most_bytes, ..FetchPartition::default() };
        let topic = FetchTopic { topic: self.name.clone(), partitions: vec![partition], ..FetchTopic::default() };
        let request = FetchRequest {
            max_wait_ms: MAX_WAIT_MS,
            min_bytes: 1,
            max_bytes: most_bytes,
            session_epoch: -1,
            topics: vec![topic],
            ..FetchRequest::default()
        };
        frame(&request, FETCH)
    }
}

/// Creates topics with so many partitions and these configs each.
pub(crate) fn create(
    raw: &mut Raw,
    names: impl IntoIterator<Item = String>,
    partitions: i32,
    configs: &[(&str, &str)],
) -> Result<()> {
    let configs: Vec<CreatableTopicConfig> = configs
        .iter()
        .map(|(name, value)| CreatableTopicConfig {
            name: (*name).into(),
            value: Some((*value).into()),
            ..CreatableTopicConfig::default()
        })
        .collect();
    let topics = names.into_iter().map(|name| CreatableTopic {
        name: name.into(),
        num_partitions: partitions,
        replication_factor: 1,
        configs: configs.clone(),
        ..CreatableTopic::default()
    });
    let request =
        CreateTopicsRequest { topics: topics.collect(), timeout_ms: TIMEOUT_MS, ..CreateTopicsRequest::default() };
    let response = raw.ask(&request, CREATE_TOPICS)?;
    let refused = response.topics.iter().find(|topic| topic.error_code != ErrorCode::NONE);
    ensure!(refused.is_none(), "the topic is refused: {refused:?}");
    Ok(())
}

/// The frame that asks for the metadata of all topics.
pub(crate) fn metadata() -> Result<Vec<u8>> {
    frame(&MetadataRequest { topics: None, ..MetadataRequest::default() }, METADATA)
}

/// How many topics the answer to [`metadata`] has.
pub(crate) fn topics(reply: &[u8]) -> Result<usize> {
    Ok(answer::<MetadataRequest>(reply, METADATA)?.topics.len())
}

/// How many brokers a server says that there are.
pub(crate) fn brokers(raw: &mut Raw) -> Result<usize> {
    raw.send(&metadata()?)?;
    Ok(answer::<MetadataRequest>(raw.receive()?, METADATA)?.brokers.len())
}

/// The base offset that an answer to a Produce gives.
pub(crate) fn produced(reply: &[u8]) -> Result<i64> {
    let response: ProduceResponse = answer::<ProduceRequest>(reply, PRODUCE)?;
    let partition = response.responses.first().and_then(|topic| topic.partition_responses.first());
    match partition {
        Some(partition) if partition.error_code == ErrorCode::NONE => Ok(partition.base_offset),
        other => anyhow::bail!("the batch is refused: {other:?}"),
    }
}

/// The records that an answer to a Fetch brings.
pub(crate) fn fetched(reply: &[u8]) -> Result<Bytes> {
    let response: FetchResponse = answer::<FetchRequest>(reply, FETCH)?;
    let partition = response.responses.into_iter().next().and_then(|topic| topic.partitions.into_iter().next());
    match partition {
        Some(partition) if partition.error_code == ErrorCode::NONE => {
            Ok(partition.records.unwrap_or_default().into_bytes())
        }
        other => anyhow::bail!("the fetch is refused: {other:?}"),
    }
}

/// A batch of `count` records with `size` bytes of value each, uncompressed.
pub(crate) fn batch(count: usize, size: usize) -> Result<Bytes> {
    let mut batch = BatchBuilder::new();
    let (now, value) = (now_millis(), vec![b'x'; size]);
    for _ in 0..count {
        batch.push(now, None, Some(&value), &[]);
    }
    Ok(batch.build()?)
}

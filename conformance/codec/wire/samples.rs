//! Messages as a busy client and its broker exchange them.

use bytes::Bytes;
use kafka_trial_wire::messages::{
    FetchRequest, FetchResponse, MetadataRequest, MetadataResponse, ProduceRequest, ProduceResponse, fetch_request,
    fetch_response, metadata_request, metadata_response, produce_request, produce_response,
};
use kafka_trial_wire::records::{BatchBuilder, Header};
use kafka_trial_wire::{Text, Uuid};

const TOPICS: u8 = 10;
const PARTITIONS: i32 = 6;

fn topic_id(topic: u8) -> Uuid {
    Uuid([topic + 1; 16])
}

fn topic_name(topic: u8) -> Text {
    format!("codegen.requests.{topic}").into()
}

/// An uncompressed batch of an idempotent producer, `size` bytes a value.
pub(crate) fn batch(records: usize, size: usize, headers: usize) -> Bytes {
    let mut builder = BatchBuilder::new().producer(4711, 0, 0);
    let header = Header { key: "correlation-id".into(), value: Some("0123456789abcdef".into()) };
    let (headers, value) = (vec![header; headers], vec![b'x'; size]);
    for (record, timestamp) in (0..records).zip(1_700_000_000_000..) {
        builder.push(timestamp, Some(record.to_string().as_bytes()), Some(&value), &headers);
    }
    builder.build().unwrap()
}

/// Asks for ten topics by name.
pub(crate) fn metadata_request() -> MetadataRequest {
    let topic = |topic| metadata_request::MetadataRequestTopic { name: Some(topic_name(topic)), ..Default::default() };
    MetadataRequest { topics: Some((0..TOPICS).map(topic).collect()), ..Default::default() }
}

/// Three brokers, ten topics, sixty partitions.
pub(crate) fn metadata_response() -> MetadataResponse {
    let broker = |node_id| metadata_response::MetadataResponseBroker {
        node_id,
        host: "127.0.0.1".into(),
        port: 19092 + node_id,
        ..Default::default()
    };
    let partition = |partition_index| metadata_response::MetadataResponsePartition {
        partition_index,
        leader_id: partition_index % 3,
        leader_epoch: 1,
        replica_nodes: vec![0, 1, 2],
        isr_nodes: vec![0, 1, 2],
        ..Default::default()
    };
    let topic = |topic| metadata_response::MetadataResponseTopic {
        name: Some(topic_name(topic)),
        topic_id: topic_id(topic),
        partitions: (0..PARTITIONS).map(partition).collect(),
        ..Default::default()
    };
    MetadataResponse {
        brokers: (0..3).map(broker).collect(),
        cluster_id: Some("5L6g3nShT-eMCtK--X86sw".into()),
        topics: (0..TOPICS).map(topic).collect(),
        ..Default::default()
    }
}

/// One batch of a hundred small records to each partition of a topic.
pub(crate) fn produce_request() -> ProduceRequest {
    let records = batch(100, 100, 0);
    let partition = |index| produce_request::PartitionProduceData {
        index,
        records: Some(records.clone().into()),
        ..Default::default()
    };
    let partition_data = (0..PARTITIONS).map(partition).collect();
    let topic = produce_request::TopicProduceData { topic_id: topic_id(0), partition_data, ..Default::default() };
    ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() }
}

/// Its acknowledgement.
pub(crate) fn produce_response() -> ProduceResponse {
    let partition = |index| produce_response::PartitionProduceResponse {
        index,
        base_offset: 1 << 20,
        log_start_offset: 0,
        ..Default::default()
    };
    let partition_responses = (0..PARTITIONS).map(partition).collect();
    let topic =
        produce_response::TopicProduceResponse { topic_id: topic_id(0), partition_responses, ..Default::default() };
    ProduceResponse { responses: vec![topic], ..Default::default() }
}

/// A session's first fetch: sixty partitions.
pub(crate) fn fetch_request() -> FetchRequest {
    let partition = |partition| fetch_request::FetchPartition {
        partition,
        current_leader_epoch: 1,
        fetch_offset: 1 << 20,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    };
    let topic = |topic| fetch_request::FetchTopic {
        topic_id: topic_id(topic),
        partitions: (0..PARTITIONS).map(partition).collect(),
        ..Default::default()
    };
    FetchRequest {
        max_wait_ms: 500,
        min_bytes: 1,
        topics: (0..TOPICS).map(topic).collect(),
        rack_id: "a".into(),
        ..Default::default()
    }
}

/// One batch from each partition of a topic.
pub(crate) fn fetch_response() -> FetchResponse {
    let records = batch(100, 100, 0);
    let partition = |partition_index| fetch_response::PartitionData {
        partition_index,
        high_watermark: 1 << 20,
        last_stable_offset: 1 << 20,
        log_start_offset: 0,
        records: Some(records.clone().into()),
        ..Default::default()
    };
    let partitions = (0..PARTITIONS).map(partition).collect();
    let topic = fetch_response::FetchableTopicResponse { topic_id: topic_id(0), partitions, ..Default::default() };
    FetchResponse { session_id: 7, responses: vec![topic], ..Default::default() }
}

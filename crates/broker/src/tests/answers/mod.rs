//! Answers that Kafka 4.3.1 was seen to give, case by case, over the core alone.

mod altered_configs;
mod assignments;
mod brokers;
mod cluster;
mod compacted;
mod configs;
mod consumer_groups;
mod created_topics;
mod deleted_topics;
mod epochs;
mod fetch_sessions;
mod fetched;
mod fetched_bytes;
mod group_offsets;
mod idempotence;
mod journaled;
mod listed_offsets;
mod members;
mod metadata;
mod migrated_groups;
mod packed;
mod parked_fetches;
mod partitions;
mod produced;
mod records;
mod transaction_stories;
mod transactional_offsets;
mod transactions;
mod versions;
mod written;

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use super::world::{World, hex};

/// Produces a batch to partition 0, and returns the partition's answer.
fn produce(world: &mut World, topic: &str, batch: &[u8]) -> Json {
    let request = json!({
        "Acks": -1, "TimeoutMs": 1000,
        "TopicData": [{"Name": topic, "PartitionData": [{"Index": 0, "Records": hex(batch)}]}]
    });
    world.json(ApiKey::Produce, 9, &request)["Responses"][0]["PartitionResponses"][0].take()
}

/// The error of an answer, or of a part of it.
fn error(answer: &Json) -> ErrorCode {
    ErrorCode(answer["ErrorCode"].as_i64().unwrap().try_into().unwrap())
}

/// The offset that ListOffsets finds in partition 0.
fn offset_at(world: &mut World, topic: &str, timestamp: i64) -> i64 {
    let request = json!({
        "ReplicaId": -1, "Topics": [{"Name": topic, "Partitions": [{"PartitionIndex": 0, "Timestamp": timestamp}]}]
    });
    let answer = world.json(ApiKey::ListOffsets, 7, &request);
    answer["Topics"][0]["Partitions"][0]["Offset"].as_i64().unwrap()
}

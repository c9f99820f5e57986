//! What Produce refuses.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use super::written::{
    ATTRIBUTES, BASE_OFFSET, COUNT, CRC, LAST_OFFSET_DELTA, LENGTH, MAGIC, MAX_TIMESTAMP, batch, batch_at, batch_of,
    with,
};
use super::{offset_at, produce};
use crate::TopicSpec;
use crate::cluster::create;
use crate::cluster::records;
use crate::tests::world::{START, World, hex};

pub(super) fn world_with(topic: &str, configs: &[(&str, &str)]) -> World {
    let mut world = World::new();
    let mut spec = TopicSpec::new(topic, 1);
    spec.configs = configs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    create(&mut world.driver.state, &spec).unwrap();
    world
}

/// Code, text and log start offset.
pub(super) fn refusal(answer: &Json) -> Json {
    json!([answer["ErrorCode"], answer["ErrorMessage"], answer["LogStartOffset"]])
}

#[test]
fn invalid_batches_are_refused() {
    let mut world = world_with("orders", &[]);
    let good = batch(2);
    let two = [good.as_ref(), good.as_ref()].concat();
    let mut corrupt = good.to_vec();
    corrupt[CRC] ^= 1;
    let unknown_magic = "Invalid magic found in record: 3";
    let too_short = "Record size -5 is less than the minimum record overhead (14)";
    for (what, batch, code, text, start) in [
        ("a wrong checksum", corrupt.clone(), ErrorCode::CORRUPT_MESSAGE, Json::Null, -1),
        ("nothing", Vec::new(), ErrorCode::INVALID_RECORD, Json::Null, -1),
        ("two batches", two, ErrorCode::INVALID_RECORD, Json::Null, -1),
        ("half a batch", good[..40].to_vec(), ErrorCode::INVALID_RECORD, Json::Null, -1),
        ("magic 0", with(&good, MAGIC, &[0]), ErrorCode::INVALID_RECORD, Json::Null, -1),
        ("magic 1", with(&good, MAGIC, &[1]), ErrorCode::INVALID_RECORD, Json::Null, -1),
        ("magic 3", with(&good, MAGIC, &[3]), ErrorCode::CORRUPT_MESSAGE, json!(unknown_magic), -1),
        (
            "a negative length",
            with(&good, LENGTH, &(-5i32).to_be_bytes()),
            ErrorCode::CORRUPT_MESSAGE,
            json!(too_short),
            -1,
        ),
        ("a control batch", with(&good, ATTRIBUTES, &[0, 0x20]), ErrorCode::INVALID_RECORD, Json::Null, 0),
        ("a base offset", with(&good, BASE_OFFSET, &77i64.to_be_bytes()), ErrorCode::INVALID_RECORD, Json::Null, 0),
        ("a wrong count", with(&good, COUNT, &3i32.to_be_bytes()), ErrorCode::INVALID_RECORD, Json::Null, 0),
        (
            "a wrong last offset",
            with(&good, LAST_OFFSET_DELTA, &5i32.to_be_bytes()),
            ErrorCode::INVALID_RECORD,
            Json::Null,
            0,
        ),
        ("no codec", with(&good, ATTRIBUTES, &[0, 5]), ErrorCode::UNKNOWN_SERVER_ERROR, Json::Null, 0),
        ("bytes that are not gzip's", with(&good, ATTRIBUTES, &[0, 1]), ErrorCode::UNKNOWN_SERVER_ERROR, Json::Null, 0),
        (
            "a base offset and a wrong checksum",
            [&[1], &corrupt[1..]].concat(),
            ErrorCode::INVALID_RECORD,
            Json::Null,
            0,
        ),
        ("a second batch of no length", [&good[..], &[0; 12]].concat(), ErrorCode::CORRUPT_MESSAGE, Json::Null, -1),
        (
            "a second batch of magic 3",
            [&good[..], &good[..16], &[3]].concat(),
            ErrorCode::CORRUPT_MESSAGE,
            Json::Null,
            -1,
        ),
        (
            "a batch as long as its header",
            with(&good, LENGTH, &48i32.to_be_bytes()),
            ErrorCode::CORRUPT_MESSAGE,
            Json::Null,
            -1,
        ),
        (
            "a transaction without its id",
            with(&good, ATTRIBUTES, &[0, 0x10]),
            ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            Json::Null,
            -1,
        ),
    ] {
        assert_eq!(refusal(&produce(&mut world, "orders", &batch)), json!([code.0, text, start]), "{what}");
    }
    assert_eq!(offset_at(&mut world, "orders", -1), 0);
}

#[test]
fn the_bytes_of_an_incomplete_second_batch_are_dropped() {
    let mut world = world_with("orders", &[]);
    let one = batch(1);
    let old = with(&one, MAGIC, &[1]);
    for (count, begun) in [(1, &[0, 0][..]), (2, &[0; 11]), (3, &one[..16]), (4, &one[..60]), (5, &old[..60])] {
        assert_eq!(produce(&mut world, "orders", &[&one, begun].concat())["ErrorCode"], 0, "{begun:?}");
        assert_eq!(offset_at(&mut world, "orders", -1), count);
    }
}

#[test]
fn acks_other_than_all_one_or_none_are_refused() {
    let mut world = world_with("orders", &[]);
    let (acks_error, unknown) = (ErrorCode::INVALID_REQUIRED_ACKS, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    for (acks, topic, code) in
        [(2, "orders", acks_error), (-2, "orders", acks_error), (2, "nothing", unknown), (1, "orders", ErrorCode::NONE)]
    {
        let request = json!({
            "Acks": acks, "TimeoutMs": 1000,
            "TopicData": [{"Name": topic, "PartitionData": [{"Index": 0, "Records": hex(&batch(1))}]}]
        });
        let answer = world.json(ApiKey::Produce, 9, &request);
        assert_eq!(answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"], code.0, "{acks} {topic}");
    }
}

#[test]
fn a_refusal_with_acks_0_closes_the_connection() {
    let mut world = world_with("orders", &[]);
    let mut corrupt = batch(1).to_vec();
    corrupt[CRC] ^= 1;
    let request = json!({
        "Acks": 0, "TimeoutMs": 1000,
        "TopicData": [{"Name": "orders", "PartitionData": [{"Index": 0, "Records": hex(&corrupt)}]}]
    });
    assert!(world.ask(ApiKey::Produce, 9, &request).is_none());
}

#[test]
fn the_size_is_checked_before_the_checksum() {
    let mut world = world_with("orders", &[("max.message.bytes", "200")]);
    let mut large = batch_of(1, None, &[b'x'; 300]).to_vec();
    assert_eq!(refusal(&produce(&mut world, "orders", &large)), json!([ErrorCode::MESSAGE_TOO_LARGE.0, null, -1]));
    large[CRC] ^= 1;
    assert_eq!(refusal(&produce(&mut world, "orders", &large)), json!([ErrorCode::MESSAGE_TOO_LARGE.0, null, -1]));
    assert_eq!(produce(&mut world, "orders", &batch(1))["ErrorCode"], 0);
}

#[test]
fn compacted_topics_name_the_records_without_a_key() {
    let mut world = world_with("latest", &[("cleanup.policy", "compact")]);
    let answer = produce(&mut world, "latest", &batch(4));
    let text = "Compacted topic cannot accept message without key in topic partition latest-0";
    assert_eq!(answer["RecordErrors"].as_array().unwrap().len(), 4);
    assert_eq!(answer["RecordErrors"][3], json!({"BatchIndex": 3, "BatchIndexErrorMessage": text}));
    let shown: Vec<String> = (0..3).map(|index| format!("RecordError(batchIndex={index}, message='{text}')")).collect();
    let summary = format!(
        "One or more records have been rejected due to 4 record errors in total, and only showing the first three errors at most: [{}]",
        shown.join(", ")
    );
    assert_eq!(refusal(&answer), json!([ErrorCode::INVALID_RECORD.0, summary, 0]));
    assert_eq!(produce(&mut world, "latest", &batch_of(1, Some(b"k"), b"v"))["ErrorCode"], 0);
}

#[test]
fn timestamps_out_of_the_range_of_the_topic_are_named() {
    let window = [("message.timestamp.before.max.ms", "60000"), ("message.timestamp.after.max.ms", "60000")];
    let mut world = world_with("orders", &window);
    let now = START.millis();
    let answer = produce(&mut world, "orders", &batch_at(&[now, now - 300_000, now + 300_000, now + 60_000]));
    let text = |index: i64, timestamp: i64| {
        format!(
            "Timestamp {timestamp} of message with offset {index} is out of range. The timestamp should be within [{}, {}]",
            now - 60_000,
            now + 60_000
        )
    };
    let rows = json!([
        {"BatchIndex": 1, "BatchIndexErrorMessage": text(1, now - 300_000)},
        {"BatchIndex": 2, "BatchIndexErrorMessage": text(2, now + 300_000)}
    ]);
    assert_eq!(answer["RecordErrors"], rows);
    let summary = "One or more records have been rejected due to invalid timestamp";
    assert_eq!(refusal(&answer), json!([ErrorCode::INVALID_TIMESTAMP.0, summary, 0]));
    assert_eq!(produce(&mut world, "orders", &batch_at(&[-1]))["ErrorCode"], 0, "no timestamp is in any window");
}

#[test]
fn a_producer_cannot_mark_its_timestamps_as_those_of_the_broker() {
    let stamped = with(&batch(1), ATTRIBUTES, &[0, 8]);
    let mut world = world_with("orders", &[("message.timestamp.type", "LogAppendTime")]);
    let answer = produce(&mut world, "orders", &stamped);
    let text = format!(
        "Invalid timestamp type in message DefaultRecord(offset=0, timestamp={}, key=0 bytes, value=1 bytes). Producer should not set timestamp type to LogAppendTime.",
        START.millis()
    );
    assert_eq!(answer["RecordErrors"], json!([{"BatchIndex": 0, "BatchIndexErrorMessage": text}]));
    assert_eq!(answer["ErrorCode"], ErrorCode::INVALID_TIMESTAMP.0);
    let mut world = world_with("orders", &[]);
    assert_eq!(produce(&mut world, "orders", &stamped)["ErrorCode"], 0);
    let stored = records(&world.driver.state, "orders", None, 0).unwrap();
    assert_eq!(stored[0].timestamp, START.millis());
}

#[test]
fn the_largest_timestamp_is_taken_from_the_records() {
    let mut world = world_with("orders", &[]);
    let now = START.millis();
    let wrong = with(&batch_at(&[now, now + 5, now + 2]), MAX_TIMESTAMP, &(now + 1000).to_be_bytes());
    produce(&mut world, "orders", &wrong);
    assert_eq!(offset_at(&mut world, "orders", -3), 1);
    assert_eq!(offset_at(&mut world, "orders", now + 6), -1);
}

#[test]
fn zstd_needs_version_7() {
    let mut world = world_with("orders", &[]);
    let zstd = with(&batch(1), ATTRIBUTES, &[0, 4]);
    let request = json!({
        "Acks": -1, "TimeoutMs": 1000,
        "TopicData": [{"Name": "orders", "PartitionData": [{"Index": 0, "Records": hex(&zstd)}]}]
    });
    let answer = world.json(ApiKey::Produce, 6, &request);
    assert_eq!(answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"], ErrorCode::UNSUPPORTED_COMPRESSION_TYPE.0);
}

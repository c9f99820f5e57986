//! Compacted topics, as Kafka 4.3.1 leaves them.

use kafka_trial_wire::ApiKey;
use kafka_trial_wire::records::{Batch, BatchBuilder};
use serde_json::{Value as Json, json};

use super::produced::world_with;
use super::{offset_at, produce};
use crate::tests::world::{START, World};
use kafka_trial_core::TopicRefusal;

const BACKOFF_MS: i64 = 15_000;

/// A topic whose batches are 10 ms apart and have a segment each.
fn world() -> World {
    world_with(
        "states",
        &[
            ("cleanup.policy", "compact"),
            ("segment.ms", "1"),
            ("min.cleanable.dirty.ratio", "0.0"),
            ("delete.retention.ms", "60000"),
        ],
    )
}

/// Writes key and value of each record, as producer 7 when a sequence is given.
fn write(world: &mut World, number: i64, sequence: Option<i32>, pairs: &[(&str, Option<&str>)]) -> Json {
    let mut builder = BatchBuilder::new();
    if let Some(sequence) = sequence {
        builder = builder.producer(7, 1, sequence);
    }
    for (key, value) in pairs {
        builder.push(START.millis() + 10 * number, Some(key.as_bytes()), value.map(str::as_bytes), &[]);
    }
    let answer = produce(world, "states", &builder.build().unwrap());
    json!([answer["ErrorCode"], answer["BaseOffset"]])
}

/// First and last offset, count and attributes of each stored batch.
fn batches(world: &World) -> Vec<(i64, i64, i32, i16)> {
    let partition = world.driver.state.topics().get("states").unwrap().partition(0).unwrap();
    let row = |b: &Batch| (b.base_offset(), b.last_offset(), b.record_count(), b.attributes());
    partition.log.entries_from(0).map(|entry| row(&entry.batch)).collect()
}

fn let_the_cleaner_come(world: &mut World) {
    let next = world.driver.now().plus_millis(BACKOFF_MS);
    world.driver.advance(next);
}

#[test]
fn the_cleaner_leaves_gaps_and_gives_tombstones_a_horizon() {
    let mut world = world();
    write(&mut world, 1, None, &[("a", Some("1")), ("b", Some("1"))]);
    write(&mut world, 2, None, &[("a", Some("2"))]);
    write(&mut world, 3, None, &[("b", None)]);
    write(&mut world, 4, None, &[("c", Some("1")), ("a", Some("3")), ("c", Some("2"))]);
    write(&mut world, 5, None, &[("z", Some("1"))]);
    let_the_cleaner_come(&mut world);
    let tombstone = (3, 3, 1, 0x40);
    assert_eq!(batches(&world), [tombstone, (4, 6, 2, 0), (7, 7, 1, 0)]);
    let start = START.millis();
    let found: Vec<i64> = [0, 20, 30, 35, 50, 51].map(|ms| offset_at(&mut world, "states", start + ms)).to_vec();
    assert_eq!(found, [3, 3, 3, 5, 7, -1]);
    assert_eq!([-2, -1].map(|special| offset_at(&mut world, "states", special)), [0, 8]);
    world.driver.advance(world.driver.now().plus_millis(60_000));
    assert_eq!(batches(&world)[0], tombstone, "nothing is dirty");
    write(&mut world, 6, None, &[("y", Some("1"))]);
    let_the_cleaner_come(&mut world);
    assert_eq!(batches(&world), [(4, 6, 2, 0), (7, 7, 1, 0), (8, 8, 1, 0)]);
}

#[test]
fn duplicates_are_recognised_after_their_records_were_compacted() {
    let mut world = world();
    let pairs = |value| [("a", Some(value)), ("b", Some(value))];
    write(&mut world, 1, Some(0), &pairs("1"));
    write(&mut world, 2, Some(2), &pairs("2"));
    write(&mut world, 3, None, &pairs("3"));
    write(&mut world, 4, None, &[("a", Some("4"))]);
    write(&mut world, 5, None, &[("x", Some("4"))]);
    let_the_cleaner_come(&mut world);
    assert_eq!(batches(&world), [(2, 3, 0, 0), (4, 5, 1, 0), (6, 6, 1, 0), (7, 7, 1, 0)]);
    assert_eq!(write(&mut world, 2, Some(2), &pairs("2")), json!([0, 2]));
    assert_eq!(write(&mut world, 1, Some(0), &pairs("1")), json!([0, 0]));
}

#[test]
fn a_fetch_from_a_gap_begins_after_it() {
    let mut world = world();
    for number in 0..4 {
        write(&mut world, number, None, &[("a", Some("1"))]);
    }
    let_the_cleaner_come(&mut world);
    assert_eq!(batches(&world), [(2, 2, 1, 0), (3, 3, 1, 0)]);
    let request = json!({"MaxWaitMs": 0, "MinBytes": 0, "Topics": [
        {"Topic": "states", "Partitions": [{"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1000}]}
    ]});
    let answer = world.json(ApiKey::Fetch, 12, &request);
    let records = answer["Responses"][0]["Partitions"][0]["Records"].as_str().unwrap();
    assert_eq!(&records[..16], "0000000000000002");
}

#[test]
fn a_test_can_have_a_topic_compacted_at_once() {
    let mut world = world_with("states", &[("cleanup.policy", "compact"), ("min.compaction.lag.ms", "60000")]);
    for value in ["1", "2"] {
        write(&mut world, 0, None, &[("a", Some(value))]);
    }
    world.driver.state.compact_topic("states").unwrap();
    assert_eq!(batches(&world), [(1, 1, 1, 0)]);
    assert_eq!(write(&mut world, 0, None, &[("a", Some("3"))]), json!([0, 2]));
    world.create("orders", 1);
    assert_eq!(world.driver.state.compact_topic("orders"), Err(TopicRefusal::NotCompacted("orders".to_owned())));
    assert_eq!(world.driver.state.compact_topic("none"), Err(TopicRefusal::UnknownTopic("none".to_owned())));
}

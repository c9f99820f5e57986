//! How many bytes a fetch gets. A batch of three records takes 85.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use super::produced::world_with;
use super::written::{batch, batch_at};
use crate::tests::world::{START, World, hex};

const BATCH: usize = 85;

/// Two partitions of four batches.
fn world() -> World {
    let mut world = World::new();
    world.create("orders", 2);
    for partition in [0, 1].repeat(4) {
        let data = json!([{"Index": partition, "Records": hex(&batch(3))}]);
        let topics = json!([{"Name": "orders", "PartitionData": data}]);
        world.json(ApiKey::Produce, 9, &json!({"Acks": -1, "TimeoutMs": 1000, "TopicData": topics}));
    }
    world
}

/// Error and number of bytes of each partition, given offset and limit for each.
fn fetch(world: &mut World, partitions: &[(i64, i64)], max_bytes: i64) -> Vec<(i64, usize)> {
    let rows: Vec<Json> = (0i64..)
        .zip(partitions)
        .map(|(index, (offset, limit))| json!({"Partition": index, "FetchOffset": offset, "PartitionMaxBytes": limit}))
        .collect();
    let request = json!({
        "MaxWaitMs": 0, "MinBytes": 0, "MaxBytes": max_bytes, "SessionEpoch": -1,
        "Topics": [{"Topic": "orders", "Partitions": rows}]
    });
    let answer = world.json(ApiKey::Fetch, 12, &request);
    let rows = answer["Responses"][0]["Partitions"].as_array().unwrap().iter();
    rows.map(|row| (row["ErrorCode"].as_i64().unwrap(), row["Records"].as_str().unwrap().len() / 2)).collect()
}

#[test]
fn the_first_batch_is_whole_and_the_last_one_cut_at_the_limit() {
    let mut world = world();
    for (offset, limit, size) in [
        (0, 0, BATCH),
        (0, 84, BATCH),
        (0, 85, BATCH),
        (0, 86, 86),
        (0, 254, 254),
        (0, 1000, 4 * BATCH),
        (4, 10, BATCH),
        (4, 100, 100),
        (11, 0, BATCH),
        (12, 100, 0),
    ] {
        assert_eq!(fetch(&mut world, &[(offset, limit)], 1000), [(0, size)], "{limit} bytes from {offset}");
        assert_eq!(fetch(&mut world, &[(offset, 1000)], limit), [(0, size)], "{limit} bytes in all from {offset}");
    }
}

#[test]
fn only_the_first_partition_with_data_may_exceed_a_limit() {
    let mut world = world();
    for (partitions, max_bytes, sizes) in [
        ([(0, 100), (0, 100)], 1000, [100, 100]),
        ([(0, 10), (0, 10)], 1000, [85, 0]),
        ([(0, 100), (0, 100)], 86, [86, 0]),
        ([(0, 100), (0, 100)], 185, [100, 85]),
        ([(0, 1000), (0, 1000)], 400, [340, 0]),
        ([(12, 100), (0, 10)], 10, [0, 85]),
    ] {
        let expected = sizes.map(|size| (0, size));
        assert_eq!(fetch(&mut world, &partitions, max_bytes), expected, "{partitions:?} {max_bytes}");
    }
}

#[test]
fn a_limit_below_zero_is_an_error_if_there_are_records() {
    let mut world = world();
    assert_eq!(fetch(&mut world, &[(0, -1)], 1000), [(-1, 0)]);
    assert_eq!(fetch(&mut world, &[(0, 100)], -5), [(-1, 0)]);
    assert_eq!(fetch(&mut world, &[(12, -1)], 1000), [(0, 0)]);
}

#[test]
fn a_fetch_ends_with_the_segment() {
    let mut world = world_with("orders", &[("segment.ms", "1")]);
    for number in 0..3 {
        super::produce(&mut world, "orders", &batch_at(&[START.millis() + 10 * number; 3]));
    }
    assert_eq!(fetch(&mut world, &[(0, 1000)], 1000), [(0, BATCH)]);
    assert_eq!(fetch(&mut world, &[(4, 1000)], 1000), [(0, BATCH)]);
}

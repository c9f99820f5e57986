//! ListOffsets.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use super::produce;
use super::written::batch_at;
use crate::tests::world::{START, World};

/// Code, timestamp, offset and epoch of each row.
fn list(world: &mut World, version: i16, partitions: &[(i32, i64)]) -> Vec<Json> {
    let partitions: Vec<Json> =
        partitions.iter().map(|(index, timestamp)| json!({"PartitionIndex": index, "Timestamp": timestamp})).collect();
    let request = json!({"ReplicaId": -1, "Topics": [{"Name": "orders", "Partitions": partitions}]});
    let answer = world.json(ApiKey::ListOffsets, version, &request);
    let rows = answer["Topics"][0]["Partitions"].as_array().unwrap().iter();
    rows.map(|row| json!([row["ErrorCode"], row["Timestamp"], row["Offset"], row["LeaderEpoch"]])).collect()
}

#[test]
fn special_timestamps_are_known_from_their_version_on() {
    let mut world = World::new();
    world.create("orders", 1);
    let now = START.millis();
    produce(&mut world, "orders", &batch_at(&[now, now + 5, now + 2]));
    let unsupported = json!([35, -1, -1, -1]);
    for (timestamp, since, answer) in [
        (-1, 1, json!([0, -1, 3, 0])),
        (-2, 1, json!([0, -1, 0, 0])),
        (-3, 7, json!([0, now + 5, 1, 0])),
        (-4, 8, json!([0, -1, 0, 0])),
        (-5, 9, json!([0, -1, -1, -1])),
        (-6, 11, json!([0, -1, -1, -1])),
        (-7, 12, unsupported.clone()),
    ] {
        for version in 4..=11 {
            let expected = if version >= since { &answer } else { &unsupported };
            assert_eq!(&list(&mut world, version, &[(0, timestamp)])[0], expected, "{timestamp} v{version}");
        }
    }
}

#[test]
fn a_timestamp_finds_the_first_record_at_or_after_it() {
    let mut world = World::new();
    world.create("orders", 1);
    let now = START.millis();
    produce(&mut world, "orders", &batch_at(&[now, now + 5, now + 2]));
    assert_eq!(list(&mut world, 7, &[(0, now + 1)]), [json!([0, now + 5, 1, 0])]);
    assert_eq!(list(&mut world, 7, &[(0, now + 6)]), [json!([0, -1, -1, -1])]);
}

#[test]
fn an_empty_partition_begins_in_the_epoch_of_its_leader() {
    let mut world = World::new();
    world.create("orders", 1);
    assert_eq!(list(&mut world, 7, &[(0, -2)]), [json!([0, -1, 0, 0])]);
    assert_eq!(list(&mut world, 7, &[(0, -1)]), [json!([0, -1, 0, 0])]);
    assert_eq!(list(&mut world, 7, &[(0, -3)]), [json!([0, -1, -1, -1])]);
}

#[test]
fn a_partition_that_is_named_twice_is_refused_once() {
    let mut world = World::new();
    world.create("orders", 2);
    let answer = list(&mut world, 7, &[(0, -1), (1, -1), (0, -2)]);
    assert_eq!(answer, [json!([42, -1, -1, -1]), json!([0, -1, 0, 0])]);
}

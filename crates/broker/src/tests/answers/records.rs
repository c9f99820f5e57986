//! DeleteRecords.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use super::written::batch;
use super::{offset_at, produce};
use crate::TopicSpec;
use crate::cluster::create;
use crate::tests::world::World;

const EARLIEST: i64 = -2;

fn delete_before(world: &mut World, topic: &str, offset: i64) -> Json {
    let request = json!({
        "Topics": [{"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": offset}]}], "TimeoutMs": 1000
    });
    let row = world.json(ApiKey::DeleteRecords, 2, &request)["Topics"][0]["Partitions"][0].take();
    json!([row["ErrorCode"], row["LowWatermark"]])
}

fn with_policy(world: &mut World, name: &str, policy: &str) {
    let mut spec = TopicSpec::new(name, 1);
    spec.configs.insert("cleanup.policy".to_owned(), policy.to_owned());
    create(&mut world.driver.state, &spec).unwrap();
}

#[test]
fn the_log_starts_behind_the_deleted_records() {
    let mut world = World::new();
    world.create("orders", 1);
    for _ in 0..5 {
        produce(&mut world, "orders", &batch(2));
    }
    assert_eq!(delete_before(&mut world, "orders", 3), json!([0, 3]));
    assert_eq!(offset_at(&mut world, "orders", EARLIEST), 3);
    let fetch = json!({"MaxWaitMs": 0, "MinBytes": 0, "Topics": [
        {"Topic": "orders", "Partitions": [{"Partition": 0, "FetchOffset": 2, "PartitionMaxBytes": 1000}]}
    ]});
    assert_eq!(
        world.json(ApiKey::Fetch, 12, &fetch)["Responses"][0]["Partitions"][0]["ErrorCode"],
        ErrorCode::OFFSET_OUT_OF_RANGE.0
    );
    assert_eq!(delete_before(&mut world, "orders", 1), json!([0, 3]), "the start never moves back");
    assert_eq!(delete_before(&mut world, "orders", -1), json!([0, 10]));
    assert_eq!(produce(&mut world, "orders", &batch(1))["LogStartOffset"], 10);
}

#[test]
fn an_offset_that_was_never_written_is_out_of_range() {
    let mut world = World::new();
    world.create("orders", 1);
    produce(&mut world, "orders", &batch(2));
    assert_eq!(delete_before(&mut world, "orders", 3), json!([1, -1]));
    assert_eq!(delete_before(&mut world, "orders", -2), json!([1, -1]));
    assert_eq!(delete_before(&mut world, "nothing", 0), json!([3, -1]));
}

#[test]
fn a_topic_that_is_only_compacted_refuses_to_delete_records() {
    let mut world = World::new();
    with_policy(&mut world, "latest", "compact");
    with_policy(&mut world, "recent", "compact,delete");
    assert_eq!(delete_before(&mut world, "latest", 0), json!([44, -1]));
    assert_eq!(delete_before(&mut world, "recent", 0), json!([0, 0]));
}

//! Adding partitions.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use super::error;
use crate::tests::world::World;

/// Error code and text of the first result.
fn widen(world: &mut World, count: i32, assignments: Json) -> (ErrorCode, Json) {
    let request = json!({
        "Topics": [{"Name": "orders", "Count": count, "Assignments": assignments}], "TimeoutMs": 1000
    });
    let mut answer = world.json(ApiKey::CreatePartitions, 3, &request);
    (error(&answer["Results"][0]), answer["Results"][0]["ErrorMessage"].take())
}

#[test]
fn equally_many_or_fewer_partitions_are_refused_with_the_texts_of_kafka() {
    let mut world = World::new();
    world.create("orders", 2);
    assert_eq!(
        widen(&mut world, 2, Json::Null),
        (ErrorCode::INVALID_PARTITIONS, json!("Topic already has 2 partition(s)."))
    );
    let text = "The topic orders currently has 2 partition(s); 1 would not be an increase.";
    assert_eq!(widen(&mut world, 1, Json::Null), (ErrorCode::INVALID_PARTITIONS, json!(text)));
    assert_eq!(world.driver.state.topics().get("orders").unwrap().partitions.len(), 2);
}

#[test]
fn manual_assignments_are_checked_in_the_order_of_kafka() {
    let mut world = World::new();
    world.create("orders", 2);
    for (assignments, text) in [
        (json!([]), "Attempted to add 1 additional partition(s), but only 0 assignment(s) were specified."),
        (json!([{"BrokerIds": []}]), "The manual partition assignment includes an empty replica list."),
        (
            json!([{"BrokerIds": [9]}]),
            "The manual partition assignment includes broker 9, but no such broker is registered.",
        ),
        (json!([{"BrokerIds": [0, 0]}]), "The manual partition assignment includes the broker 0 more than once."),
    ] {
        assert_eq!(widen(&mut world, 3, assignments), (ErrorCode::INVALID_REPLICA_ASSIGNMENT, json!(text)));
    }
    assert_eq!(widen(&mut world, 3, json!([{"BrokerIds": [0]}])), (ErrorCode::NONE, Json::Null));
    assert_eq!(world.driver.state.topics().get("orders").unwrap().partitions.len(), 3);
}

#[test]
fn a_topic_that_is_named_twice_is_refused_and_the_others_are_not() {
    let mut world = World::new();
    world.create("orders", 2);
    world.create("items", 1);
    let topic = |name: &str, count: i32| json!({"Name": name, "Count": count, "Assignments": null});
    let request = json!({
        "Topics": [topic("items", 2), topic("orders", 3), topic("nothing", 2), topic("orders", 4)], "TimeoutMs": 1000
    });
    let answer = world.json(ApiKey::CreatePartitions, 3, &request);
    let row = |name: &str, code: i16, text: Json| json!({"Name": name, "ErrorCode": code, "ErrorMessage": text});
    assert_eq!(
        answer["Results"],
        json!([
            row("orders", 42, json!("Duplicate topic name.")),
            row("items", 0, Json::Null),
            row("nothing", 3, Json::Null)
        ])
    );
    assert_eq!(world.driver.state.topics().get("orders").unwrap().partitions.len(), 2);
}

#[test]
fn a_request_adds_at_most_ten_thousand_partitions_in_total() {
    let mut world = World::new();
    world.create("orders", 1);
    world.create("items", 1);
    let topic = |name: &str, count: i32| json!({"Name": name, "Count": count, "Assignments": null});
    let (none, too_many) = (ErrorCode::NONE, ErrorCode::UNKNOWN_SERVER_ERROR);
    for (counts, codes) in [
        ([5002, 5002], [none, too_many]),
        ([10_002, 1], [too_many, ErrorCode::INVALID_PARTITIONS]),
        ([5001, 5001], [none, none]),
    ] {
        let topics = [topic("orders", counts[0]), topic("items", counts[1])];
        let request = json!({"Topics": topics, "TimeoutMs": 1000, "ValidateOnly": true});
        let answer = world.json(ApiKey::CreatePartitions, 3, &request);
        assert_eq!([error(&answer["Results"][0]), error(&answer["Results"][1])], codes, "{counts:?}");
    }
}

#[test]
fn a_dry_run_adds_no_partitions() {
    let mut world = World::new();
    world.create("orders", 2);
    let request = json!({
        "Topics": [{"Name": "orders", "Count": 5, "Assignments": null}], "TimeoutMs": 1000, "ValidateOnly": true
    });
    assert_eq!(world.json(ApiKey::CreatePartitions, 3, &request)["Results"][0]["ErrorCode"], 0);
    assert_eq!(world.driver.state.topics().get("orders").unwrap().partitions.len(), 2);
}

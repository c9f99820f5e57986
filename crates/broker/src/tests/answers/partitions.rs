//! Adding partitions.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use crate::tests::world::World;

/// Error code and text of the first result.
fn widen(world: &mut World, count: i32, assignments: Json) -> (i64, Json) {
    let request = json!({
        "Topics": [{"Name": "orders", "Count": count, "Assignments": assignments}], "TimeoutMs": 1000
    });
    let mut answer = world.json(ApiKey::CreatePartitions, 3, &request);
    (answer["Results"][0]["ErrorCode"].as_i64().unwrap(), answer["Results"][0]["ErrorMessage"].take())
}

#[test]
fn fewer_or_as_many_partitions_are_refused_with_kafkas_texts() {
    let mut world = World::new();
    world.create("orders", 2);
    assert_eq!(widen(&mut world, 2, Json::Null), (37, json!("Topic already has 2 partition(s).")));
    let text = "The topic orders currently has 2 partition(s); 1 would not be an increase.";
    assert_eq!(widen(&mut world, 1, Json::Null), (37, json!(text)));
    assert_eq!(world.driver.state.topics().get("orders").unwrap().partitions.len(), 2);
}

#[test]
fn manual_assignments_are_checked_as_kafka_checks_them() {
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
        assert_eq!(widen(&mut world, 3, assignments), (39, json!(text)));
    }
    assert_eq!(widen(&mut world, 3, json!([{"BrokerIds": [0]}])), (0, Json::Null));
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
fn all_topics_of_a_request_have_room_for_ten_thousand_partitions_together() {
    let mut world = World::new();
    world.create("orders", 1);
    world.create("items", 1);
    let topic = |name: &str, count: i32| json!({"Name": name, "Count": count, "Assignments": null});
    for (counts, codes) in [([5002, 5002], [0, -1]), ([10_002, 1], [-1, 37]), ([5001, 5001], [0, 0])] {
        let topics = [topic("orders", counts[0]), topic("items", counts[1])];
        let request = json!({"Topics": topics, "TimeoutMs": 1000, "ValidateOnly": true});
        let answer = world.json(ApiKey::CreatePartitions, 3, &request);
        let found = [&answer["Results"][0]["ErrorCode"], &answer["Results"][1]["ErrorCode"]];
        assert_eq!(found, [&json!(codes[0]), &json!(codes[1])], "{counts:?}");
    }
}

#[test]
fn validating_adds_nothing() {
    let mut world = World::new();
    world.create("orders", 2);
    let request = json!({
        "Topics": [{"Name": "orders", "Count": 5, "Assignments": null}], "TimeoutMs": 1000, "ValidateOnly": true
    });
    assert_eq!(world.json(ApiKey::CreatePartitions, 3, &request)["Results"][0]["ErrorCode"], 0);
    assert_eq!(world.driver.state.topics().get("orders").unwrap().partitions.len(), 2);
}

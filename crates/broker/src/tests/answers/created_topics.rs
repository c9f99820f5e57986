//! CreateTopics.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use crate::tests::world::World;

const NO_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// Asks for a topic `new` with one partition, unless `fields` says otherwise, and creates nothing.
fn validate(world: &mut World, fields: Json) -> Json {
    let mut topic = json!({"Name": "new", "NumPartitions": 1, "ReplicationFactor": 1});
    for (name, value) in fields.as_object().unwrap() {
        topic[name] = value.clone();
    }
    let request = json!({"Topics": [topic], "timeoutMs": 1000, "validateOnly": true});
    world.json(ApiKey::CreateTopics, 7, &request)["Topics"][0].take()
}

fn configs(pairs: &[(&str, Option<&str>)]) -> Json {
    let configs: Vec<Json> = pairs.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    json!({"Configs": configs})
}

fn assigned(partitions: &[(i32, &[i32])]) -> Json {
    let rows: Vec<Json> =
        partitions.iter().map(|(index, brokers)| json!({"PartitionIndex": index, "BrokerIds": brokers})).collect();
    json!({"NumPartitions": -1, "ReplicationFactor": -1, "Assignments": rows})
}

#[test]
fn refusals_have_the_codes_and_texts_of_kafka() {
    let mut world = World::new();
    world.create("orders", 1);
    world.create("a.b", 1);
    let long = "x".repeat(250);
    let too_long = format!("Topic name is invalid: the length of '{long}' is longer than the max allowed length 249");
    let too_few = "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.";
    let cases = [
        (json!({"Name": "orders"}), 36, "Topic 'orders' already exists."),
        (json!({"Name": "a_b"}), 17, "Topic 'a_b' collides with existing topic: a.b"),
        (json!({"Name": ""}), 17, "Topic name is invalid: the empty string is not allowed"),
        (json!({"Name": ".."}), 17, "Topic name is invalid: '..' is not allowed"),
        (json!({"Name": long}), 17, too_long.as_str()),
        (json!({"Name": "__cluster_metadata"}), 42, "Creation of internal topic __cluster_metadata is prohibited."),
        (json!({"NumPartitions": 0}), 37, "Number of partitions was set to an invalid non-positive value."),
        (json!({"NumPartitions": -2}), 37, "Number of partitions was set to an invalid non-positive value."),
        (json!({"NumPartitions": 10_001}), 44, "Excessively large number of partitions per request."),
        (json!({"NumPartitions": 10_000}), 44, "Unable to perform excessively large batch operation."),
        (
            json!({"ReplicationFactor": 0}),
            38,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        ),
        (json!({"ReplicationFactor": 2}), 38, too_few),
    ];
    for (fields, code, text) in cases {
        let answer = validate(&mut world, fields.clone());
        assert_eq!((&answer["ErrorCode"], &answer["ErrorMessage"]), (&json!(code), &json!(text)), "{fields}");
        assert_eq!((&answer["Configs"], &answer["TopicId"]), (&json!([]), &json!(NO_ID)), "{fields}");
    }
}

#[test]
fn assignments_are_refused_with_the_texts_of_kafka() {
    let mut world = World::new();
    let mut with_factor = assigned(&[(0, &[0])]);
    with_factor["ReplicationFactor"] = json!(1);
    let mut with_count = assigned(&[(0, &[0])]);
    with_count["NumPartitions"] = json!(1);
    let cases = [
        (with_factor, 42, "A manual partition assignment was specified, but replication factor was not set to -1."),
        (with_count, 42, "A manual partition assignment was specified, but numPartitions was not set to -1."),
        (assigned(&[(0, &[0]), (2, &[0])]), 39, "partitions should be a consecutive 0-based integer sequence"),
        (assigned(&[(0, &[0]), (0, &[0])]), 39, "Found multiple manual partition assignments for partition 0"),
        (
            assigned(&[(0, &[9])]),
            39,
            "The manual partition assignment includes broker 9, but no such broker is registered.",
        ),
        (assigned(&[(0, &[0, 0])]), 39, "The manual partition assignment includes the broker 0 more than once."),
        (assigned(&[(0, &[])]), 39, "The manual partition assignment includes an empty replica list."),
    ];
    for (fields, code, text) in cases {
        let answer = validate(&mut world, fields.clone());
        assert_eq!((&answer["ErrorCode"], &answer["ErrorMessage"]), (&json!(code), &json!(text)), "{fields}");
    }
    let answer = validate(&mut world, assigned(&[(1, &[0]), (0, &[0])]));
    assert_eq!((&answer["ErrorCode"], &answer["NumPartitions"]), (&json!(0), &json!(2)));
}

#[test]
fn configs_are_checked_before_the_replicas() {
    let mut world = World::new();
    let mut bad_both = configs(&[("retention.ms", Some("x"))]);
    bad_both["ReplicationFactor"] = json!(5);
    let cases = [
        (configs(&[("what", Some("1"))]), "Unknown topic config name: what"),
        (
            configs(&[("retention.ms", None), ("cleanup.policy", None)]),
            "Null value not supported for topic configs: retention.ms,cleanup.policy",
        ),
        (bad_both, "Invalid value x for configuration retention.ms: Not a number of type LONG"),
    ];
    for (fields, text) in cases {
        let answer = validate(&mut world, fields.clone());
        assert_eq!(
            (&answer["ErrorCode"], &answer["ErrorMessage"]),
            (&json!(ErrorCode::INVALID_CONFIG.0), &json!(text)),
            "{fields}"
        );
    }
}

#[test]
fn the_answer_shows_all_configs_and_those_of_the_topic_as_they_came() {
    let mut world = World::new();
    let answer = validate(&mut world, configs(&[("retention.ms", Some("+5"))]));
    assert_eq!((&answer["ErrorCode"], &answer["ErrorMessage"]), (&json!(0), &Json::Null));
    assert_ne!(answer["TopicId"], NO_ID, "validating shows an id, which no topic gets");
    assert!(world.driver.state.topics().get("new").is_none());
    let listed = answer["Configs"].as_array().unwrap();
    assert_eq!(listed.len(), 33);
    let own = json!({
        "Name": "retention.ms", "Value": "+5", "ReadOnly": false, "ConfigSource": 1, "IsSensitive": false
    });
    assert!(listed.contains(&own));
}

#[test]
fn a_name_that_comes_twice_is_refused_once_after_the_others() {
    let mut world = World::new();
    let topic = |name: &str| json!({"Name": name, "NumPartitions": 1, "ReplicationFactor": 1});
    let request = json!({"Topics": [topic("twice"), topic("once"), topic("twice")], "timeoutMs": 1000});
    let answer = world.json(ApiKey::CreateTopics, 7, &request);
    let rows: Vec<Json> = answer["Topics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["Name"], row["ErrorCode"], row["ErrorMessage"]]))
        .collect();
    assert_eq!(rows, [json!(["once", 0, null]), json!(["twice", 42, "Duplicate topic name."])]);
    assert!(world.driver.state.topics().get("once").is_some() && world.driver.state.topics().get("twice").is_none());
}

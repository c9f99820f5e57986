//! DeleteTopics.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use crate::tests::world::World;

const NO_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const OTHER_ID: &str = "yyyyyyyyQyyyyyyyyyyyyA";

/// Name, id, code and text of each result.
fn rows(answer: &Json) -> Vec<Json> {
    let rows = answer["Responses"].as_array().unwrap();
    rows.iter().map(|row| json!([row["Name"], row["TopicId"], row["ErrorCode"], row["ErrorMessage"]])).collect()
}

fn delete(world: &mut World, topics: &[(Option<&str>, &str)]) -> Vec<Json> {
    let topics: Vec<Json> = topics.iter().map(|(name, id)| json!({"Name": name, "TopicId": id})).collect();
    rows(&world.json(ApiKey::DeleteTopics, 6, &json!({"Topics": topics, "TimeoutMs": 1000})))
}

fn id_of(world: &World, topic: &str) -> String {
    world.driver.state.topics().get(topic).unwrap().id.to_string()
}

#[test]
fn topics_that_cannot_be_deleted_are_refused_with_the_texts_of_kafka() {
    let mut world = World::new();
    world.create("orders", 1);
    for (name, id, code, text) in [
        (Some("nothing"), NO_ID, 3, "This server does not host this topic-partition."),
        (None, OTHER_ID, 100, "This server does not host this topic ID."),
        (Some("orders"), OTHER_ID, 42, "You may not specify both topic name and topic id."),
        (None, NO_ID, 42, "Neither topic name nor id were specified."),
    ] {
        assert_eq!(delete(&mut world, &[(name, id)]), [json!([name, id, code, text])]);
    }
}

#[test]
fn a_topic_that_is_named_twice_is_not_deleted() {
    let mut world = World::new();
    world.create("orders", 1);
    let id = id_of(&world, "orders");
    let twice = json!(["orders", NO_ID, 42, "Duplicate topic name."]);
    assert_eq!(delete(&mut world, &[(Some("orders"), NO_ID), (Some("orders"), NO_ID)]), [twice]);
    let twice = json!([null, id, 42, "Duplicate topic id."]);
    assert_eq!(delete(&mut world, &[(None, &id), (None, &id)]), [twice]);
    let text = "The provided topic name maps to an ID that was already supplied.";
    assert_eq!(delete(&mut world, &[(None, &id), (Some("orders"), NO_ID)]), [json!(["orders", id, 42, text])]);
    assert_eq!(id_of(&world, "orders"), id);
}

#[test]
fn a_deleted_topic_takes_its_committed_offsets_along() {
    let mut world = World::new();
    world.create("orders", 1);
    let id = id_of(&world, "orders");
    let commit = json!({
        "GroupId": "g", "GenerationIdOrMemberEpoch": -1, "MemberId": "",
        "Topics": [{"Name": "orders", "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 5}]}]
    });
    world.json(ApiKey::OffsetCommit, 8, &commit);
    assert_eq!(delete(&mut world, &[(None, &id)]), [json!(["orders", id, 0, null])]);
    world.create("orders", 1);
    let fetch = json!({"GroupId": "g", "Topics": [{"Name": "orders", "PartitionIndexes": [0]}]});
    let answer = world.json(ApiKey::OffsetFetch, 7, &fetch);
    assert_eq!(answer["Topics"][0]["Partitions"][0]["CommittedOffset"], -1);
}

#[test]
fn a_broker_refuses_deletions_if_delete_topic_enable_is_false() {
    let mut world = World::with(&[("delete.topic.enable", "false")]);
    world.create("orders", 1);
    for (version, code) in [(2, 42), (3, 73)] {
        let request = json!({"TopicNames": ["orders"], "TimeoutMs": 1000});
        let answer = world.json(ApiKey::DeleteTopics, version, &request);
        assert_eq!(rows(&answer), [json!(["orders", NO_ID, code, null])], "version {version}");
    }
    assert!(world.driver.state.topics().get("orders").is_some());
}

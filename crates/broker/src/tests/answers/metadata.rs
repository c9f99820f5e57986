//! Metadata.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use crate::tests::world::World;

/// Name and code of each topic.
fn rows(answer: &Json) -> Vec<Json> {
    answer["Topics"].as_array().unwrap().iter().map(|row| json!([row["Name"], row["ErrorCode"]])).collect()
}

#[test]
fn null_is_every_topic_and_an_empty_list_is_none() {
    let mut world = World::new();
    world.create("orders", 1);
    assert_eq!(rows(&world.json(ApiKey::Metadata, 0, &json!({"Topics": []}))), [json!(["orders", 0])]);
    for version in 1..=13 {
        let all = world.json(ApiKey::Metadata, version, &json!({"Topics": null}));
        assert_eq!(rows(&all), [json!(["orders", 0])]);
        let none = world.json(ApiKey::Metadata, version, &json!({"Topics": []}));
        assert_eq!((rows(&none), none["Brokers"].as_array().unwrap().len()), (Vec::new(), 1));
    }
}

#[test]
fn a_topic_that_is_created_is_unknown_in_the_same_answer() {
    let mut world = World::new();
    let request = json!({"Topics": [{"Name": "new"}], "AllowAutoTopicCreation": true});
    assert_eq!(rows(&world.json(ApiKey::Metadata, 12, &request)), [json!(["new", 3])]);
    let later = world.json(ApiKey::Metadata, 12, &request);
    assert_eq!((rows(&later), &later["Topics"][0]["Partitions"][0]["LeaderId"]), (vec![json!(["new", 0])], &json!(0)));
    let mut closed = World::with(&[("auto.create.topics.enable", "false")]);
    for _ in 0..2 {
        assert_eq!(rows(&closed.json(ApiKey::Metadata, 12, &request)), [json!(["new", 3])]);
    }
}

#[test]
fn a_request_creates_all_of_its_topics_or_none() {
    let mut world = World::with(&[("num.partitions", "4")]);
    let mut ask = |count: usize, stem: &str| {
        let topics: Vec<Json> = (0..count).map(|index| json!({"Name": format!("{stem}{index}")})).collect();
        let answer = world.json(ApiKey::Metadata, 12, &json!({"Topics": topics, "AllowAutoTopicCreation": true}));
        assert!(rows(&answer).iter().all(|row| row[1] == 3));
        world.json(ApiKey::Metadata, 12, &json!({"Topics": null}))["Topics"].as_array().unwrap().len()
    };
    assert_eq!(ask(2001, "one-too-many"), 0);
    assert_eq!(ask(2000, "as-many-as-fit"), 2000);
}

#[test]
fn internal_topics_are_created_as_their_coordinators_create_them() {
    let mut world = World::with(&[("offsets.topic.num.partitions", "7")]);
    let request = json!({"Topics": [{"Name": "__consumer_offsets"}], "AllowAutoTopicCreation": true});
    world.json(ApiKey::Metadata, 12, &request);
    let topic = world.driver.state.topics().get("__consumer_offsets").unwrap();
    assert_eq!((topic.partitions.len(), topic.overrides["cleanup.policy"].as_str()), (7, "compact"));
}

#[test]
fn topics_are_listed_once_and_those_that_exist_first() {
    let mut world = World::new();
    world.create("orders", 1);
    let id = world.driver.state.topics().get("orders").unwrap().id.to_string();
    let by_name = |name: &str| json!({"Name": name});
    let by_id = json!({"Name": null, "TopicId": id});
    let topics = [by_name("zz"), by_name("orders"), by_name("a b"), by_id, by_name("orders")];
    let answer = world.json(ApiKey::Metadata, 12, &json!({"Topics": topics, "AllowAutoTopicCreation": false}));
    assert_eq!(rows(&answer), [json!(["orders", 0]), json!(["zz", 3]), json!(["a b", 17])]);
}

#[test]
fn an_id_before_version_12_spoils_the_request() {
    let mut world = World::new();
    world.create("orders", 1);
    let id = world.driver.state.topics().get("orders").unwrap().id.to_string();
    let request = json!({"Topics": [{"Name": null, "TopicId": id}]});
    let answer = world.json(ApiKey::Metadata, 10, &request);
    assert_eq!(rows(&answer), [json!(["", 42])]);
    assert_eq!(
        (&answer["Brokers"], &answer["ControllerId"], &answer["ClusterId"]),
        (&json!([]), &json!(-1), &Json::Null)
    );
    assert_eq!(rows(&world.json(ApiKey::Metadata, 12, &request)), [json!(["orders", 0])]);
    let unknown = json!({"Topics": [{"Name": null, "TopicId": "yyyyyyyyQyyyyyyyyyyyyA"}]});
    assert_eq!(rows(&world.json(ApiKey::Metadata, 12, &unknown)), [json!([null, 100])]);
}

#[test]
fn authorized_operations_are_shown_only_on_request() {
    let mut world = World::new();
    world.create("orders", 1);
    let topics = json!([{"Name": "orders"}, {"Name": "nothing"}]);
    let mut request = json!({"Topics": topics, "AllowAutoTopicCreation": false});
    let operations = |answer: &Json| {
        json!([
            answer["Topics"][0]["TopicAuthorizedOperations"],
            answer["Topics"][1]["TopicAuthorizedOperations"],
            answer["ClusterAuthorizedOperations"]
        ])
    };
    let silent = world.json(ApiKey::Metadata, 9, &request);
    assert_eq!(operations(&silent), json!([i32::MIN, i32::MIN, i32::MIN]));
    request["IncludeTopicAuthorizedOperations"] = json!(true);
    request["IncludeClusterAuthorizedOperations"] = json!(true);
    assert_eq!(operations(&world.json(ApiKey::Metadata, 9, &request)), json!([3576, 3576, 8096]));
}

#[test]
fn internal_topics_are_shown_as_internal_before_they_exist() {
    let mut world = World::new();
    let request = json!({"Topics": [{"Name": "__consumer_offsets"}], "AllowAutoTopicCreation": false});
    let answer = world.json(ApiKey::Metadata, 9, &request);
    assert_eq!(
        (rows(&answer), &answer["Topics"][0]["IsInternal"]),
        (vec![json!(["__consumer_offsets", 3])], &json!(true))
    );
}

#[test]
fn finding_a_coordinator_creates_its_topic() {
    let mut world = World::with(&[("offsets.topic.num.partitions", "2"), ("auto.create.topics.enable", "false")]);
    let everything = json!({"Topics": null});
    assert_eq!(rows(&world.json(ApiKey::Metadata, 9, &everything)), Vec::<Json>::new());
    world.json(ApiKey::FindCoordinator, 3, &json!({"Key": "readers", "KeyType": 0}));
    world.json(ApiKey::FindCoordinator, 3, &json!({"Key": "payments", "KeyType": 1}));
    let answer = world.json(ApiKey::Metadata, 9, &everything);
    assert_eq!(rows(&answer), [json!(["__consumer_offsets", 0]), json!(["__transaction_state", 0])]);
    let shape = |topic: &Json| (topic["IsInternal"].clone(), topic["Partitions"].as_array().unwrap().len());
    assert_eq!(shape(&answer["Topics"][0]), (json!(true), 2));
    assert_eq!(shape(&answer["Topics"][1]), (json!(true), 50));
}

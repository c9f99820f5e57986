//! DescribeConfigs.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use crate::TopicSpec;
use crate::cluster::create;
use crate::tests::world::World;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

/// The topic configs that Kafka 4.3.1 lists with the properties of [`as_recorded`]: name, value, type, source,
/// synonyms.
const RECORDED: &str = include_str!("topic_configs.json");

fn as_recorded() -> World {
    World::with(&[("log.retention.ms", "-1"), ("log.segment.delete.delay.ms", "1000"), ("min.insync.replicas", "1")])
}

fn describe(world: &mut World, r#type: i8, name: &str, keys: Json) -> Json {
    let request = json!({
        "Resources": [{"ResourceType": r#type, "ResourceName": name, "ConfigurationKeys": keys}],
        "IncludeSynonyms": true
    });
    world.json(ApiKey::DescribeConfigs, 4, &request)["Results"][0].take()
}

/// Name, value, type, source and synonyms of each config.
fn rows(result: &Json) -> Vec<Json> {
    let rows = result["Configs"].as_array().unwrap().iter().map(|config| {
        let synonyms: Vec<Json> = config["Synonyms"]
            .as_array()
            .unwrap()
            .iter()
            .map(|synonym| json!([synonym["Name"], synonym["Value"], synonym["Source"]]))
            .collect();
        json!([config["Name"], config["Value"], config["ConfigType"], config["ConfigSource"], synonyms])
    });
    rows.collect()
}

#[test]
fn every_topic_config_is_listed_as_kafka_lists_it() {
    let mut world = as_recorded();
    world.create("orders", 1);
    let recorded: Vec<Json> = serde_json::from_str(RECORDED).unwrap();
    let listed = rows(&describe(&mut world, TOPIC, "orders", Json::Null));
    assert_eq!(listed.len(), recorded.len());
    for (ours, kafkas) in listed.iter().zip(&recorded) {
        assert_eq!(ours, kafkas);
    }
}

#[test]
fn the_value_of_the_topic_comes_first_and_only_wanted_keys_are_listed() {
    let mut world = as_recorded();
    let mut spec = TopicSpec::new("orders", 1);
    spec.configs.insert("retention.ms".to_owned(), " 1000000 ".to_owned());
    create(&mut world.driver.state, &spec).unwrap();
    let result = describe(&mut world, TOPIC, "orders", json!(["retention.ms", "nothing"]));
    let synonyms =
        json!([["retention.ms", "1000000", 1], ["log.retention.ms", "-1", 4], ["log.retention.hours", "168", 5]]);
    assert_eq!(rows(&result), [json!(["retention.ms", "1000000", 5, 1, synonyms])]);
    let all = describe(&mut world, TOPIC, "orders", json!([]));
    assert_eq!(rows(&all).len(), 33, "no keys are all keys");
}

#[test]
fn stand_ins_in_coarser_units_count_but_are_not_listed_alone() {
    let mut world = World::with(&[("log.roll.hours", "2"), ("log.retention.minutes", "30")]);
    world.create("orders", 1);
    let result = describe(&mut world, TOPIC, "orders", json!(["segment.ms", "retention.ms"]));
    assert_eq!(
        rows(&result),
        [json!(["retention.ms", "1800000", 5, 5, []]), json!(["segment.ms", "7200000", 5, 5, []])]
    );
}

#[test]
fn resources_that_cannot_be_described_are_refused_with_the_texts_of_kafka() {
    let mut world = World::new();
    for (r#type, name, code, text) in [
        (TOPIC, "nothing", 3, ""),
        (TOPIC, "", 17, "Topic name is invalid: the empty string is not allowed"),
        (BROKER, "abc", 42, "Broker id must be an integer, but it is: abc"),
        (BROKER, "9", 42, "Unexpected broker id, expected 0 or empty string, but received 9"),
        (GROUP, "", 42, "Group name must not be empty"),
        (CLIENT_METRICS, "", 42, "Client metrics subscription name must not be empty"),
    ] {
        let result = describe(&mut world, r#type, name, Json::Null);
        assert_eq!((&result["ErrorCode"], &result["ErrorMessage"]), (&json!(code), &json!(text)), "{type} {name:?}");
    }
}

#[test]
fn a_broker_lists_its_properties_and_the_defaults_of_kafka() {
    let mut world = World::with(&[("message.max.bytes", "2000"), ("my.own", "secret")]);
    let result = describe(&mut world, BROKER, "0", Json::Null);
    let rows = rows(&result);
    assert_eq!(rows.len(), 342, "341 that Kafka knows and one that it does not");
    let row = |name: &str| rows.iter().find(|row| row[0] == name).unwrap().clone();
    let both = json!([["message.max.bytes", "2000", 4], ["message.max.bytes", "1048588", 5]]);
    assert_eq!(row("message.max.bytes"), json!(["message.max.bytes", "2000", 3, 4, both]));
    assert_eq!(row("node.id"), json!(["node.id", "0", 3, 4, [["node.id", "0", 4]]]));
    assert_eq!(row("log.roll.ms"), json!(["log.roll.ms", null, 5, 5, []]));
    assert_eq!(row("my.own"), json!(["my.own", null, 0, 4, [["my.own", null, 4]]]));
}

#[test]
fn groups_and_client_metrics_list_their_defaults() {
    let mut world = World::new();
    let group = rows(&describe(&mut world, GROUP, "g", Json::Null));
    assert_eq!(group.len(), 17);
    let synonym = json!([["group.consumer.session.timeout.ms", "45000", 5]]);
    assert!(group.contains(&json!(["consumer.session.timeout.ms", "45000", 3, 5, synonym])));
    assert!(group.contains(&json!([
        "share.auto.offset.reset",
        "latest",
        2,
        5,
        [["share.auto.offset.reset", "latest", 5]]
    ])));
    let metrics = rows(&describe(&mut world, CLIENT_METRICS, "m", Json::Null));
    assert_eq!(
        metrics,
        [json!(["interval.ms", "300000", 3, 5, []]), json!(["match", "", 7, 5, []]), json!(["metrics", "", 7, 5, []])]
    );
}

#[test]
fn each_config_of_a_topic_a_broker_or_a_group_says_what_it_is_for_when_asked() {
    let mut world = World::new();
    world.create("orders", 1);
    for (r#type, name) in [(TOPIC, "orders"), (BROKER, "0"), (GROUP, "readers"), (CLIENT_METRICS, "all")] {
        for asked in [true, false] {
            let request = json!({
                "Resources": [{"ResourceType": r#type, "ResourceName": name, "ConfigurationKeys": null}],
                "IncludeDocumentation": asked
            });
            let mut response = world.json(ApiKey::DescribeConfigs, 4, &request);
            let configs = response["Results"][0]["Configs"].take();
            for config in configs.as_array().unwrap() {
                assert_eq!(config["Documentation"].as_str().is_some_and(|text| !text.is_empty()), asked, "{config}");
            }
            assert!(!configs.as_array().unwrap().is_empty(), "{name}");
        }
    }
}

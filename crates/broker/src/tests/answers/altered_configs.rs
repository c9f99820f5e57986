//! IncrementalAlterConfigs and AlterConfigs.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use super::written::{batch, batch_of};
use super::{error, produce};
use crate::tests::world::{START, World};

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;
const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// Key, operation and value.
type Change<'a> = (&'a str, i8, Option<&'a str>);

/// Error code and text.
fn alter(world: &mut World, r#type: i8, name: &str, changes: &[Change<'_>]) -> (ErrorCode, String) {
    let changes: Vec<Json> = changes
        .iter()
        .map(|(key, operation, value)| json!({"Name": key, "ConfigOperation": operation, "Value": value}))
        .collect();
    let resource = json!({"ResourceType": r#type, "ResourceName": name, "Configs": changes});
    let answer = world.json(ApiKey::IncrementalAlterConfigs, 1, &json!({"Resources": [resource]}));
    let row = &answer["Responses"][0];
    (error(row), row["ErrorMessage"].as_str().unwrap_or_default().to_owned())
}

const DONE: (ErrorCode, String) = (ErrorCode::NONE, String::new());

fn refused(code: ErrorCode, text: &str) -> (ErrorCode, String) {
    (code, text.to_owned())
}

/// What DescribeConfigs shows.
fn shown(world: &mut World, key: &str) -> Json {
    let request = json!({"Resources": [{"ResourceType": TOPIC, "ResourceName": "orders", "ConfigurationKeys": [key]}]});
    world.json(ApiKey::DescribeConfigs, 4, &request)["Results"][0]["Configs"][0]["Value"].take()
}

#[test]
fn a_topic_config_counts_from_the_next_batch_on() {
    let mut world = World::new();
    world.create("orders", 1);
    let large = batch_of(1, None, &[b'x'; 3000]);
    assert_eq!(alter(&mut world, TOPIC, "orders", &[("max.message.bytes", SET, Some("2000"))]), DONE);
    assert_eq!(produce(&mut world, "orders", &large)["ErrorCode"], ErrorCode::MESSAGE_TOO_LARGE.0);
    assert_eq!(alter(&mut world, TOPIC, "orders", &[("max.message.bytes", DELETE, None)]), DONE);
    assert_eq!(produce(&mut world, "orders", &large)["ErrorCode"], 0);
    assert_eq!(alter(&mut world, TOPIC, "orders", &[("message.timestamp.type", SET, Some("LogAppendTime"))]), DONE);
    assert_eq!(produce(&mut world, "orders", &batch(1))["LogAppendTimeMs"], START.millis());
}

#[test]
fn a_shorter_retention_deletes_older_segments_at_the_next_check() {
    let mut world = World::with(&[("log.retention.check.interval.ms", "1000")]);
    world.create("orders", 1);
    produce(&mut world, "orders", &batch(1));
    world.driver.advance(START.plus_millis(10_000));
    assert_eq!(super::offset_at(&mut world, "orders", -2), 0);
    assert_eq!(alter(&mut world, TOPIC, "orders", &[("retention.ms", SET, Some("5000"))]), DONE);
    world.driver.advance(START.plus_millis(11_000));
    assert_eq!(super::offset_at(&mut world, "orders", -2), 1);
}

#[test]
fn lists_are_appended_to_and_subtracted_from() {
    let mut world = World::new();
    world.create("orders", 1);
    for (operation, value, result) in [
        (APPEND, "compact", "delete,compact"),
        (APPEND, "compact", "delete,compact"),
        (SUBTRACT, "delete", "compact"),
        (SUBTRACT, "compact", ""),
        (APPEND, "compact,delete", "compact,delete"),
        (SET, " delete , compact,delete ", "delete,compact"),
    ] {
        assert_eq!(alter(&mut world, TOPIC, "orders", &[("cleanup.policy", operation, Some(value))]), DONE);
        assert_eq!(shown(&mut world, "cleanup.policy"), result);
    }
    let text = "Can't APPEND to key retention.ms because its type is not LIST.";
    assert_eq!(
        alter(&mut world, TOPIC, "orders", &[("retention.ms", APPEND, Some("5"))]),
        refused(ErrorCode::INVALID_CONFIG, text)
    );
}

#[test]
fn an_invalid_change_is_refused_with_the_text_of_kafka_and_changes_nothing() {
    let mut world = World::new();
    world.create("orders", 1);
    let policy = "Configuration 'cleanup.policy' values must not be empty.";
    let lags = "conflict topic config setting min.compaction.lag.ms (500) > max.compaction.lag.ms (100)";
    let tiered =
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.";
    let invalid =
        |key: &str, value: &str, reason: &str| format!("Invalid value {value} for configuration {key}: {reason}");
    let cases: &[(&[Change<'_>], ErrorCode, &str)] = &[
        (&[("what", SET, Some("1"))], ErrorCode::INVALID_CONFIG, "Unknown topic config name: what"),
        (&[("what", DELETE, None)], ErrorCode::NONE, ""),
        (&[("retention.ms", SET, None)], ErrorCode::INVALID_REQUEST, "Null value not supported for : retention.ms"),
        (
            &[("retention.ms", SET, Some("1")), ("retention.ms", SET, Some("2"))],
            ErrorCode::INVALID_REQUEST,
            "Error due to duplicate config keys",
        ),
        (
            &[("retention.ms", SET, Some("-2"))],
            ErrorCode::INVALID_CONFIG,
            &invalid("retention.ms", "-2", "Value must be at least -1"),
        ),
        (
            &[("retention.ms", SET, Some(" x"))],
            ErrorCode::INVALID_CONFIG,
            &invalid("retention.ms", " x", "Not a number of type LONG"),
        ),
        (
            &[("compression.gzip.level", SET, Some("0"))],
            ErrorCode::INVALID_CONFIG,
            &invalid("compression.gzip.level", "0", "Value must be between 1 and 9 or equal to -1"),
        ),
        (
            &[("min.cleanable.dirty.ratio", SET, Some("1.5"))],
            ErrorCode::INVALID_CONFIG,
            &invalid("min.cleanable.dirty.ratio", "1.5", "Value must be no more than 1"),
        ),
        (
            &[("message.timestamp.type", SET, Some("Never"))],
            ErrorCode::INVALID_CONFIG,
            &invalid("message.timestamp.type", "Never", "String must be one of: CreateTime, LogAppendTime"),
        ),
        (
            &[("cleanup.policy", SET, Some("compact,bad"))],
            ErrorCode::INVALID_CONFIG,
            &invalid("cleanup.policy", "bad", "String must be one of: compact, delete"),
        ),
        (&[("cleanup.policy", SET, Some("compact,"))], ErrorCode::INVALID_CONFIG, policy),
        (
            &[("min.compaction.lag.ms", SET, Some("500")), ("max.compaction.lag.ms", SET, Some("100"))],
            ErrorCode::INVALID_CONFIG,
            lags,
        ),
        (&[("remote.storage.enable", SET, Some("true"))], ErrorCode::INVALID_CONFIG, tiered),
        (&[("retention.ms", 7, Some("1"))], ErrorCode::UNKNOWN_SERVER_ERROR, ""),
    ];
    for (changes, code, text) in cases {
        assert_eq!(alter(&mut world, TOPIC, "orders", changes), refused(*code, text), "{changes:?}");
    }
    assert!(world.driver.state.topics().get("orders").unwrap().overrides.is_empty());
}

#[test]
fn resources_are_refused_with_the_texts_of_kafka() {
    let mut world = World::new();
    let change = [("retention.ms", SET, Some("5000"))];
    for (r#type, name, code, text) in [
        (TOPIC, "nothing", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "The topic 'nothing' does not exist."),
        (TOPIC, "", ErrorCode::INVALID_REQUEST, "Default topic resources are not allowed."),
        (BROKER, "abc", ErrorCode::INVALID_REQUEST, "Node id must be an integer, but it is: abc"),
        (BROKER, "9", ErrorCode::INVALID_REQUEST, "Unexpected broker id, expected 0, but received 9"),
        (99, "x", ErrorCode::INVALID_REQUEST, "Unknown resource type 99"),
        (32, "g", ErrorCode::INVALID_CONFIG, "Unknown group config name: retention.ms"),
        (16, "m", ErrorCode::INVALID_REQUEST, "Unknown client metrics configuration: retention.ms"),
    ] {
        assert_eq!(alter(&mut world, r#type, name, &change), refused(code, text), "{type} {name:?}");
    }
    let fixed = [("num.partitions", SET, Some("5")), ("node.id", SET, Some("5"))];
    let text = "Cannot update these configs dynamically: [node.id, num.partitions]";
    assert_eq!(alter(&mut world, BROKER, "0", &fixed), refused(ErrorCode::INVALID_REQUEST, text));
}

#[test]
fn topics_inherit_properties_that_are_set_for_brokers_at_run_time() {
    let mut world = World::new();
    world.create("orders", 1);
    let large = batch_of(1, None, &[b'x'; 3000]);
    assert_eq!(alter(&mut world, BROKER, "", &[("message.max.bytes", SET, Some("2000"))]), DONE);
    assert_eq!(shown(&mut world, "max.message.bytes"), "2000");
    assert_eq!(produce(&mut world, "orders", &large)["ErrorCode"], ErrorCode::MESSAGE_TOO_LARGE.0);
    assert_eq!(alter(&mut world, BROKER, "0", &[("message.max.bytes", SET, Some("4000"))]), DONE);
    assert_eq!(shown(&mut world, "max.message.bytes"), "4000", "the broker's own value is the stronger one");
    assert_eq!(produce(&mut world, "orders", &large)["ErrorCode"], 0);
    assert_eq!(alter(&mut world, BROKER, "0", &[("message.max.bytes", DELETE, None)]), DONE);
    assert_eq!(alter(&mut world, BROKER, "", &[("message.max.bytes", DELETE, None)]), DONE);
    assert_eq!(shown(&mut world, "max.message.bytes"), "1048588");
}

#[test]
fn a_resource_that_is_named_twice_is_refused_both_times() {
    let mut world = World::new();
    world.create("orders", 1);
    let change = json!({"Name": "retention.ms", "ConfigOperation": 0, "Value": "5000"});
    let resource = json!({"ResourceType": TOPIC, "ResourceName": "orders", "Configs": [change]});
    let answer = world.json(ApiKey::IncrementalAlterConfigs, 1, &json!({"Resources": [resource, resource]}));
    for row in answer["Responses"].as_array().unwrap() {
        assert_eq!(
            (&row["ErrorCode"], &row["ErrorMessage"]),
            (&json!(ErrorCode::INVALID_REQUEST.0), &json!("Each resource must appear at most once."))
        );
    }
    assert!(world.driver.state.topics().get("orders").unwrap().overrides.is_empty());
}

#[test]
fn alter_configs_replaces_all_configs_of_a_topic() {
    let mut world = World::new();
    world.create("orders", 1);
    let both = [("retention.ms", SET, Some("5000")), ("max.message.bytes", SET, Some("2000"))];
    assert_eq!(alter(&mut world, TOPIC, "orders", &both), DONE);
    let request = |value: Json, validate_only: bool| {
        let config = json!({"Name": "retention.ms", "Value": value});
        let resource = json!({"ResourceType": TOPIC, "ResourceName": "orders", "Configs": [config]});
        json!({"Resources": [resource], "ValidateOnly": validate_only})
    };
    let answer = world.json(ApiKey::AlterConfigs, 2, &request(json!("7000"), true));
    assert_eq!(answer["Responses"][0]["ErrorCode"], 0);
    assert_eq!(shown(&mut world, "retention.ms"), "5000", "validating changes nothing");
    world.json(ApiKey::AlterConfigs, 2, &request(json!("7000"), false));
    assert_eq!(
        (shown(&mut world, "retention.ms"), shown(&mut world, "max.message.bytes")),
        (json!("7000"), json!("1048588"))
    );
    let answer = world.json(ApiKey::AlterConfigs, 2, &request(Json::Null, false));
    assert_eq!(answer["Responses"][0]["ErrorMessage"], "Null value not supported for : retention.ms");
}

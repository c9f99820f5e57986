//! Requests that nobody can be told about.

use kafka_trial_reference::{Operation, Outcome, Record, Source, handle};
use serde_json::{Value as Json, json};

use crate::support::{context, handled, json_of};

fn dead_letter(outcome: Outcome) -> (Record, Json) {
    match outcome {
        Outcome::DeadLetter(record) => {
            let letter = json_of(&record);
            (record, letter)
        }
        other => panic!("expected a dead letter: {other:?}"),
    }
}

#[test]
fn what_is_not_json_is_kept_with_its_place_and_the_reason() {
    let (record, letter) = dead_letter(handled(Operation::Validate, b"{\"correlation_id\": \xff"));
    assert_eq!(record.topic, "omninode.codegen.request.validate.v1.dlq");
    assert_eq!(record.key.as_deref(), Some(b"a key".as_slice()));
    let error = letter["error"].as_str().expect("a text");
    assert!(error.starts_with("the value is not JSON: ") && error.contains("line 1"), "{error}");
    let expected = json!({
        "original_topic": "omninode.codegen.request.validate.v1",
        "original_partition": 2,
        "original_offset": 42,
        "original_value": "{\"correlation_id\": \u{fffd}",
        "error": error,
        "error_type": "JSONDecodeError",
        "error_timestamp": "2025-10-15T12:00:00.000Z",
        "consumer_group": "a-group",
    });
    assert_eq!(letter, expected);
}

#[test]
fn each_reason_has_a_name() {
    let nested = "[".repeat(100_000);
    let long_id = json!({"correlation_id": "x".repeat(65_537), "payload": {}}).to_string();
    let cases = [
        ("", "JSONDecodeError"),
        ("{} {}", "JSONDecodeError"),
        (&nested, "JSONDecodeError"),
        ("[1]", "NotAnObject"),
        ("null", "NotAnObject"),
        (&long_id, "CorrelationIdTooLong"),
    ];
    for (value, error_type) in cases {
        let (_, letter) = dead_letter(handled(Operation::Mixin, value.as_bytes()));
        assert_eq!(letter["error_type"], error_type, "{letter}");
        assert_eq!(letter["original_value"], value);
    }
}

#[test]
fn without_any_id_an_answer_would_find_nobody() {
    for key in [None, Some(b"".as_slice()), Some(b"\xff")] {
        let topic = Operation::Validate.request_topic();
        let source = Source { topic, partition: 0, offset: 0, key, value: Some(b"{\"payload\": {\"code\": \"x\"}}") };
        let (record, letter) = dead_letter(handle(&source, &context()));
        assert_eq!(letter["error_type"], "MissingCorrelationId");
        assert_eq!(record.key.as_deref(), key);
    }
}

#[test]
fn without_an_operation_there_is_no_topic_to_answer_on() {
    for value in
        ["{\"correlation_id\": \"1\"}", "{\"correlation_id\": \"1\", \"event_type\": \"codegen.request.paint\"}"]
    {
        let source = Source { topic: "orders", partition: 0, offset: 0, key: None, value: Some(value.as_bytes()) };
        let (record, letter) = dead_letter(handle(&source, &context()));
        assert_eq!((record.topic.as_str(), &letter["error_type"]), ("orders.dlq", &json!("UnknownOperation")));
    }
}

#[test]
fn a_long_value_is_cut_and_its_length_told() {
    let value = vec![0u8; 2 << 20];
    let (record, letter) = dead_letter(handled(Operation::Pattern, &value));
    assert_eq!(letter["original_value_length"], 2 << 20);
    assert!(record.value.len() < 1_000_000, "{}", record.value.len());
}

//! How requests are read and routed, and what surrounds an answer.

use crate::support::{EVENT_ID, answer, answered, context, handled, json_of};
use kafka_trial_reference::{Operation, Outcome, REQUEST_TOPICS, Source, handle};
use serde_json::{Value as Json, json};

fn good_payload(operation: Operation) -> Json {
    match operation {
        Operation::Validate => json!({"code": "class Test: pass"}),
        Operation::Analyze => json!({"prd_content": "The service publishes events to Kafka."}),
        Operation::Pattern => json!({"node_description": "publish events to Kafka"}),
        Operation::Mixin => json!({"requirements": ["publish events"]}),
    }
}

#[test]
fn each_operation_answers_on_its_topic_with_the_whole_envelope() {
    for (operation, topic) in Operation::ALL.into_iter().zip(REQUEST_TOPICS) {
        assert_eq!(operation.request_topic(), topic);
        let request = json!({"correlation_id": "any text, ünicode", "payload": good_payload(operation)});
        let record = answered(handled(operation, request.to_string().as_bytes()));
        assert_eq!(record.topic, topic.replace("request", "response"));
        assert_eq!(record.key.as_deref(), Some("any text, ünicode".as_bytes()));
        let event = json_of(&record);
        assert_eq!(event["event_id"], EVENT_ID);
        assert_eq!(event["event_type"], format!("codegen.response.{}", operation.name()));
        assert_eq!(event["topic"], record.topic);
        assert_eq!(event["timestamp"], "2025-10-15T12:00:00.000Z");
        assert_eq!(event["correlation_id"], "any text, ünicode");
        assert_eq!(event["payload_type"], operation.payload_type());
        assert_eq!((&event["priority"], &event["retry_count"]), (&json!("NORMAL"), &json!(0)));
        for name in ["source_service", "source_version", "schema_version"] {
            assert!(event[name].is_string(), "{name}: {event}");
        }
    }
}

#[test]
fn the_scores_of_the_payload_stand_at_the_top_level_too() {
    let scores = [
        (Operation::Validate, ["quality_score", "onex_compliance_score", "is_valid"].as_slice()),
        (Operation::Analyze, &["confidence"]),
        (Operation::Pattern, &["avg_similarity", "count"]),
        (Operation::Mixin, &["avg_confidence", "count"]),
    ];
    for (operation, names) in scores {
        for payload in [good_payload(operation), json!({})] {
            let event = answer(operation, payload);
            for name in names {
                assert!(!event[name].is_null() && event[name] == event["payload"][name], "{name}: {event}");
            }
        }
    }
}

#[test]
fn the_event_type_decides_over_the_topic() {
    let request =
        json!({"correlation_id": "1", "event_type": "codegen.request.mixin", "payload": {"requirements": "x"}});
    let record = answered(handled(Operation::Validate, request.to_string().as_bytes()));
    assert_eq!(record.topic, Operation::Mixin.response_topic());
    let source = Source {
        topic: "elsewhere",
        partition: 0,
        offset: 0,
        key: None,
        value: Some(&request.to_string().into_bytes()),
    };
    assert_eq!(answered(handle(&source, &context())), record);
}

#[test]
fn an_event_type_that_nobody_knows_is_answered_as_an_error() {
    for (event_type, says) in [
        (json!("codegen.request.paint"), "unknown event_type 'codegen.request.paint'"),
        (json!(7), "event_type must be text, found a number"),
    ] {
        let request = json!({"correlation_id": "1", "event_type": event_type, "payload": {"prd_content": "x"}});
        let event = json_of(&answered(handled(Operation::Analyze, request.to_string().as_bytes())));
        assert_eq!(event["priority"], "HIGH");
        let details = &event["payload"]["details"];
        assert_eq!(details["error_code"], "ANALYSIS_ERROR");
        assert!(details["error"].as_str().is_some_and(|error| error.starts_with(says)), "{details}");
    }
}

#[test]
fn ids_of_the_request_and_its_trace_are_handed_on() {
    let request = json!({
        "correlation_id": 12345678901234567890_u64, "event_id": "cause", "payload": {"code": "x = 1"},
        "trace_id": "t-1", "metadata": {"trace_id": "other", "span_id": "s-1", "event_id": "no cause"},
    });
    let record = answered(handled(Operation::Validate, request.to_string().as_bytes()));
    let event = json_of(&record);
    assert_eq!(record.key.as_deref(), Some(b"12345678901234567890".as_slice()));
    assert_eq!(event["correlation_id"], 12345678901234567890_u64);
    assert_eq!(
        (&event["causation_id"], &event["trace_id"], &event["span_id"]),
        (&json!("cause"), &json!("t-1"), &json!("s-1"))
    );
    let odd = json!({
        "correlation_id": "1", "payload": {"code": "x = 1"}, "trace_id": 7, "span_id": "s".repeat(257),
        "metadata": {"event_id": "no cause"},
    });
    let event = json_of(&answered(handled(Operation::Validate, odd.to_string().as_bytes())));
    for name in ["causation_id", "trace_id", "span_id"] {
        assert!(event.get(name).is_none(), "{name}: {event}");
    }
}

#[test]
fn the_key_takes_the_place_of_a_correlation_id_that_is_not_there() {
    for id in [json!(null), json!({}), json!([1]), json!(true)] {
        let request = json!({"correlation_id": id, "payload": {"code": "x = 1"}});
        let record = answered(handled(Operation::Validate, request.to_string().as_bytes()));
        assert_eq!(record.key.as_deref(), Some(b"a key".as_slice()));
        assert_eq!(json_of(&record)["correlation_id"], "a key");
    }
}

#[test]
fn a_tombstone_is_ignored() {
    let source = Source { topic: REQUEST_TOPICS[0], partition: 0, offset: 0, key: Some(b"k"), value: None };
    assert!(matches!(handle(&source, &context()), Outcome::Ignored(why) if why.contains("tombstone")));
}

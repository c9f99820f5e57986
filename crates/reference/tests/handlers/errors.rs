//! Requests that are wrong: each is answered with what is wrong.

use kafka_trial_reference::Operation;
use serde_json::{Value as Json, json};

use crate::support::{answer, answered, handled, json_of};

fn error(operation: Operation, payload: Json) -> String {
    let event = answer(operation, payload);
    assert_eq!(event["priority"], "HIGH", "{event}");
    let details = &event["payload"]["details"];
    assert_eq!(details["error_code"], operation.error_code());
    details["error"].as_str().expect("a text").to_owned()
}

#[test]
fn a_missing_field_is_named_as_the_service_does() {
    let required = [
        (Operation::Validate, "code_content", ["quality_score", "onex_compliance_score"].as_slice()),
        (Operation::Analyze, "prd_content", &["confidence"]),
        (Operation::Pattern, "node_description", &["avg_similarity"]),
        (Operation::Mixin, "requirements", &["avg_confidence"]),
    ];
    for (operation, field, scores) in required {
        for payload in [json!({}), json!(null), json!({field: null}), json!({field: " \n"})] {
            let event = answer(operation, payload);
            let payload = &event["payload"];
            assert_eq!(payload["violations"], json!([format!("Handler error: Missing {field} in request")]));
            let details = json!({
                "error": format!("Missing {field} in request"),
                "error_code": operation.error_code(),
                "timestamp": "2025-10-15T12:00:00.000Z",
            });
            assert_eq!((&payload["details"], &payload["is_valid"]), (&details, &json!(false)));
            for score in scores {
                assert_eq!((&payload[score], &event[score]), (&json!(0.0), &json!(0.0)));
            }
            assert_eq!((&event["priority"], &event["correlation_id"]), (&json!("HIGH"), &json!("c-1")));
        }
    }
    assert_eq!(error(Operation::Mixin, json!({"requirements": []})), "Missing requirements in request");
}

#[test]
fn a_request_without_a_payload_or_an_event_type_is_answered_too() {
    let example = json!({"correlation_id": "c", "payload": {}});
    let bare = json!({"correlation_id": "c"});
    for request in [example, bare] {
        let event = json_of(&answered(handled(Operation::Validate, request.to_string().as_bytes())));
        assert_eq!(event["payload"]["details"]["error"], "Missing code_content in request");
    }
}

#[test]
fn a_field_of_the_wrong_type_is_named_with_what_it_is() {
    let cases = [
        (Operation::Validate, json!({"code": 7}), "code must be text, found a number"),
        (Operation::Validate, json!({"code": "x", "file_path": []}), "file_path must be text, found a list"),
        (Operation::Validate, json!({"code": "x", "contracts": {}}), "contracts must be a list, found an object"),
        (
            Operation::Validate,
            json!({"code": "x", "contracts": ["a", 1]}),
            "contracts[1] must be text or an object with a name, found a number",
        ),
        (Operation::Validate, json!("code"), "payload must be an object, found text"),
        (Operation::Analyze, json!({"prd_content": ["a"]}), "prd_content must be text, found a list"),
        (
            Operation::Analyze,
            json!({"prd_content": "a", "min_confidence": "high"}),
            "min_confidence must be a number, found text",
        ),
        (
            Operation::Analyze,
            json!({"prd_content": "a", "context": 1}),
            "context must be text or an object, found a number",
        ),
        (
            Operation::Pattern,
            json!({"node_description": "a", "limit": true}),
            "limit must be a whole number, found a boolean",
        ),
        (
            Operation::Mixin,
            json!({"requirements": {"a": 1}}),
            "requirements must be text or a list of texts, found an object",
        ),
        (Operation::Mixin, json!({"requirements": ["a", null]}), "requirements[1] must be text, found null"),
        (Operation::Mixin, json!({"requirements": "a", "node_type": 1}), "node_type must be text, found a number"),
    ];
    for (operation, payload, expected) in cases {
        assert_eq!(error(operation, payload), expected);
    }
}

#[test]
fn a_value_out_of_its_range_is_named_with_the_range() {
    let cases = [
        (
            Operation::Analyze,
            json!({"prd_content": "a", "min_confidence": 1.5}),
            "min_confidence must be from 0 to 1, found 1.5",
        ),
        (
            Operation::Analyze,
            json!({"prd_content": "a", "analysis_type": "deep"}),
            "analysis_type must be full, quick or detailed, found 'deep'",
        ),
        (
            Operation::Pattern,
            json!({"node_description": "a", "limit": 0}),
            "limit must be a whole number from 1, found 0",
        ),
        (
            Operation::Pattern,
            json!({"node_description": "a", "limit": 2.5}),
            "limit must be a whole number from 1, found 2.5",
        ),
        (
            Operation::Pattern,
            json!({"node_description": "a", "score_threshold": -1}),
            "score_threshold must be from 0 to 1, found -1",
        ),
        (
            Operation::Validate,
            json!({"code": "x", "contracts": vec!["a"; 101]}),
            "contracts has 101 items, the limit is 100",
        ),
    ];
    for (operation, payload, expected) in cases {
        assert_eq!(error(operation, payload), expected);
    }
}

#[test]
fn an_unknown_node_type_is_refused_with_the_known_ones() {
    let required = [
        (Operation::Validate, "code_content"),
        (Operation::Pattern, "node_description"),
        (Operation::Mixin, "requirements"),
    ];
    for (operation, field) in required {
        let error = error(operation, json!({field: "x", "node_type": "Effect"}));
        assert_eq!(error, "unknown node_type 'Effect': expected effect, compute, reducer or orchestrator");
    }
}

#[test]
fn a_text_that_is_too_long_is_refused_with_the_limit() {
    let long = "x".repeat((1 << 20) + 1);
    let cases = [
        (Operation::Validate, json!({"code": long}), "code is 1048577 bytes long, the limit is 1048576"),
        (
            Operation::Validate,
            json!({"code_content": "x".repeat((256 << 10) + 1)}),
            "code_content is 262145 bytes long, the limit is 262144",
        ),
        (Operation::Analyze, json!({"prd_content": long}), "prd_content is 1048577 bytes long, the limit is 1048576"),
        (
            Operation::Analyze,
            json!({"prd_content": "x", "context": {"a": long}}),
            "context is 1048577 bytes long, the limit is 1048576",
        ),
        (Operation::Mixin, json!({"requirements": [long]}), "requirements is 1048577 bytes long, the limit is 1048576"),
    ];
    for (operation, payload, expected) in cases {
        assert_eq!(error(operation, payload), expected);
    }
}

#[test]
fn an_error_repeats_only_the_beginning_of_a_long_value() {
    let error = error(Operation::Mixin, json!({"requirements": "x", "node_type": "ü".repeat(1000)}));
    assert!(error.contains(&format!("'{}…'", "ü".repeat(60))), "{error}");
}

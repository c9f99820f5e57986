//! Requests and how to read what becomes of them.

use kafka_trial_reference::{Context, Operation, Outcome, Record, Source, handle};
use serde_json::{Value as Json, json};

/// The time of every answer: 2025-10-15T12:00:00Z.
pub(crate) const NOW_MS: i64 = 1_760_529_600_000;
pub(crate) const EVENT_ID: &str = "00000000-0000-8000-8000-000000000001";

pub(crate) fn context() -> Context {
    Context { now_ms: NOW_MS, event_id: EVENT_ID.to_owned(), consumer_group: "a-group".to_owned() }
}

/// Handles a value that came on the request topic of an operation.
pub(crate) fn handled(operation: Operation, value: &[u8]) -> Outcome {
    let source =
        Source { topic: operation.request_topic(), partition: 2, offset: 42, key: Some(b"a key"), value: Some(value) };
    handle(&source, &context())
}

/// The answer to a request with this payload.
pub(crate) fn answer(operation: Operation, payload: Json) -> Json {
    let event_type = format!("codegen.request.{}", operation.name());
    let request = json!({"correlation_id": "c-1", "event_type": event_type, "payload": payload});
    json_of(&answered(handled(operation, request.to_string().as_bytes())))
}

pub(crate) fn answered(outcome: Outcome) -> Record {
    match outcome {
        Outcome::Answer(record) => record,
        other => panic!("expected an answer: {other:?}"),
    }
}

pub(crate) fn json_of(record: &Record) -> Json {
    serde_json::from_slice(&record.value).expect("an answer is JSON")
}

/// The payload of the answer to a request with this payload.
pub(crate) fn payload(operation: Operation, payload: Json) -> Json {
    answer(operation, payload).get("payload").cloned().expect("an answer has a payload")
}

/// The texts of a list, or one field of the objects in it.
pub(crate) fn texts<'a>(list: &'a Json, field: Option<&str>) -> Vec<&'a str> {
    let item = |item: &'a Json| field.map_or(Some(item), |field| item.get(field)).and_then(Json::as_str);
    list.as_array().into_iter().flatten().filter_map(item).collect()
}

/// A number of an answer.
pub(crate) fn number(value: &Json) -> f64 {
    value.as_f64().expect("a number")
}

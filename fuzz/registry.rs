//! What is fuzzed of the schema registry: any text is answered, and a schema that is kept is kept as the same text when it
//! comes back, and is compatible with itself.

use std::time::Duration;

use kafka_trial_registry::{Registry, Request};
use serde_json::{Value, json};

/// A schema of Avro.
pub fn avro(bytes: &[u8]) {
    schema("AVRO", bytes);
}

/// A JSON Schema.
pub fn json_schema(bytes: &[u8]) {
    schema("JSON", bytes);
}

/// A schema of Protobuf.
pub fn protobuf(bytes: &[u8]) {
    schema("PROTOBUF", bytes);
}

fn schema(kind: &str, bytes: &[u8]) {
    let mut registry = Registry::new();
    let mut ask = |target: &str, schema: &Value| -> (u16, Value) {
        let body = json!({ "schema": schema, "schemaType": kind }).to_string();
        let reply = registry.answer(&Request::new("POST", target, body, Duration::ZERO));
        (reply.status, serde_json::from_str(&reply.body).unwrap())
    };
    let text = Value::String(String::from_utf8_lossy(bytes).into_owned());
    let (status, answer) = ask("/subjects/s/versions", &text);
    assert!([200, 422].contains(&status), "{answer}");
    if status != 200 {
        return;
    }
    let kept = &answer["schema"];
    let (status, again) = ask("/subjects/t/versions", kept);
    assert_eq!((status, &again["schema"]), (200, kept), "{again}");
    let (status, check) = ask("/compatibility/subjects/s/versions/latest?verbose=true", kept);
    assert_eq!((status, &check["is_compatible"]), (200, &Value::Bool(true)), "{check}");
    let (status, normal) = ask("/subjects/n/versions?normalize=true", kept);
    assert_eq!(status, 200, "{normal}");
}

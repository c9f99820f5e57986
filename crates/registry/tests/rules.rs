#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

//! How schemas are written anew, referred to and refused.

use std::time::Duration;

use kafka_trial_registry::{Registry, Request};
use serde_json::{Value, json};

fn ask(registry: &mut Registry, method: &str, target: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let reply = registry.answer(&Request::new(method, target, body, Duration::from_secs(1)));
    (reply.status, serde_json::from_str(&reply.body).unwrap_or(Value::Null))
}

/// How a schema is kept.
fn kept(kind: &str, target: &str, schema: &str) -> String {
    let (status, answer) = ask(&mut Registry::new(), "POST", target, &json!({ "schema": schema, "schemaType": kind }));
    assert_eq!(status, 200, "{schema}: {answer}");
    answer["schema"].as_str().unwrap().to_owned()
}

#[test]
fn normal_forms() {
    let normal = "/subjects/s/versions?normalize=true";
    assert_eq!(
        kept("JSON", normal, r#"{"type":"object","required":["b","a"]}"#),
        r#"{"required":["b","a"],"type":"object"}"#
    );
    let proto =
        "syntax = \"proto3\"; package p; option b = 1; option a = 2; message M { N n = 2; int32 a = 1; message N {} }";
    let normalized = "syntax = \"proto3\";\npackage p;\n\noption a = 2;\noption b = 1;\n\nmessage M {\n  int32 a = 1;\n  .p.M.N n = 2;\n\n  message N {}\n}\n";
    assert_eq!(kept("PROTOBUF", normal, proto), normalized);
    let avro = r#"{"type":"record","name":"R","fields":[{"name":"f","type":"double","default":1}],"b":1,"a":2}"#;
    let normalized =
        r#"{"type":"record","name":"R","fields":[{"name":"f","type":"double","default":1.0}],"a":2,"b":1}"#;
    assert_eq!(kept("AVRO", normal, avro), normalized);
}

#[test]
fn a_descriptor_in_base64_is_taken_and_given() {
    // M { string f = 1; }, as protoc writes it.
    let text = "syntax = \"proto3\";\n\nmessage M {\n  string f = 1;\n}\n";
    assert_eq!(kept("PROTOBUF", "/subjects/s/versions", "CgdkZWZhdWx0IgwKAU0SBwoBZhgBKAliBnByb3RvMw=="), text);
    let everything = "syntax = \"proto3\"; package p; message M { map<string, int64> m = 1; optional string o = 2; \
                      oneof w { int32 a = 3; E e = 4; } reserved 7, 9 to 11; enum E { Z = 0; } }";
    let mut registry = Registry::new();
    let body = json!({ "schema": everything, "schemaType": "PROTOBUF" });
    ask(&mut registry, "POST", "/subjects/s/versions", &body);
    let (_, answer) = ask(&mut registry, "GET", "/subjects/s/versions/1?format=serialized", &Value::Null);
    let again = json!({ "schema": answer["schema"], "schemaType": "PROTOBUF" });
    let (status, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &again);
    assert_eq!(status, 200, "the same schema, read back from its descriptor, is compatible: {answer}");
    let text = answer["schema"].as_str().unwrap();
    assert!(text.contains("optional string o = 2;") && text.contains("oneof w {"), "{text}");
}

#[test]
fn references_are_looked_through_and_kept() {
    let mut registry = Registry::new();
    let schemas = [
        ("b", "JSON", r#"{"type":"string"}"#, json!([])),
        (
            "a",
            "JSON",
            r#"{"properties":{"x":{"$ref":"b.json"}}}"#,
            json!([{ "name": "b.json", "subject": "b", "version": 1 }]),
        ),
        ("c", "PROTOBUF", "syntax = \"proto3\"; package p; message C {}", json!([])),
        (
            "d",
            "PROTOBUF",
            "syntax = \"proto3\"; import \"c.proto\"; message D { p.C c = 1; }",
            json!([{ "name": "c.proto", "subject": "c", "version": -1 }]),
        ),
    ];
    for (subject, kind, schema, references) in schemas {
        let body = json!({ "schema": schema, "schemaType": kind, "references": references });
        let (status, answer) = ask(&mut registry, "POST", &format!("/subjects/{subject}/versions"), &body);
        assert_eq!(status, 200, "{subject}: {answer}");
    }
    let (_, users) = ask(&mut registry, "GET", "/subjects/c/versions/1/referencedby", &Value::Null);
    assert_eq!(users, json!([4]));
    assert_eq!(ask(&mut registry, "DELETE", "/subjects/b/versions/1", &Value::Null).1["error_code"], 42206);
    ask(&mut registry, "DELETE", "/subjects/a", &Value::Null);
    assert_eq!(ask(&mut registry, "DELETE", "/subjects/b", &Value::Null).0, 200);
    assert_eq!(ask(&mut registry, "DELETE", "/subjects/b?permanent=true", &Value::Null).1["error_code"], 42206);
    assert_eq!(ask(&mut registry, "DELETE", "/subjects/a?permanent=true", &Value::Null).0, 200);
    assert_eq!(ask(&mut registry, "DELETE", "/subjects/b?permanent=true", &Value::Null).0, 200);
}

#[test]
fn imports_bring_their_ids_into_what_is_empty() {
    let mut registry = Registry::new();
    let import = json!({ "mode": "IMPORT" });
    ask(&mut registry, "POST", "/subjects/s/versions", &json!({ "schema": "\"int\"" }));
    assert_eq!(ask(&mut registry, "PUT", "/mode/s", &import).1["error_code"], 42205);
    ask(&mut registry, "DELETE", "/subjects/s", &Value::Null);
    assert_eq!(ask(&mut registry, "PUT", "/mode/s", &import).0, 200);
    assert_eq!(ask(&mut registry, "GET", "/subjects?deleted=true", &Value::Null).1, json!([]));
    let body = json!({ "schema": "\"long\"", "id": 1, "version": 1 });
    assert_eq!(ask(&mut registry, "POST", "/subjects/s/versions", &body).1["id"], 1);
}

#[test]
fn a_clone_is_an_independent_registry() {
    let mut registry = Registry::new();
    ask(&mut registry, "POST", "/subjects/s/versions", &json!({ "schema": "\"int\"" }));
    let mut fork = registry.clone();
    ask(&mut fork, "POST", "/subjects/t/versions", &json!({ "schema": "\"long\"" }));
    ask(&mut fork, "DELETE", "/subjects/s", &Value::Null);
    assert_eq!(ask(&mut registry, "GET", "/subjects", &Value::Null).1, json!(["s"]));
    assert_eq!(ask(&mut fork, "GET", "/subjects", &Value::Null).1, json!(["t"]));
}

#[test]
fn a_refusal_says_where_and_why() {
    let mut registry = Registry::new();
    let (status, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &json!({ "schema": "{\"type\": 1" }));
    assert_eq!((status, &answer["error_code"]), (422, &json!(42201)));
    assert_eq!(answer["message"], "Invalid schema of type AVRO: expected ',' or '}' at line 1, column 11");
    let body = json!({ "schema": "syntax = \"proto3\";\nmessage M { int32 = 1; }", "schemaType": "PROTOBUF" });
    let (_, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &body);
    assert_eq!(answer["message"], "Invalid schema of type PROTOBUF: expected a name at line 2, column 19");
    for (schema, place) in [
        (r#"{"type":"record","name":"R","fields":[{"name":"f","type":"Missing"}]}"#, "line 1, column 58"),
        ("{\"type\":\"array\",\n \"items\":[\"null\",\n  \"Missing\"]}", "line 3, column 3"),
        ("{\"type\":\"map\",\n\"values\":{\"type\":\"Missing\"}}", "line 2, column 18"),
        (
            "{\"name\":\"R\",\"type\":\"record\",\"fields\":[{\"name\":\"f\",\"type\":\"int\"},\n{\"name\":\"f\",\"type\":\"int\"}]}",
            "line 2, column 1",
        ),
        ("\n\"int32\"", "line 2, column 1"),
    ] {
        let (status, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &json!({ "schema": schema }));
        assert_eq!((status, &answer["error_code"]), (422, &json!(42201)));
        assert!(answer["message"].as_str().unwrap().ends_with(place), "{schema}: {answer}");
    }
    let body = json!({ "schema": "syntax = \"proto3\";\nmessage M {", "schemaType": "PROTOBUF" });
    let (_, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &body);
    assert!(answer["message"].as_str().unwrap().ends_with("at line 2, column 12"), "{answer}");
    let field = |more: &str| json!({ "schema": format!(r#"{{"type":"record","name":"R","fields":[{more}]}}"#) });
    ask(&mut registry, "POST", "/subjects/s/versions", &field(""));
    let (status, answer) = ask(&mut registry, "POST", "/subjects/s/versions", &field(r#"{"name":"f","type":"int"}"#));
    assert_eq!(status, 409);
    assert_eq!(
        answer["message"],
        "Schema being registered is incompatible with an earlier schema for subject \"s\", details: \
         [{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'f' at path '/fields/0' in the new schema \
         has no default value and is missing in the old schema', additionalInfo:'f'}, {oldSchemaVersion: 1}, {oldSchema: \
         '{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}'}, {validateFields: 'false', compatibility: 'BACKWARD'}]"
    );
    let check = "/compatibility/subjects/s/versions/latest?verbose=true";
    let (status, answer) = ask(&mut registry, "POST", check, &json!({ "schema": "{" }));
    assert_eq!((status, &answer["is_compatible"]), (200, &json!(false)), "{answer}");
    let (_, answer) = ask(&mut registry, "POST", "/subjects/nobody", &json!({ "schema": "{" }));
    assert_eq!(answer["error_code"], 42201);
    let (status, answer) = ask(&mut registry, "GET", "/exporters", &Value::Null);
    assert_eq!((status, &answer["error_code"]), (404, &json!(404)));
}

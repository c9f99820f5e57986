#![expect(clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

//! Each endpoint with its answers and its refusals, one after the other on one registry.

use std::time::Duration;

use kafka_trial_registry::{Registry, Request};
use serde_json::{Value, json};

struct Scene(Registry);

impl Scene {
    fn new() -> Self {
        Self(Registry::new())
    }

    fn ask(&mut self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = self.0.answer(&Request::new(method, target, body, Duration::from_secs(1)));
        (reply.status, serde_json::from_str(&reply.body).unwrap_or(Value::Null))
    }

    #[track_caller]
    fn answers(&mut self, method: &str, target: &str, body: Value, expected: Value) {
        let (status, answer) = self.ask(method, target, &body);
        assert_eq!((status, answer), (200, expected), "{method} {target} {body}");
    }

    /// The status is that of the first three digits of the code.
    #[track_caller]
    fn refuses(&mut self, method: &str, target: &str, body: Value, code: u32) {
        let (status, answer) = self.ask(method, target, &body);
        assert_eq!(answer["error_code"], code, "{method} {target} {body}: {answer}");
        let first = if code > 999 { code / 100 } else { code };
        assert_eq!(u32::from(status), first, "{method} {target}");
        assert!(answer["message"].is_string(), "{answer}");
    }

    #[track_caller]
    fn register(&mut self, subject: &str, schema: &str) -> Value {
        let (status, answer) = self.ask("POST", &format!("/subjects/{subject}/versions"), &json!({ "schema": schema }));
        assert_eq!(status, 200, "{subject}: {answer}");
        answer
    }
}

const R1: &str = r#"{"type":"record","name":"R","fields":[]}"#;
const R2: &str = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":1}]}"#;
const INCOMPATIBLE: &str = r#"{"type":"record","name":"R","fields":[{"name":"b","type":"int"}]}"#;

#[test]
fn subjects_and_versions_are_deleted_softly_and_then_for_good() {
    let mut scene = Scene::new();
    for (method, target) in [
        ("GET", "/subjects/s/versions"),
        ("GET", "/subjects/s/versions/1"),
        ("GET", "/subjects/s/versions/latest/schema"),
        ("GET", "/subjects/s/versions/1/referencedby"),
        ("DELETE", "/subjects/s"),
        ("DELETE", "/subjects/s/versions/1"),
    ] {
        scene.refuses(method, target, Value::Null, 40401);
    }
    scene.refuses("POST", "/subjects/s", json!({ "schema": R1 }), 40401);
    scene.register("s", R1);
    scene.register("s", R2);
    scene.answers("GET", "/subjects/s/versions", Value::Null, json!([1, 2]));
    for bad in ["0", "-2", "x", "2147483648"] {
        scene.refuses("GET", &format!("/subjects/s/versions/{bad}"), Value::Null, 42202);
        scene.refuses("DELETE", &format!("/subjects/s/versions/{bad}"), Value::Null, 42202);
    }
    scene.refuses("GET", "/subjects/s/versions/3", Value::Null, 40402);
    scene.refuses("DELETE", "/subjects/s/versions/3", Value::Null, 40402);
    scene.refuses("DELETE", "/subjects/s/versions/1?permanent=true", Value::Null, 40407);
    scene.answers("DELETE", "/subjects/s/versions/1", Value::Null, json!(1));
    scene.refuses("DELETE", "/subjects/s/versions/1", Value::Null, 40406);
    scene.answers("GET", "/subjects/s/versions", Value::Null, json!([2]));
    scene.answers("GET", "/subjects/s/versions?deletedOnly=true", Value::Null, json!([1]));
    scene.answers("GET", "/subjects/s/versions?deleted=True", Value::Null, json!([1, 2]));
    scene.answers("DELETE", "/subjects/s/versions/1?permanent=true", Value::Null, json!(1));
    scene.answers("GET", "/subjects/s/versions?deleted=true", Value::Null, json!([2]));
    scene.refuses("DELETE", "/subjects/s?permanent=true", Value::Null, 40405);
    scene.answers("DELETE", "/subjects/s", Value::Null, json!([2]));
    scene.refuses("DELETE", "/subjects/s", Value::Null, 40404);
    scene.refuses("GET", "/subjects/s/versions", Value::Null, 40401);
    scene.answers("GET", "/subjects", Value::Null, json!([]));
    scene.answers("GET", "/subjects?deleted=true", Value::Null, json!(["s"]));
    scene.answers("GET", "/subjects?deletedOnly=true", Value::Null, json!(["s"]));
    scene.refuses("POST", "/subjects/s", json!({ "schema": R2 }), 40401);
    assert_eq!(scene.ask("POST", "/subjects/s?deleted=true", &json!({ "schema": R2 })).0, 200);
    scene.refuses("GET", "/subjects/s/versions/latest?deleted=true", Value::Null, 40402);
    assert_eq!(scene.ask("GET", "/schemas/ids/2", &Value::Null).0, 200, "the id of what is deleted still answers");
    assert_eq!(scene.register("s", R1)["version"], 3, "the number of a deleted latest is not given again");
    scene.answers("DELETE", "/subjects/s", Value::Null, json!([3]));
    scene.ask("DELETE", "/subjects/s?permanent=true", &Value::Null);
    assert_eq!(scene.register("s", R1)["version"], 1, "a subject that is gone for good starts again");
}

#[test]
fn schemas_are_found_by_id_and_guid() {
    let mut scene = Scene::new();
    let guid = scene.register("s", R1)["guid"].as_str().unwrap().to_owned();
    scene.register("t", R1);
    scene.register("t", R2);
    let (_, answer) = scene.ask("GET", "/schemas/ids/1", &Value::Null);
    assert_eq!((&answer["schema"], &answer["id"], &answer["subject"]), (&json!(R1), &Value::Null, &json!("s")));
    let (_, answer) = scene.ask("GET", "/schemas/ids/1?fetchMaxId=true", &Value::Null);
    assert_eq!(answer["maxId"], 2, "{answer}");
    scene.answers("GET", "/schemas/ids/1/schema", Value::Null, serde_json::from_str(R1).unwrap());
    let (_, mut subjects) = scene.ask("GET", "/schemas/ids/1/subjects", &Value::Null);
    subjects.as_array_mut().unwrap().sort_by_key(ToString::to_string);
    assert_eq!(subjects, json!(["s", "t"]));
    scene.answers("GET", "/schemas/ids/2/versions", Value::Null, json!([{ "subject": "t", "version": 2 }]));
    for part in ["", "/schema", "/subjects", "/versions"] {
        scene.refuses("GET", &format!("/schemas/ids/99{part}"), Value::Null, 40403);
        scene.refuses("GET", &format!("/schemas/ids/x{part}"), Value::Null, 404);
    }
    let (_, answer) = scene.ask("GET", &format!("/schemas/guids/{guid}"), &Value::Null);
    assert_eq!((&answer["schema"], &answer["subject"]), (&json!(R1), &Value::Null));
    scene.answers("GET", &format!("/schemas/guids/{guid}/ids"), Value::Null, json!([{ "context": ".", "id": 1 }]));
    scene.refuses("GET", "/schemas/guids/00000000-0000-0000-0000-000000000000", Value::Null, 40403);
    let listed = |answer: &Value| {
        let of = |schema: &Value| format!("{}-{}", schema["subject"].as_str().unwrap(), schema["version"]);
        answer.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(listed(&scene.ask("GET", "/schemas", &Value::Null).1), ["s-1", "t-1", "t-2"]);
    assert_eq!(listed(&scene.ask("GET", "/schemas?latestOnly=true", &Value::Null).1), ["s-1", "t-2"]);
    assert_eq!(listed(&scene.ask("GET", "/schemas?subjectPrefix=t&offset=1&limit=1", &Value::Null).1), ["t-2"]);
    scene.answers("GET", "/schemas/types", Value::Null, json!(["JSON", "PROTOBUF", "AVRO"]));
}

#[test]
fn levels_are_set_merged_and_deleted() {
    let mut scene = Scene::new();
    scene.answers("GET", "/config", Value::Null, json!({ "compatibilityLevel": "BACKWARD" }));
    scene.refuses("GET", "/config/s", Value::Null, 40408);
    scene.answers("GET", "/config/s?defaultToGlobal=true", Value::Null, json!({ "compatibilityLevel": "BACKWARD" }));
    scene.refuses("PUT", "/config", json!({ "compatibility": "SOMEHOW" }), 42203);
    scene.refuses("PUT", "/config/s", json!({ "compatibility": "SOMEHOW" }), 42203);
    scene.answers("PUT", "/config/s", json!({ "compatibility": "full" }), json!({ "compatibility": "FULL" }));
    let normalized = json!({ "compatibility": "FULL", "normalize": true });
    scene.answers("PUT", "/config/s", json!({ "normalize": true }), normalized);
    scene.refuses("DELETE", "/config/t", Value::Null, 40401);
    let old = json!({ "compatibilityLevel": "FULL", "normalize": true });
    scene.answers("DELETE", "/config/s", Value::Null, old);
    scene.refuses("GET", "/config/s", Value::Null, 40408);
    scene.answers("PUT", "/config", json!({ "compatibility": "NONE" }), json!({ "compatibility": "NONE" }));
    scene.answers("DELETE", "/config", Value::Null, json!({ "compatibilityLevel": "NONE" }));
    scene.answers("GET", "/config", Value::Null, json!({ "compatibilityLevel": "BACKWARD" }));
}

#[test]
fn modes_keep_writers_out() {
    let mut scene = Scene::new();
    scene.answers("GET", "/mode", Value::Null, json!({ "mode": "READWRITE" }));
    scene.refuses("GET", "/mode/s", Value::Null, 40409);
    scene.refuses("PUT", "/mode/s", json!({ "mode": "ANY" }), 42204);
    scene.refuses("DELETE", "/mode/s", Value::Null, 40401);
    scene.register("s", R1);
    scene.answers("PUT", "/mode/s", json!({ "mode": "readonly" }), json!({ "mode": "READONLY" }));
    assert_eq!(scene.register("s", R1)["id"], 1, "what is there already is answered");
    scene.refuses("POST", "/subjects/s/versions", json!({ "schema": R2 }), 42205);
    scene.refuses("PUT", "/config/s", json!({ "compatibility": "NONE" }), 42205);
    scene.refuses("DELETE", "/subjects/s", Value::Null, 42205);
    scene.refuses("DELETE", "/subjects/s/versions/1", Value::Null, 42205);
    scene.answers("DELETE", "/mode/s", Value::Null, json!({ "mode": "READONLY" }));
    scene.refuses("PUT", "/mode/s", json!({ "mode": "IMPORT" }), 42205);
    assert_eq!(scene.ask("PUT", "/mode/s?force=true", &json!({ "mode": "IMPORT" })).0, 200);
    scene.refuses("POST", "/subjects/s/versions", json!({ "schema": R2 }), 42205);
    scene.refuses("POST", "/subjects/s/versions", json!({ "schema": R2, "id": 1 }), 42205);
    let (_, imported) =
        scene.ask("POST", "/subjects/s/versions", &json!({ "schema": INCOMPATIBLE, "id": 40, "version": 7 }));
    assert_eq!((&imported["id"], &imported["version"]), (&json!(40), &json!(7)));
    scene.ask("PUT", "/mode/s", &json!({ "mode": "READWRITE" }));
    assert_eq!(scene.register("t", R2)["id"], 41, "ids go on from the highest");
    scene.refuses("POST", "/subjects/t/versions", json!({ "schema": "\"int\"", "id": 99 }), 42205);
}

#[test]
fn a_schema_is_refused_or_checked_by_its_subject() {
    let mut scene = Scene::new();
    let check = |version: &str| format!("/compatibility/subjects/s/versions{version}");
    scene.answers("POST", &check("/latest"), json!({ "schema": R1 }), json!({ "is_compatible": true }));
    scene.answers("POST", &check(""), json!({ "schema": R1 }), json!({ "is_compatible": true }));
    scene.refuses("POST", &check("/1"), json!({ "schema": R1 }), 40402);
    scene.refuses("POST", &check("/0"), json!({ "schema": R1 }), 42202);
    scene.refuses("POST", &check("/latest"), json!({ "schema": "{" }), 42201);
    scene.register("s", R1);
    for version in ["/1", "/latest", "/-1", ""] {
        scene.answers("POST", &check(version), json!({ "schema": INCOMPATIBLE }), json!({ "is_compatible": false }));
    }
    scene.refuses("POST", "/subjects/s/versions", json!({ "schema": INCOMPATIBLE }), 40901);
    scene.refuses("POST", "/subjects/s", json!({ "schema": R2 }), 40403);
    for subject in ["__GLOBAL", "__EMPTY"] {
        scene.refuses("POST", &format!("/subjects/{subject}/versions"), json!({ "schema": R1 }), 42208);
    }
    scene.refuses("POST", "/subjects/s/versions", json!({ "schema": R2, "version": 5 }), 42201);
    scene.refuses("POST", "/subjects/s/versions", json!({ "schema": R2, "schemaType": "THRIFT" }), 42201);
    scene.refuses("POST", "/subjects/s/versions", json!({}), 42201);
    scene.refuses("POST", "/subjects/s/versions", json!({ "schema": { "type": "int" } }), 400);
    scene.refuses("POST", "/subjects/s/versions", Value::Null, 422);
    let (_, second) = scene.ask("POST", "/subjects/s/versions", &json!({ "schema": R2, "version": 2, "unknown": 1 }));
    assert_eq!(second["version"], 2);
    let (status, _) = scene.ask(
        "POST",
        "/subjects/u/versions",
        &json!({ "schema": R1, "metadata": null, "ruleSet": null, "references": null }),
    );
    assert_eq!(status, 200);
}

#[test]
fn subjects_have_metadata_contexts_and_aliases() {
    let mut scene = Scene::new();
    let with =
        |schema: &str, major: &str| json!({ "schema": schema, "metadata": { "properties": { "major": major } } });
    scene.ask("POST", "/subjects/s/versions", &with(R1, "1"));
    scene.ask("POST", "/subjects/s/versions", &with(R2, "2"));
    let (_, answer) = scene.ask("GET", "/subjects/s/metadata?key=major&value=1", &Value::Null);
    assert_eq!(answer["version"], 1, "{answer}");
    scene.refuses("GET", "/subjects/s/metadata?key=major&value=3", Value::Null, 40403);
    assert_eq!(scene.register(":.c:s", R1)["id"], 1, "ids count up in each context");
    let (_, contexts) = scene.ask("GET", "/contexts", &Value::Null);
    assert_eq!(contexts, json!([".", ".c"]));
    scene.answers("GET", "/contexts/.c/subjects", Value::Null, json!([":.c:s"]));
    scene.answers("GET", "/subjects?subjectPrefix=:.c:", Value::Null, json!([":.c:s"]));
    scene.answers("GET", "/subjects/:.:s/versions", Value::Null, json!([1, 2]));
    scene.ask("PUT", "/config/other", &json!({ "alias": "s" }));
    scene.answers("GET", "/subjects/other/versions", Value::Null, json!([1, 2]));
    scene.answers("GET", "/associations/resources/x/y", Value::Null, json!([]));
    scene.answers("GET", "/", Value::Null, json!({}));
    assert!(scene.ask("GET", "/v1/metadata/version", &Value::Null).1["version"].is_string());
    assert!(scene.ask("GET", "/v1/metadata/id", &Value::Null).1["scope"].is_object());
    scene.refuses("GET", "/nothing", Value::Null, 404);
    scene.refuses("PATCH", "/subjects", Value::Null, 405);
    scene.refuses("GET", "/dek-registry/v1/keks", Value::Null, 404);
}

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

//! The registry on its port: hostile requests are refused and hold up nobody, and its end is complete.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use kafka_trial_registry::{FaultError, Registry, RegistryFault, SchemaRegistry};
use serde_json::{Value, json};

fn ask(address: SocketAddr, method: &str, target: &str, body: &[u8]) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    // A body that is too long is refused before it is read.
    let _ = stream.write_all(body);
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

fn register(address: SocketAddr, subject: &str, kind: &str, schema: &str) -> (u16, Value) {
    let body = json!({ "schema": schema, "schemaType": kind }).to_string();
    ask(address, "POST", &format!("/subjects/{subject}/versions"), body.as_bytes())
}

#[test]
fn schemas_nested_too_deep_are_refused() {
    let registry = SchemaRegistry::start().unwrap();
    let deep = |open: &str, inner: &str, close: &str, levels| {
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    };
    for (kind, open, inner, close) in [
        ("AVRO", r#"{"type":"array","items":"#, "\"int\"", "}"),
        ("JSON", r#"{"not":"#, "{}", "}"),
        ("PROTOBUF", "message M {", "", "}"),
    ] {
        let (status, answer) = register(registry.address(), "deep", kind, &deep(open, inner, close, 10_000));
        assert_eq!((status, &answer["error_code"]), (422, &json!(42201)), "{kind}: {answer}");
    }
    for (kind, open, inner, close, levels) in [
        ("AVRO", r#"{"type":"array","items":"#, "\"int\"", "}", 499),
        ("JSON", r#"{"not":"#, "{}", "}", 499),
        ("PROTOBUF", "message M {", "", "}", 100),
    ] {
        let schema = deep(open, inner, close, levels);
        let (status, answer) = register(registry.address(), &format!("{kind}-limit"), kind, &schema);
        assert_eq!(status, 200, "{kind}: {answer}");
        let body = json!({ "schema": schema, "schemaType": kind }).to_string();
        let check = format!("/compatibility/subjects/{kind}-limit/versions/latest");
        let (status, answer) = ask(registry.address(), "POST", &check, body.as_bytes());
        assert_eq!((status, &answer["is_compatible"]), (200, &json!(true)), "{kind}: {answer}");
    }
    let body = format!(r#"{{"schema":{}}}"#, "[".repeat(10_000));
    assert_eq!(ask(registry.address(), "POST", "/subjects/deep/versions", body.as_bytes()).0, 400);
}

#[test]
fn long_bodies_exploding_patterns_and_foreign_imports_are_refused() {
    let registry = SchemaRegistry::start().unwrap();
    let (status, answer) = ask(registry.address(), "POST", "/subjects/s/versions", &vec![b' '; 10 << 20]);
    assert_eq!((status, &answer["error_code"]), (413, &json!(413)));
    let exploding = r#"{"type":"string","pattern":"((a{1000}){1000}){1000}"}"#;
    assert_eq!(register(registry.address(), "s", "JSON", exploding).0, 422);
    let schema = |more: &str| {
        format!(r#"{{"type":"object","patternProperties":{{"^(?=(a+)+$)b":{{}}}}{more},"additionalProperties":false}}"#)
    };
    assert_eq!(register(registry.address(), "t", "JSON", &schema("")).0, 200);
    // A pattern that gives up does not match: the property is added to what is closed.
    let added = schema(&format!(r#","properties":{{"{}!":{{"type":"null"}}}}"#, "a".repeat(60)));
    assert_eq!(register(registry.address(), "t", "JSON", &added).0, 200);
    let import = "syntax = \"proto3\"; import \"/etc/passwd\"; import \"../../x.proto\"; message M { Root r = 1; }";
    assert_eq!(register(registry.address(), "u", "PROTOBUF", import).1["error_code"], 42201);
}

#[test]
fn chains_and_circles_of_references_end() {
    let registry = SchemaRegistry::start().unwrap();
    let chain: Vec<String> =
        (0..5_000).map(|at| format!(r##""d{at}":{{"$ref":"#/definitions/d{}"}}"##, at + 1)).collect();
    let chain = format!(
        r##"{{"definitions":{{{},"d5000":{{"type":"string"}}}},"properties":{{"x":{{"$ref":"#/definitions/d0"}}}}}}"##,
        chain.join(",")
    );
    assert_eq!(register(registry.address(), "chain", "JSON", &chain).0, 200);
    let nested: Vec<String> = (0..5_000)
        .map(|at| format!(r##""d{at}":{{"properties":{{"n":{{"$ref":"#/definitions/d{}"}}}}}}"##, at + 1))
        .collect();
    let nested =
        |end: &str| format!(r##"{{"definitions":{{{},"d5000":{end}}},"$ref":"#/definitions/d0"}}"##, nested.join(","));
    assert_eq!(register(registry.address(), "nested", "JSON", &nested("{}")).0, 200);
    // Deeper than is compared: refused, not passed.
    assert_eq!(register(registry.address(), "nested", "JSON", &nested(r#"{"type":"string"}"#)).0, 409);
    let circle =
        r##"{"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}},"$ref":"#/definitions/a"}"##;
    let (status, answer) = register(registry.address(), "circle", "JSON", circle);
    assert!(status == 200 || status == 422, "{answer}");
    let own =
        json!({ "schema": "\"int\"", "references": [{ "name": "x", "subject": "own", "version": 1 }] }).to_string();
    assert_eq!(ask(registry.address(), "POST", "/subjects/own/versions", own.as_bytes()).1["error_code"], 42201);
}

#[test]
fn differences_that_double_with_each_level_are_bounded() {
    let registry = SchemaRegistry::start().unwrap();
    let levels = 40;
    let schema = |last: &str| {
        let mut definitions = serde_json::Map::new();
        for level in 0..levels {
            let next = serde_json::json!({"$ref": format!("#/definitions/d{}", level + 1)});
            definitions.insert(format!("d{level}"), serde_json::json!({"properties": {"a": next, "b": next}}));
        }
        definitions.insert(format!("d{levels}"), serde_json::json!({"type": last}));
        serde_json::json!({"$ref": "#/definitions/d0", "definitions": definitions}).to_string()
    };
    assert_eq!(register(registry.address(), "wide", "JSON", &schema("string")).0, 200);
    let (status, answer) = register(registry.address(), "wide", "JSON", &schema("integer"));
    assert_eq!(status, 409);
    let size = answer.to_string().len();
    assert!(size < 30_000_000, "an answer of {size} bytes");
}

#[test]
fn a_request_that_takes_long_does_not_hold_up_others() {
    let registry = SchemaRegistry::start().unwrap();
    let address = registry.address();
    register(address, "quick", "AVRO", "\"int\"");
    let branches = |kind: &str| {
        let branches: Vec<String> = (0..250).map(|at| format!(r#"{{"type":"{kind}","maxLength":{at}}}"#)).collect();
        format!(r#"{{"oneOf":[{}]}}"#, branches.join(","))
    };
    register(address, "slow", "JSON", &branches("string"));
    let slow = std::thread::spawn(move || register(address, "slow", "JSON", &branches("array")));
    let mut answered = 0;
    while !slow.is_finished() {
        assert_eq!(ask(address, "GET", "/schemas/ids/1", b"").0, 200);
        assert_eq!(register(address, "quick", "AVRO", "\"int\"").0, 200);
        answered += 1;
    }
    assert_eq!(slow.join().unwrap().0, 409);
    assert!(answered > 1, "others were answered only once");
}

#[test]
fn a_dropped_registry_refuses_connections() {
    let registry = SchemaRegistry::start().unwrap();
    let address = registry.address();
    let open = TcpStream::connect(address).unwrap();
    assert_eq!(ask(address, "GET", "/", b"").0, 200);
    drop(registry);
    assert!(TcpStream::connect(address).is_err());
    drop(open);
    // The port is free again.
    let again = SchemaRegistry::start_with(Registry::new(), address.port()).unwrap();
    let taken = SchemaRegistry::start_with(Registry::new(), address.port()).unwrap_err().to_string();
    let expected = format!("the schema registry cannot listen on {}: ", again.address());
    assert!(taken.starts_with(&expected), "{taken}");
    assert!(taken.ends_with("choose another port, or 0 for any free one"), "{taken}");
}

#[test]
fn a_registry_goes_back_to_a_fork() {
    let registry = SchemaRegistry::start().unwrap();
    register(registry.address(), "before", "AVRO", "\"int\"");
    let fork = registry.fork();
    register(registry.address(), "after", "AVRO", "\"int\"");
    registry.restore(fork);
    assert_eq!(ask(registry.address(), "GET", "/subjects", b"").1, json!(["before"]));
    assert_eq!(registry.url(), format!("http://{}", registry.address()));
    assert_eq!(register(registry.address(), "after", "AVRO", "\"long\"").1["id"], 2);
}

#[test]
fn faults_refuse_delay_and_cut_the_requests_that_they_mean() {
    let registry = SchemaRegistry::start().unwrap();
    let address = registry.address();
    registry
        .arm(RegistryFault::error("storm", 503, 50301).method("POST").path("/subjects/*/versions").times(2))
        .unwrap();
    for _ in 0..2 {
        let (status, answer) = register(address, "a/b", "AVRO", "\"int\"");
        assert_eq!((status, &answer["error_code"]), (503, &json!(50301)), "{answer}");
    }
    assert_eq!(register(address, "a", "AVRO", "\"int\"").1["id"], 1, "what was refused had no effect");
    registry.arm(RegistryFault::unknown_id("gone", 1)).unwrap();
    let (status, answer) = ask(address, "GET", "/schemas/ids/1?subject=a", b"");
    assert_eq!((status, &answer["error_code"]), (404, &json!(40403)), "{answer}");
    assert_eq!(registry.disarm("gone").unwrap().fired, 1);
    assert_eq!(ask(address, "GET", "/schemas/ids/1", b"").0, 200);
    registry.arm(RegistryFault::cut("cut").path("/subjects")).unwrap();
    assert_eq!(ask(address, "GET", "/subjects", b"").0, 0, "closed without an answer");
    registry.disarm("cut");
    registry.arm(RegistryFault::delay("slow", Duration::from_millis(200)).path("/config")).unwrap();
    let asking = std::thread::spawn(move || ask(address, "GET", "/config", b""));
    assert!(registry.wait_fired("slow", 1, Duration::from_secs(10)));
    assert_eq!(ask(address, "GET", "/subjects", b"").0, 200, "others are answered meanwhile");
    assert_eq!(asking.join().unwrap().0, 200);
    let storm = registry.fault("storm").unwrap();
    assert_eq!((storm.matched, storm.fired, storm.requests[0].path.as_str()), (3, 2, "/subjects/a/b/versions"));
    assert_eq!(registry.faults().len(), 2);
}

#[test]
fn a_fault_that_never_acts_names_what_came_near() {
    let registry = SchemaRegistry::start().unwrap();
    registry.arm(RegistryFault::next("once").path("/subjects/b")).unwrap();
    assert_eq!(registry.arm(RegistryFault::cut("once")), Err(FaultError::Armed { id: "once".to_owned() }));
    assert!(registry.arm(RegistryFault::error("fine", 200, 0)).is_err());
    ask(registry.address(), "POST", "/subjects/a", b"{}");
    let once = registry.disarm("once").unwrap();
    assert!(once.is_due());
    assert_eq!(
        once.never_acted(),
        "the fault \"once\" (answer 500 with error_code 50001) has never acted\n  POST /subjects/a: its path is /subjects/a, \
         not /subjects/b"
    );
    let may = RegistryFault::next("may").optional();
    registry.arm(may).unwrap();
    assert!(!registry.disarm("may").unwrap().is_due());
    assert!(registry.disarm("may").is_none());
}

//! Values of each kind by their schemas, whoever reads them, and what a report says of those that cannot be read.
#![cfg(feature = "schema-registry")]
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::path::PathBuf;
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, ReceivedRecord};
use kafka_trial::flow::{Expect, FlowTracker, Follow, Reading, Route};
use kafka_trial::responder::Request;
use kafka_trial::utilities::{consume_response_read, read_topics};
use kafka_trial::{
    Cluster, ClusterConfig, EventWindow, Matcher, Record, Schema, SchemaRegistry, TopicSpec, Trial, assert_compatible,
    assert_record, check_compatible,
};
use serde_json::{Value as Json, json};

const LIMIT: Duration = Duration::from_secs(10);

const AVRO: &str = r#"{"type": "record", "name": "Order", "namespace": "shop", "fields": [
    {"name": "correlation_id", "type": "string"},
    {"name": "id", "type": "long"},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 30, "scale": 2}},
    {"name": "day", "type": {"type": "int", "logicalType": "date"}},
    {"name": "time", "type": {"type": "long", "logicalType": "time-micros"}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
    {"name": "uuid", "type": {"type": "fixed", "name": "Id", "size": 16, "logicalType": "uuid"}},
    {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["OPEN", "PAID"]}},
    {"name": "raw", "type": "bytes"},
    {"name": "note", "type": ["null", "string"], "default": null},
    {"name": "amount", "type": ["long", "double", "State"]},
    {"name": "lines", "type": {"type": "array", "items": {"type": "map", "values": "int"}}},
    {"name": "ratio", "type": "float"}]}"#;

fn avro(id: &str) -> Json {
    json!({
        "correlation_id": id,
        "id": 9_007_199_254_740_993_i64,
        "price": "-12345678901234567890.30",
        "day": "2026-12-01",
        "time": "10:00:00.000001",
        "at": "1969-12-31T23:59:59.999999Z",
        "local": "2026-12-01T10:00:00.123",
        "uuid": "123e4567-e89b-12d3-a456-426614174000",
        "state": "PAID",
        "raw": "\u{0}\u{ff}a",
        "note": null,
        "amount": {"shop.State": "OPEN"},
        "lines": [{"a": 1}, {}],
        "ratio": 0.1,
    })
}

const PROTOBUF: &str = r#"syntax = "proto3";
    package shop;
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/wrappers.proto";
    enum State { UNKNOWN = 0; PAID = 1; }
    message Other { string text = 1; }
    message Order {
        string correlation_id = 1;
        int64 id = 2;
        uint64 big = 3;
        sint32 below = 4;
        fixed64 fixed = 5;
        bool is_paid = 6;
        State state = 7;
        bytes raw = 8;
        optional string note = 9;
        oneof amount { double exact = 10; Line line = 11; }
        repeated int32 numbers = 12;
        map<string, Line> lines = 13;
        google.protobuf.Timestamp at = 14;
        google.protobuf.Int64Value wrapped = 15;
        message Line { string name = 1; float ratio = 2; }
    }"#;

fn protobuf(id: &str) -> Json {
    json!({
        "correlation_id": id,
        "id": i64::MIN,
        "big": u64::MAX,
        "below": -3,
        "fixed": 7,
        "is_paid": false,
        "state": "PAID",
        "raw": "AP9h",
        "numbers": [1, -1, 300],
        "lines": {"a": {"name": "x", "ratio": 0.1}},
        "at": "2026-12-01T10:00:00.000000001Z",
        "wrapped": 9_007_199_254_740_993_i64,
        "line": {"name": "y", "ratio": 0.0},
    })
}

const JSON: &str = r#"{"type": "object", "properties": {"correlation_id": {"type": "string"}, "id": {"type": "integer"}},
    "required": ["id"]}"#;

fn json_event(id: &str) -> Json {
    json!({"correlation_id": id, "id": 9_007_199_254_740_993_i64})
}

/// A name, a schema, its message, and a value by it.
type Row = (&'static str, Schema, Option<&'static str>, Json);

fn rows() -> Vec<Row> {
    vec![
        ("avro", Schema::avro(AVRO), None, avro("avro")),
        ("protobuf", Schema::protobuf(PROTOBUF), Some("shop.Order"), protobuf("protobuf")),
        ("json", Schema::json(JSON), None, json_event("json")),
    ]
}

#[test]
fn every_reader_of_a_value_reads_it_by_its_schema() {
    let topics = vec![TopicSpec::new("orders", 1)];
    let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
    let servers = cluster.bootstrap_servers();
    let mut client = Client::connect(&servers, Deadline::after(LIMIT)).unwrap();
    let registry = SchemaRegistry::start().unwrap();
    let reading = Reading { values: registry.values(), ..Reading::default() };
    let events = EventWindow::open(&servers, Deadline::after(LIMIT)).unwrap();
    let mut events = events.reading(reading.clone());
    for (name, schema, message, value) in rows() {
        let id = registry.register(&format!("{name}-value"), &schema).unwrap();
        let framed = registry.encode_message(id, &value, message).unwrap();
        client.produce(&Record::new("orders", framed), Deadline::after(LIMIT)).unwrap();
    }
    let tracker = FlowTracker::connect(&servers, Deadline::after(LIMIT)).unwrap();
    let mut tracker = tracker.values(registry.values());
    for (name, _, _, value) in rows() {
        // The id is in the value alone, so it is found by the schema alone.
        let record = events.expect(&Matcher::on("orders").correlation_id(name), LIMIT).unwrap();
        assert_eq!(record.json().unwrap(), value, "ReceivedRecord::json of {name}");
        let text: Json = serde_json::from_slice(&record.json_text().unwrap()).unwrap();
        assert_eq!(text, value, "ReceivedRecord::json_text of {name}");
        let number = value["id"].clone();
        assert_record!(record, json "/id" == number);
        let request = Request::of(&record).unwrap();
        assert_eq!(*request.json(), value, "responders of {name}");

        let field = Matcher::on("orders").correlation_id(name).field("/id", value["id"].clone());
        events.expect(&field, Duration::ZERO).unwrap();
        let other = Matcher::on("orders").correlation_id(name).field("/id", json!(1));
        let error = events.expect(&other, Duration::ZERO).unwrap_err().to_string();
        assert!(error.contains(&format!("/id is {}, not 1", value["id"])), "near miss of {name}: {error}");

        let follow = Follow::new(name, Route::through(["orders"]));
        let flow = tracker.follow(&follow, Duration::ZERO);
        assert_eq!(flow.observations[0].json().unwrap(), value, "flow of {name}");
        assert_eq!(flow.to_json()["request_event"], value, "flow.json of {name}");
        let wrong = follow.clone().expect(Expect::topic("orders").field("/id", json!(1)));
        let flow = tracker.follow(&wrong, Duration::ZERO);
        assert!(flow.to_string().contains(&value["id"].to_string()), "verdict of {name}: {flow}");

        let reader = read_topics(&servers, &["orders"], Deadline::after(LIMIT)).unwrap();
        let mut reader = reader.values(registry.values());
        let answer = consume_response_read(&mut reader, name, LIMIT, &reading).unwrap();
        assert_eq!(answer.unwrap(), value, "consume_response of {name}");

        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("schemas").join(name).join("flow.json");
        let recording = FlowTracker::connect(&servers, Deadline::after(LIMIT)).unwrap().values(registry.values());
        let golden = follow.expect(Expect::golden(&path));
        assert!(recording.update_golden(true).follow(&golden, Duration::ZERO).is_complete());
        let golden: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(golden["records"][0]["value"]["id"], value["id"], "golden file of {name}");
    }
}

/// What is written is what is read, and what is wrong is named with its place.
#[test]
fn a_value_that_does_not_fit_its_schema_is_refused_with_its_place() {
    let registry = SchemaRegistry::start().unwrap();
    let avro_id = registry.register("avro", &Schema::avro(AVRO)).unwrap();
    let proto_id = registry.register("protobuf", &Schema::protobuf(PROTOBUF)).unwrap();
    let json_id = registry.register("json", &Schema::json(JSON)).unwrap();
    let with = |mut value: Json, key: &str, wrong: Json| {
        value[key] = wrong;
        value
    };
    for (id, value, message, reason) in [
        (avro_id, with(avro("7"), "price", json!("1.234")), None, "/price: 1.234 has 3 digits behind the point"),
        (avro_id, with(avro("7"), "day", json!("2026-02-30")), None, "/day: \"2026-02-30\": expected a date"),
        (avro_id, with(avro("7"), "state", json!("LOST")), None, "/state: \"LOST\": expected one of OPEN, PAID"),
        (avro_id, with(avro("7"), "extra", json!(1)), None, "/extra: shop.Order has no such field"),
        (avro_id, with(avro("7"), "lines", json!([{"a": "b"}])), None, "/lines/0/a: \"b\": expected int"),
        (avro_id, json!({}), None, "/correlation_id: the field is missing and has no default"),
        (
            proto_id,
            with(protobuf("7"), "below", json!(1u64 << 40)),
            Some("Order"),
            "/below: 1099511627776: expected sint32",
        ),
        (proto_id, with(protobuf("7"), "exact", json!(1.5)), Some("Order"), "exact and line are of the oneof amount"),
        (proto_id, json!({"text": "x"}), Some("Order"), "/text: shop.Order has no such field"),
        (proto_id, json!({}), Some("Nothing"), "the schema has no message Nothing"),
        (json_id, json!({"id": "x"}), None, "/id: \"x\" is not of type \"integer\""),
    ] {
        let error = registry.encode_message(id, &value, message).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn numbers_behind_logical_types_can_be_written_too_and_times_beyond_midnight_are_shown_as_numbers() {
    let registry = SchemaRegistry::start().unwrap();
    let schema = Schema::avro(r#"{"type": "int", "logicalType": "time-millis"}"#);
    let id = registry.register("time", &schema).unwrap();
    let read = |value: Json| registry.values().read(Some(&registry.encode_by_id(id, &value).unwrap())).unwrap();
    assert_eq!(read(json!(1)), json!("00:00:00.001"));
    assert_eq!(read(json!(86_400_000)), json!(86_400_000));
}

#[test]
fn a_header_names_the_schema_of_a_bare_value() {
    let registry = SchemaRegistry::start().unwrap();
    registry.register("bare", &Schema::avro(r#""long""#)).unwrap();
    let guid = guid_of(&registry, 1);
    let mut header = vec![1];
    header.extend(guid.iter());
    let mut record = ReceivedRecord::at("orders", 0, 0).read_by(&registry.values());
    record.value = Some(vec![0x0e].into());
    record.headers = vec![("__value_schema_id".into(), Some(header.into()))];
    assert_eq!(record.json().unwrap(), json!(7));
    record.headers[0].1 = Some([&[1][..], &[7; 16]].concat().into());
    let reason = record.json().unwrap_err().to_string();
    assert!(reason.starts_with("schema guid 07070707-0707-0707-0707-070707070707: the schema registry at"), "{reason}");
}

/// What the registry says of an id.
fn guid_of(registry: &SchemaRegistry, id: i32) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(registry.url().trim_start_matches("http://")).unwrap();
    write!(stream, "GET /schemas/ids/{id} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body: Json = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let hex: String = body.get("guid").unwrap().as_str().unwrap().chars().filter(|letter| *letter != '-').collect();
    (0..16).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn a_report_names_the_records_that_their_schemas_cannot_read() {
    let failed = Trial::builder().name("a::test").attempt(async |trial| -> kafka_trial::Result {
        let topic = trial.topic("orders").create().await?;
        let registry = trial.schema_registry()?;
        let id = registry.register("orders-value", &Schema::avro(r#""string""#))?;
        let json = registry.register("people-value", &Schema::json(JSON))?;
        assert_eq!((id, json), (1, 2));
        let mut client = Client::connect(trial.endpoint(), Deadline::after(LIMIT))?;
        for value in [
            &b"\0\0\0\0\x01\x02a"[..],
            b"\0\0\0\0\x01\x08a",
            b"\0\0\0\0\x63\x02a",
            b"\0\0\0\0\x02{\"id\": 1.5}",
            b"plain",
        ] {
            client.produce(&topic.record(value), Deadline::after(LIMIT))?;
        }
        assert_eq!(trial.config().schema_registry_url.as_deref(), Some(registry.url()));
        Err(std::io::Error::other("it fails").into())
    });
    let report = failed.unwrap_err().report;
    let [cut, unknown, broken] = report.unreadable.as_slice() else { panic!("{:?}", report.unreadable) };
    assert_eq!(cut, "orders-0@1 value: schema id 1: the value ends here");
    assert!(
        unknown.starts_with("orders-0@2 value: schema id 99: the schema registry at http://127.0.0.1:"),
        "{unknown}"
    );
    assert!(unknown.ends_with("does not know it"), "{unknown}");
    assert_eq!(broken, "orders-0@3 value: schema id 2 forbids it: /id: 1.5 is not of type \"integer\"");
    assert!(report.to_string().contains("\n  schemas  orders-0@1 value: schema id 1"), "{report}");
}

#[test]
fn compatibility_is_asserted_without_a_registry_and_every_reason_is_told() {
    let record = |fields: &str| Schema::avro(format!(r#"{{"type": "record", "name": "Order", "fields": [{fields}]}}"#));
    let old = record(r#"{"name": "id", "type": "long"}"#);
    let new = record(r#"{"name": "id", "type": "string"}, {"name": "note", "type": "string"}"#);
    assert_compatible(&old, &old, "FULL_TRANSITIVE");
    let reasons = check_compatible(&old, &new, "BACKWARD").unwrap();
    assert!(reasons.iter().any(|reason| reason.contains("TYPE_MISMATCH")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("READER_FIELD_MISSING_DEFAULT_VALUE")), "{reasons:?}");
    assert!(check_compatible(&old, &new, "NONE").unwrap().is_empty());
    let error = check_compatible(&old, &Schema::avro("{"), "BACKWARD").unwrap_err().to_string();
    assert!(error.starts_with("the schema registry refuses the new schema: "), "{error}");
    let error = check_compatible(&old, &new, "SIDEWAYS").unwrap_err().to_string();
    assert!(error.contains("the compatibility level"), "{error}");
    let panic = std::panic::catch_unwind(|| assert_compatible(&old, &new, "BACKWARD")).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.starts_with("the schemas are not compatible by BACKWARD:\n  {errorType:"), "{text}");
}

#[test]
fn schemas_as_deep_as_the_registry_takes_them_are_read() {
    let arrays = |levels: usize| {
        let open = r#"{"type": "array", "items": "#.repeat(levels);
        Schema::avro(format!("{open}\"int\"{}", "}".repeat(levels)))
    };
    let registry = SchemaRegistry::start().unwrap();
    registry.register("deep", &arrays(490)).unwrap();
    let framed = registry.encode("deep", &json!([[[]]])).unwrap();
    assert_eq!(registry.values().read(Some(&framed)).unwrap(), json!([[[]]]));
    assert_compatible(&arrays(490), &arrays(490), "FULL");
}

fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn the_schemas_of_a_folder_are_registered_with_their_references_and_versions() {
    let folder = folder(
        "load",
        &[
            ("orders-value/v1.avsc", r#"{"type": "record", "name": "Order", "fields": []}"#),
            (
                "orders-value/v2.avsc",
                r#"{"type": "record", "name": "Order", "fields": [{"name": "a", "type": "int"}]}"#,
            ),
            (
                "a-user-value.avsc",
                r#"{"type": "record", "name": "U", "fields": [{"name": "home", "type": "shop.Address"}]}"#,
            ),
            ("shop/z-address.avsc", r#"{"type": "record", "name": "Address", "namespace": "shop", "fields": []}"#),
            ("a-line.proto", "syntax = \"proto3\"; import \"common.proto\"; message Line { Money price = 1; }"),
            ("common.proto", "syntax = \"proto3\"; message Money { int64 units = 1; }"),
            ("a-person.json", r##"{"properties": {"home": {"$ref": "place.json#/definitions/home"}}}"##),
            ("place.json", r#"{"definitions": {"home": {"type": "string"}}}"#),
            ("broken.avsc", "{"),
            ("README.md", "not a schema"),
        ],
    );
    let registry = SchemaRegistry::start().unwrap();
    let loaded = registry.load_folder(&folder).unwrap();
    let mut subjects = registry.subjects().unwrap();
    subjects.sort();
    assert_eq!(subjects, ["a-line", "a-person", "a-user-value", "common.proto", "orders-value", "place", "z-address"]);
    let refused: Vec<String> =
        loaded.refused.iter().map(|(path, _)| path.strip_prefix(&folder).unwrap().display().to_string()).collect();
    assert_eq!(refused, ["broken.avsc", "orders-value/v2.avsc"]);
    assert!(loaded.refused[1].1.contains("READER_FIELD_MISSING_DEFAULT_VALUE"), "{:?}", loaded.refused);
    // References are read through.
    let value = json!({"home": {}});
    let framed = registry.encode("a-user-value", &value).unwrap();
    assert_eq!(registry.values().read(Some(&framed)).unwrap(), value);
    let value = json!({"price": {"units": 7}});
    assert_eq!(registry.values().read(Some(&registry.encode("a-line", &value).unwrap())).unwrap(), value);
    let error = registry.encode("a-person", &json!({"home": 7})).unwrap_err().to_string();
    assert!(error.contains("/home: 7 is not of type"), "{error}");
}

#[test]
fn a_test_whose_schemas_are_refused_fails_with_each_file() {
    let folder = folder("refused", &[("orders-value.avsc", "{"), ("people-value.avsc", r#""string""#)]);
    let failed = Trial::builder().name("a::test").schemas(&folder).attempt(async |_| ()).unwrap_err().to_string();
    assert!(failed.contains("the schema registry refuses:\n"), "{failed}");
    assert!(failed.contains("orders-value.avsc: "), "{failed}");
    assert!(!failed.contains("people-value.avsc"), "{failed}");
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn consumers_and_responders_of_a_test_read_by_its_schemas(
    orders: kafka_trial::Topic,
    invoices: kafka_trial::Topic,
    registry: SchemaRegistry,
    producer: kafka_trial::Producer,
    responders: kafka_trial::Responders,
    #[consumer(topic = orders)] mut rx: kafka_trial::Consumer,
    #[consumer(topic = invoices)] mut answers: kafka_trial::Consumer,
) -> kafka_trial::Result {
    registry.register("orders-value", &Schema::avro(AVRO))?;
    let _billing = responders.on(&orders, &invoices, |order| Some(json!({"total": order["price"]}))).await?;
    producer.send(orders.record(registry.encode("orders-value", &avro("7"))?)).await?;
    assert_record!(rx.next().await?, json "/id" == 9_007_199_254_740_993_i64);
    producer.send(orders.record(registry.encode("orders-value", &avro("8"))?)).await?;
    assert_eq!(rx.consume_response("8", LIMIT).await?, Some(avro("8")));
    let answer = json!({"total": "-12345678901234567890.30", "correlation_id": "8"});
    assert_eq!(answers.consume_response("8", LIMIT).await?, Some(answer));
    Ok(())
}

#[kafka_trial::test(schemas = "tests/schemas")]
async fn a_test_has_its_registry_as_an_argument(registry: SchemaRegistry, trial: Trial) -> kafka_trial::Result {
    assert!(registry.is_embedded());
    assert_eq!(registry.subjects()?, ["orders-value"]);
    let topic = trial.topic("orders").create().await?;
    let events = trial.events().await?;
    let value = registry.encode("orders-value", &json!({"id": 7}))?;
    let endpoint = trial.endpoint().clone();
    let record = topic.record(value);
    std::thread::spawn(move || {
        let mut client = Client::connect(&endpoint, Deadline::after(LIMIT)).unwrap();
        client.produce(&record, Deadline::after(LIMIT)).unwrap();
    });
    let event = events.expect(Matcher::on(&topic).field("id", json!(7))).await?;
    assert_record!(event, json "/id" == 7);
    Ok(())
}

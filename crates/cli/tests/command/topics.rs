//! `kafka-trial topics`, on the embedded broker and on a real one where it is named.

use kafka_trial::{Schema, SchemaRegistry};
use serde_json::Value as Json;

use crate::support::{clusters, json, output, unique};

#[test]
fn topics_are_created_listed_described_and_deleted() {
    for (_cluster, servers) in clusters() {
        let (orders, audit) = (unique("orders"), unique("audit"));
        let command = |arguments: &[&str]| output(&[&["topics"], arguments, &["--bootstrap", &servers]].concat());
        let six = format!("{orders}:6");
        let (status, stdout, stderr) = command(&["create", &six, &audit, "--config", "retention.ms=-1"]);
        assert_eq!((status, stdout), (Some(0), format!("created {orders}\ncreated {audit}\n")), "{stderr}");

        let listed = json(&["topics", "list", "--json", "-b", &servers]);
        let of = |name: &str| listed.as_array().unwrap().iter().find(|topic| topic["name"] == name).cloned().unwrap();
        assert_eq!(of(&orders)["partitions"], 6);
        assert_eq!((&of(&audit)["replication_factor"], &of(&audit)["records"]), (&Json::from(1), &Json::from(0)));
        let table = command(&["list"]).1;
        assert!(table.starts_with("TOPIC") && table.contains(&orders), "{table}");
        assert!(!table.contains("__consumer_offsets"), "{table}");

        let described = json(&["topics", "describe", "--json", "-b", &servers, &orders]);
        assert_eq!(described[0]["configs"], serde_json::json!({ "retention.ms": "-1" }));
        let partition = &described[0]["partitions"][5];
        assert_eq!((&partition["partition"], &partition["latest"]), (&Json::from(5), &Json::from(0)));
        assert_eq!(partition["leader"], partition["in_sync"][0]);

        assert_eq!(command(&["delete", &orders, &audit]).0, Some(0));
        assert_eq!(command(&["delete", "--if-exists", &orders]).0, Some(0));
    }
}

#[test]
fn what_exists_or_is_missing_is_named_and_the_others_are_served() {
    for (_cluster, servers) in clusters() {
        let (there, fresh) = (unique("there"), unique("fresh"));
        let command = |arguments: &[&str]| output(&[&["topics"], arguments, &["--bootstrap", &servers]].concat());
        assert_eq!(command(&["create", &there]).0, Some(0));
        let (status, stdout, stderr) = command(&["create", &there, &fresh]);
        assert_eq!((status, stdout), (Some(1), format!("created {fresh}\n")));
        assert!(stderr.contains(&format!("topic {there} exists already; --if-not-exists passes over it")), "{stderr}");
        assert_eq!(command(&["create", "--if-not-exists", &there]).0, Some(0));
        let (status, stdout, stderr) = command(&["delete", &there, &fresh, "no-such-topic"]);
        assert_eq!((status, stdout), (Some(1), format!("deleted {there}\ndeleted {fresh}\n")));
        assert!(stderr.contains("no-such-topic does not exist; --if-exists passes over it"), "{stderr}");
        let (status, _, stderr) = command(&["describe", "no-such-topic"]);
        assert_eq!(status, Some(1));
        assert!(
            stderr.contains("topic no-such-topic does not exist; `kafka-trial topics list` names those that do"),
            "{stderr}"
        );
    }
}

#[test]
fn what_kafka_refuses_is_told_in_its_words() {
    for (_cluster, servers) in clusters() {
        let topic = unique("refused");
        for (arguments, expected) in [
            (["create", "a b", "--partitions", "1"], "INVALID_TOPIC_EXCEPTION"),
            (["create", &topic, "--replication-factor", "7"], "INVALID_REPLICATION_FACTOR"),
            (["create", &topic, "--config", "no.such.key=1"], "Unknown topic config name: no.such.key"),
            (["create", &topic, "--config", "retention.ms=soon"], "INVALID_CONFIG"),
        ] {
            let (status, stdout, stderr) = output(&[&["topics"], &arguments[..], &["-b", &servers]].concat());
            assert_eq!((status, stdout.as_str()), (Some(1), ""), "{arguments:?}: {stderr}");
            assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        }
    }
    for arguments in [&["create"][..], &["create", "orders:0"], &["create", "orders", "--config", "x"], &["describe"]] {
        assert_eq!(output(&[&["topics"], arguments].concat()).0, Some(2), "{arguments:?}");
    }
}

#[test]
fn a_cluster_that_is_not_there_is_an_error_that_names_it() {
    for command in [&["topics", "list"][..], &["groups", "list"]] {
        let (status, stdout, stderr) = output(&[command, &["-b", "127.0.0.1:1"]].concat());
        assert_eq!((status, stdout.as_str()), (Some(1), ""));
        assert_eq!(
            stderr,
            "kafka-trial: 127.0.0.1:1: connection refused; `kafka-trial check -b 127.0.0.1:1` finds out why\n"
        );
    }
}

#[test]
fn records_are_written_and_read_by_their_schemas() {
    let registry = SchemaRegistry::start().unwrap();
    let order = r#"{"type": "record", "name": "Order", "fields": [
        {"name": "id", "type": "long"}, {"name": "day", "type": {"type": "int", "logicalType": "date"}}]}"#;
    registry.register("orders-value", &Schema::avro(order)).unwrap();
    for (_cluster, servers) in clusters() {
        let orders = unique("orders");
        let command = |arguments: &[&str]| output(&[&["topics"], arguments, &["--bootstrap", &servers]].concat());
        assert_eq!(command(&["create", &orders, "--partitions", "1"]).0, Some(0));
        let by_schema = ["--schema", "orders-value", "--registry", registry.url()];
        let value = r#"{"id": 9007199254740993, "day": "2026-12-01"}"#;
        let (status, stdout, stderr) =
            command(&[&["write", &orders, value, "--key", "ada", "--header", "source=web"], &by_schema[..]].concat());
        assert_eq!((status, stdout), (Some(0), format!("{orders}-0@0\n")), "{stderr}");
        let (status, _, stderr) = command(&[&["write", &orders, r#"{"id": 7}"#], &by_schema[..]].concat());
        assert_eq!(status, Some(1));
        assert!(stderr.contains("the value does not fit schema id 1: /day: the field is missing"), "{stderr}");
        assert_eq!(command(&["write", &orders, "plain", "{\"a\": 1}"]).0, Some(0));

        let read = |arguments: &[&str]| {
            let (status, stdout, stderr) = command(&[&["read", &orders], arguments].concat());
            let lines =
                stdout.lines().map(|line| serde_json::from_str::<Json>(line).unwrap_or_else(|_| panic!("{line}")));
            (status, lines.collect::<Vec<_>>(), stderr)
        };
        let (status, lines, stderr) = read(&["--schema", "--registry", registry.url()]);
        assert_eq!(status, Some(0), "{stderr}");
        let [first, plain, json] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(first["value"], serde_json::json!({"id": 9_007_199_254_740_993_i64, "day": "2026-12-01"}));
        assert_eq!((&first["key"], &first["headers"]), (&Json::from("ada"), &serde_json::json!([["source", "web"]])));
        assert_eq!((&plain["value"], &json["value"]), (&Json::from("plain"), &serde_json::json!({"a": 1})));
        let (_, lines, _) = read(&["--newest", "1"]);
        assert_eq!(lines.iter().map(|line| line["offset"].clone()).collect::<Vec<_>>(), [2]);
        // Without a registry an Avro value is bytes.
        assert!(read(&[]).1[0]["value"]["base64"].is_string());
        let empty = SchemaRegistry::start().unwrap();
        let (status, lines, _) = read(&["--schema", "--registry", empty.url()]);
        assert_eq!(status, Some(1));
        let error = lines[0]["error"].as_str().unwrap();
        assert!(
            error.starts_with("schema id 1: the schema registry at ") && error.ends_with(" does not know it"),
            "{error}"
        );
        assert_eq!(command(&["delete", &orders]).0, Some(0));
    }
}

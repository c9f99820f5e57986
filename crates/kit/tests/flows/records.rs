//! Records of every kind that people put into topics.

use kafka_trial_wire::ErrorCode;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial::client::Deadline;
use kafka_trial::flow::{Expect, HopKind, Transaction, Verdict};
use kafka_trial::{ClusterConfig, Record, TopicSpec};
use kafka_trial_wire::messages::{EndTxnRequest, InitProducerIdRequest};
use kafka_trial_wire::records::{BatchBuilder, Header};
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, anomalies, follow, produce};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn with_header(scene: &Scene, name: &str, header: impl Into<Bytes>, value: &str) -> Record {
    scene.record(0, value).header(name, header.into())
}

#[test]
fn bodies_of_any_kind_are_taken_as_they_are() {
    let mut scene = Scene::usual();
    let keyed = |record: Record| record.key("a").timestamp(scene.now);
    let records = [
        keyed(Record::new("", b"\xff\xfe\x00").header("x\u{0}", b"\xff\xfe")),
        keyed(Record::tombstone("")),
        keyed(Record::new("", "[1, 2")),
    ];
    for record in records {
        scene.send(REQUESTS, 0, record.clone());
        scene.send(RESPONSES, 0, record);
    }
    let flow = scene.flow("a");
    assert_eq!((flow.verdict, flow.observations.len()), (Verdict::Complete, 6), "{flow}");
    assert!(flow.report(80).lines().all(|line| line.chars().count() <= 80), "{flow}");
    assert_eq!(flow.to_json()["hops"].as_array().unwrap().len(), 6);
}

#[test]
fn an_id_that_stands_in_other_text_is_no_id() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a", "text": "order b"}));
    scene.event(REQUESTS, 0, json!({"text": "b", "list": ["b"], "b": "b"}));
    scene.send(REQUESTS, 0, scene.record(0, "b"));
    scene.send(REQUESTS, 0, with_header(&scene, "comment", "b", "{}"));
    let flow = scene.flow("b");
    assert_eq!(flow.explanation, "no record of requests carries b (4 records were looked through)");
}

#[test]
fn bodies_of_a_megabyte_and_more_are_read_and_shown_by_their_beginnings() {
    let configs = [("max.message.bytes".to_owned(), (8 << 20).to_string())];
    let topics =
        [REQUESTS, RESPONSES].map(|name| TopicSpec { configs: configs.clone().into(), ..TopicSpec::new(name, 1) });
    let mut scene = Scene::of(ClusterConfig { topics: topics.into(), ..ClusterConfig::default() });
    for (topic, size) in [(REQUESTS, 1 << 20), (RESPONSES, 5 << 20)] {
        scene.event(topic, 0, json!({"content": "x".repeat(size), "correlation_id": "a"}));
    }
    let flow = scene.flow("a");
    assert!(flow.is_complete() && flow.anomalies.is_empty(), "{flow}");
    let hops = flow.to_json()["hops"].clone();
    assert!(
        hops[1]["size"].as_u64().unwrap() > 5 << 20 && hops.to_string().len() < 20_000,
        "{}",
        hops.to_string().len()
    );
    assert!(flow.report(80).len() < 2_000, "{}", flow.report(80));
}

#[test]
fn headers_of_any_bytes_are_taken_as_they_are() {
    let mut scene = Scene::usual();
    let uuid = [0x9d, 0x8c, 0x12, 0xae, 0x14, 0xd4, 0x5a, 0x7c, 0x80, 0, 1, 2, 3, 4, 5, 0xff];
    let id = "9d8c12ae-14d4-5a7c-8000-0102030405ff";
    scene.send(REQUESTS, 0, with_header(&scene, "kafka_correlationId", uuid.to_vec(), "{}"));
    let mut batch = BatchBuilder::new();
    let header = |key: &'static [u8], value: Option<&'static [u8]>| Header {
        key: Bytes::from_static(key),
        value: value.map(Bytes::from_static),
    };
    let odd = [header(b"\xff\xfe", Some(b"\xff")), header(b"correlation_id", None), header(b"", Some(b""))];
    batch.push(scene.now, Some(id.as_bytes()), Some(b"{}"), &odd);
    scene.connection().ask(&produce(RESPONSES, &batch), 12, Deadline::after(LIMIT)).unwrap();
    let flow = scene.flow(id);
    assert!(flow.is_complete(), "{flow}");
    assert_eq!(
        flow.to_json()["hops"][1]["headers"],
        json!([["\u{fffd}\u{fffd}", "\u{fffd}"], ["correlation_id", null], ["", ""]])
    );
}

#[test]
fn a_header_and_a_value_that_disagree_are_one_record_of_two_flows() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.send(RESPONSES, 0, with_header(&scene, "correlation_id", "b", r#"{"correlation_id": "a"}"#));
    let flow = scene.flow("a");
    assert_eq!(flow.verdict, Verdict::Complete, "{flow}");
    assert_eq!(anomalies(&flow), ["responses-0@0 carries two ids: b in its header, a in its value"]);
    assert_eq!(anomalies(&scene.flow("b")), anomalies(&flow));
}

#[test]
fn a_trace_joins_records_and_its_spans_may_differ() {
    let mut scene = Scene::usual();
    let traced = |scene: &Scene, trace: &str, value: &str| with_header(scene, "traceparent", trace.to_owned(), value);
    scene.send(REQUESTS, 0, traced(&scene, &format!("00-{TRACE}-b7ad6b7169203331-01"), r#"{"correlation_id": "a"}"#));
    scene.send(RESPONSES, 0, traced(&scene, &format!("00-{TRACE}-00f067aa0ba902b7-01"), r#"{"correlation_id": "a"}"#));
    let expected = follow("a").expect(Expect::header_preserved("traceparent"));
    let flow = scene.tracker().follow(&expected, Duration::ZERO);
    assert!(flow.is_complete(), "{flow}");
    assert_eq!(flow.hops[0].kind, HopKind::Trace);
    let by_trace = scene.flow(TRACE);
    assert!(by_trace.is_complete(), "{by_trace}");
    assert_eq!(by_trace.observations[0].locator, "trace-id of $message.header#/traceparent");
    // Versions to come may have more fields; ff is none, and neither is an id that is short or all zeros.
    let zeros = "0".repeat(32);
    for (trace, is_one) in [
        (format!("01-{TRACE}-00f067aa0ba902b7-01-more"), true),
        (format!("ff-{TRACE}-00f067aa0ba902b7-01"), false),
        (format!("zz-{TRACE}-00f067aa0ba902b7-01"), false),
        (format!("00-{}-00f067aa0ba902b7-01", &TRACE[..16]), false),
        (format!("00-{zeros}-00f067aa0ba902b7-01"), false),
        ("00-".to_owned(), false),
        (String::new(), false),
    ] {
        let offset = scene.send(REQUESTS, 1, traced(&scene, &trace, "{}"));
        let known = scene.flow(TRACE).observations.iter().any(|o| o.place.partition == 1 && o.place.offset == offset);
        assert_eq!(known, is_one, "{trace}");
    }
}

#[test]
fn what_is_aborted_counts_nowhere_and_is_shown() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let (mut connection, deadline) = (scene.connection(), Deadline::after(LIMIT));
    for committed in [false, true] {
        let (id, timeout) = (Some("service".into()), 60_000);
        let begin =
            InitProducerIdRequest { transactional_id: id, transaction_timeout_ms: timeout, ..Default::default() };
        let begun = connection.ask(&begin, 4, deadline).unwrap();
        let (id, epoch) = (begun.producer_id, begun.producer_epoch);
        let mut batch = BatchBuilder::new().producer(id, epoch, 0).transactional();
        batch.push(scene.now, None, Some(br#"{"correlation_id": "a"}"#), &[]);
        let mut sent = produce(RESPONSES, &batch);
        sent.transactional_id = Some("service".into());
        let sent = connection.ask(&sent, 12, deadline).unwrap();
        assert_eq!(sent.responses[0].partition_responses[0].error_code, ErrorCode::NONE);
        let open = scene.flow("a");
        let last = open.observations.iter().find(|o| o.transaction == Transaction::Open).unwrap();
        assert!(!last.is_visible(), "{open}");
        let end = EndTxnRequest {
            transactional_id: "service".into(),
            producer_id: id,
            producer_epoch: epoch,
            committed,
            ..Default::default()
        };
        assert_eq!(connection.ask(&end, 4, deadline).unwrap().error_code, ErrorCode::NONE);
        let expected = follow("a").expect(Expect::topic(RESPONSES).exactly(usize::from(committed)));
        let flow = scene.tracker().follow(&expected, if committed { LIMIT } else { Duration::ZERO });
        assert_eq!(flow.is_complete(), committed, "{flow}");
        assert_eq!(flow.unmet, [], "{flow}");
        assert!(flow.report(80).contains("responses-0@0  topology, ABORTED"), "{flow}");
        assert_eq!(flow.observations.iter().filter(|o| o.transaction == Transaction::Aborted).count(), 1, "{flow}");
    }
}

#[test]
fn clocks_that_disagree_are_shown_beside_the_brokers_and_never_mixed_in() {
    let mut scene = Scene::usual();
    scene.send(REQUESTS, 0, scene.record(0, r#"{"correlation_id": "a"}"#));
    scene.send(RESPONSES, 0, scene.record(-3_600_000, r#"{"correlation_id": "a"}"#));
    let skew =
        "by its producer's clock responses-0@0 is 3600000 ms older than its request requests-0@0: the clocks disagree";
    let (by_log, by_journal) = (scene.flow("a"), scene.witness().follow(&follow("a"), Duration::ZERO));
    for flow in [&by_log, &by_journal] {
        assert!(flow.is_complete(), "{flow}");
        assert_eq!(anomalies(flow), [skew]);
    }
    assert_eq!(by_log.micros(), Some(-3_600_000_000));
    assert!((0..10_000_000).contains(&by_journal.micros().unwrap()), "{by_journal}");
}

#[test]
fn a_tombstone_and_a_text_that_answer_json_are_odd() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let records = [Record::tombstone(""), Record::new("", "done")].map(|record| record.key("a").timestamp(scene.now));
    for record in records {
        scene.send(RESPONSES, 0, record);
    }
    assert_eq!(
        anomalies(&scene.flow("a")),
        [
            "the request has 2 answers: responses-0@0, responses-0@1",
            "responses-0@0 is a tombstone: it has no value",
            "responses-0@1 is not JSON: expected value at line 1 column 1",
        ]
    );
}

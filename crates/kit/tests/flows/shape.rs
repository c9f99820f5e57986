//! How the records of a flow hang together.

use std::time::Duration;

use bytes::Bytes;
use kafka_trial::flow::{Expect, Follow, HopKind, Locator, Locators, Route, Verdict};
use serde_json::json;

use crate::scene::{REQUESTS, RESPONSES, Scene, anomalies, follow};

#[test]
fn an_answer_is_found_in_another_partition_and_before_its_request() {
    let mut scene = Scene::usual();
    scene.send(RESPONSES, 2, scene.record(-40, r#"{"correlation_id": "a"}"#));
    scene.send(REQUESTS, 0, scene.record(0, r#"{"correlation_id": "a"}"#));
    let flow = scene.flow("a");
    assert_eq!(flow.verdict, Verdict::Complete, "{flow}");
    assert_eq!(flow.micros(), Some(-40_000));
    assert_eq!(
        anomalies(&flow),
        ["by its producer's clock responses-2@0 is 40 ms older than its request requests-0@0: the clocks disagree"]
    );
}

#[test]
fn three_hops_with_a_fan_out_of_five_and_a_dead_letter_hang_together() {
    let mut scene = Scene::usual();
    let begin = json!({"correlation_id": "a", "event_id": "e1"});
    scene.send(REQUESTS, 0, scene.record(0, &begin.to_string()));
    let answer = json!({"correlation_id": "a", "event_id": "e2", "causation_id": "e1"});
    scene.send(RESPONSES, 1, scene.record(3, &answer.to_string()));
    for number in 0..5 {
        scene.send("audit", 0, scene.record(5 + number, &json!({"correlation_id": "a", "line": number}).to_string()));
    }
    // The letter has no id of its own: its origin is what it is known by.
    let letter =
        json!({"original_topic": "audit", "original_partition": 0, "original_offset": 4, "error": "disk full"});
    scene.send("requests.dlq", 0, scene.record(12, &letter.to_string()));

    let follow =
        Follow::new("a", Route::through([REQUESTS, RESPONSES, "audit"])).expect(Expect::topic("audit").exactly(5));
    let flow = scene.tracker().follow(&follow, Duration::ZERO);
    assert!(flow.is_complete(), "{flow}");
    let hops: Vec<_> = flow.hops.iter().map(|hop| (hop.from, hop.to, hop.kind, hop.micros)).collect();
    let fan_out = (2..7).map(|to| (1, to, HopKind::Topology, 2_000 + (to as i64 - 2) * 1_000));
    let expected: Vec<_> =
        [(0, 1, HopKind::Causation, 3_000)].into_iter().chain(fan_out).chain([(6, 7, HopKind::Link, 3_000)]).collect();
    assert_eq!(hops, expected, "{flow}");
    assert_eq!(flow.observations[7].locator, "link(audit, 0, 4)");
    insta::assert_snapshot!(flow.report(80), @r#"
    flow a: complete
      responses-1@0 was answered by audit-0@0 after 2.0 ms

      timeline (times by the records' timestamps; who fetched is n/a)
        +0.0 ms  requests-0@0  $message.payload#/correlation_id
        +3.0 ms  `- responses-1@0  causation
        +5.0 ms     `- audit-0@0  topology
        +6.0 ms     `- audit-0@1  topology
        +7.0 ms     `- audit-0@2  topology
        +8.0 ms     `- audit-0@3  topology
        +9.0 ms     `- audit-0@4  topology
       +12.0 ms        `- requests.dlq-0@0  link, error: disk full
    "#);
}

#[test]
fn a_dead_letter_of_spring_is_linked_by_its_headers() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 1, json!({"correlation_id": "a"}));
    let mut letter = scene.record(4, "broken");
    letter.headers = vec![
        ("kafka_dlt-original-topic".to_owned(), Some(Bytes::from_static(b"requests"))),
        ("kafka_dlt-original-partition".to_owned(), Some(Bytes::copy_from_slice(&1_i32.to_be_bytes()))),
        ("kafka_dlt-original-offset".to_owned(), Some(Bytes::copy_from_slice(&0_i64.to_be_bytes()))),
        ("kafka_dlt-exception-message".to_owned(), Some(Bytes::from_static(b"it is broken"))),
    ];
    scene.send("requests.dlq", 0, letter);
    let flow = scene.flow("a");
    assert_eq!(flow.verdict, Verdict::AnsweredDlq);
    assert_eq!(flow.explanation, "requests-1@0 went to the dead letters, requests.dlq-0@0, after 4.0 ms: it is broken");
}

#[test]
fn several_answers_of_one_request_are_odd_unless_they_are_expected() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    for event in ["e1", "e2"] {
        scene.event(RESPONSES, 0, json!({"correlation_id": "a", "event_id": event}));
    }
    assert_eq!(anomalies(&scene.flow("a")), ["the request has 2 answers: responses-0@0, responses-0@1"]);
    let two = follow("a").expect(Expect::topic(RESPONSES).exactly(2));
    let flow = scene.tracker().follow(&two, Duration::ZERO);
    assert!(flow.is_complete() && flow.anomalies.is_empty(), "{flow}");
    let once = scene.tracker().follow(&follow("a").expect(Expect::exactly_once()), Duration::ZERO);
    assert_eq!((once.verdict, once.unmet.len()), (Verdict::Complete, 1), "{once}");
}

#[test]
fn a_locator_of_ones_own_comes_before_the_usual_ones() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "x", "order": {"id": 7}}));
    scene.event(RESPONSES, 0, json!({"order": {"id": 7}}));
    let locator: Locator = "$message.payload#/order/id".parse().unwrap();
    let flow = scene.tracker().locators(Locators::first([locator])).follow(&follow("7"), Duration::ZERO);
    assert!(flow.is_complete(), "{flow}");
    assert_eq!(flow.observations[0].locator, "$message.payload#/order/id");
}

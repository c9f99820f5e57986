//! Records of every kind that people put into topics.

use bytes::Bytes;
use kafka_trial::client::NewRecord;
use kafka_trial::flow::Verdict;
use serde_json::json;

use crate::scene::{REQUESTS, RESPONSES, Scene, anomalies};

#[test]
fn bodies_of_any_kind_are_taken_as_they_are() {
    let mut scene = Scene::usual();
    let keyed = |value: Option<Bytes>, headers| NewRecord {
        key: Some(Bytes::from_static(b"a")),
        value,
        headers,
        timestamp: scene.now,
    };
    let records = [
        keyed(Some(Bytes::from_static(b"\xff\xfe\x00")), vec![("x\u{0}".to_owned(), Bytes::from_static(b"\xff\xfe"))]),
        keyed(Some(vec![b'x'; 900_000].into()), Vec::new()),
        keyed(None, Vec::new()),
        keyed(Some(Bytes::from_static(b"[1, 2")), Vec::new()),
    ];
    for record in records {
        scene.send(REQUESTS, 0, record.clone());
        scene.send(RESPONSES, 0, record);
    }
    let flow = scene.flow("a");
    assert_eq!((flow.verdict, flow.observations.len()), (Verdict::Complete, 8), "{flow}");
    assert!(flow.report(80).lines().all(|line| line.chars().count() <= 80), "{flow}");
    assert_eq!(flow.to_json()["hops"].as_array().unwrap().len(), 8);
    // An id that stands in other text is no id.
    scene.event(REQUESTS, 1, json!({"text": "about b"}));
    assert_eq!(scene.flow("b").verdict, Verdict::NeverProduced);
}

#[test]
fn a_tombstone_and_a_text_that_answer_json_are_odd() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let keyed =
        |value| NewRecord { key: Some(Bytes::from_static(b"a")), value, timestamp: scene.now, headers: Vec::new() };
    let records = [keyed(None), keyed(Some(Bytes::from_static(b"done")))];
    for record in records {
        scene.send(RESPONSES, 0, record);
    }
    assert_eq!(
        anomalies(&scene.flow("a")),
        [
            "the request has 2 answers: responses-0@0, responses-0@1",
            "responses-0@0 is a tombstone: it has no value",
            "responses-0@1 is no JSON: expected value at line 1 column 1",
        ]
    );
}
